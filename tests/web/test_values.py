"""Present values, the vocabulary, gateways and equipment."""

import httpx
import pytest

from heliograph.model import CATALOG
from tests.web.front import NOON, Front

API = "/api/v1"


async def test_values_tell_age_quality_raw_and_reason(client: httpx.AsyncClient, house: Front) -> None:
    house.clock.time = NOON + 30
    answer = (await client.get(f"{API}/values", params={"subject": "system", "key": "production_lifetime"})).json()
    assert answer["now"] == NOON + 30
    (gateway,) = answer["gateways"]
    assert (gateway["gateway"], gateway["name"], gateway["condition"]["state"]) == (house.serial, "Roof", "online")
    (system,) = gateway["equipment"]
    value = system["values"]["production_lifetime"]
    assert value["quality"] == "corrected"
    assert value["age"] == pytest.approx(30, abs=1)
    assert value["raw"] == 12.0
    assert value["reason"]["code"] == "counter_wrapped_settled"
    assert value["reason"]["text"]
    assert value["since"] == NOON - 3600
    (finding,) = gateway["findings"]
    assert finding["text"].endswith(".")


async def test_values_are_narrowed(client: httpx.AsyncClient) -> None:
    inverters = (await client.get(f"{API}/values", params={"subject": ["inverter", "battery"], "key": "power"})).json()
    found = inverters["gateways"][0]["equipment"]
    assert {item["subject"] for item in found} == {"inverter", "battery"}
    assert all(set(item["values"]) <= {"power"} for item in found)
    one = (await client.get(f"{API}/values", params={"id": found[0]["id"]})).json()
    assert [item["id"] for item in one["gateways"][0]["equipment"]] == [found[0]["id"]]
    assert (await client.get(f"{API}/values", params={"gateway": "Roof"})).json()["gateways"]
    assert (await client.get(f"{API}/values", params={"gateway": "nobody"})).json()["gateways"] == []


async def test_states_and_absences_come_in_the_readers_language(client: httpx.AsyncClient) -> None:
    french = await client.get(f"{API}/values", params={"subject": "system"}, headers={"Accept-Language": "fr"})
    system = french.json()["gateways"][0]["equipment"][0]
    assert system["values"]["battery_state"]["text"] in {"en charge", "au repos", "en décharge"}
    assert system["title"] == "Installation"
    assert all(absent["text"] for absent in system["absent"].values())


async def test_the_catalog_is_whole_and_speaks_both_languages(client: httpx.AsyncClient) -> None:
    catalog = (await client.get(f"{API}/metrics")).json()
    assert [row["name"] for row in catalog["metrics"]] == [metric.name for metric in CATALOG]
    row = next(row for row in catalog["metrics"] if row["name"] == "system.production_power")
    assert row["label"] == {"en": "Production now", "fr": "Production instantanée"}
    assert row["unit"] == "W"
    assert catalog["words"]["fr"]["quality.stale"]
    assert catalog["words"].keys() == {"en", "fr"}


async def test_gateways_are_shown_without_what_opens_them(client: httpx.AsyncClient, house: Front) -> None:
    (gateway,) = (await client.get(f"{API}/gateways")).json()
    assert gateway["serial"] == house.serial
    assert gateway["credentials"] == {"password": True, "token": True, "account": False}
    assert {one["subject"]: one["count"] for one in gateway["devices"]}["inverter"] == 20
    assert (await client.get(f"{API}/gateways/{house.serial}")).json() == gateway
    missing = await client.get(f"{API}/gateways/1")
    assert (missing.status_code, missing.json()["field"]) == (404, "serial")


async def test_a_probe_says_what_is_wanted(client: httpx.AsyncClient, house: Front) -> None:
    known = (await client.post(f"{API}/gateways/probe", json={"host": "192.0.2.1"})).json()
    assert (known["serial"], known["authentication"], known["known"]) == (house.serial, "token", True)
    assert "entrez.enphaseenergy.com" in known["advice"]
    new = (await client.post(f"{API}/gateways/probe", json={"host": "192.0.2.2"})).json()
    assert not new.get("known", False)
    nobody = await client.post(f"{API}/gateways/probe", json={"host": "192.0.2.3"})
    assert (nobody.status_code, nobody.json()["field"], nobody.json()["code"]) == (424, "host", "unreachable")


async def test_a_trial_keeps_nothing(client: httpx.AsyncClient, house: Front) -> None:
    answer = await client.post(f"{API}/gateways/test", json={"host": "192.0.2.1", "credentials": {"token": " t "}})
    assert {one["subject"] for one in answer.json()["devices"]} >= {"inverter", "battery"}
    assert house.gateways.given[-1].token == "t"
    assert len(house.gateways.kept) == 1


async def test_a_gateway_is_added_changed_synchronised_and_removed(client: httpx.AsyncClient, house: Front) -> None:
    added = await client.post(f"{API}/gateways", json={"host": "192.0.2.2", "name": " Shed "})
    assert added.status_code == 202
    sync = added.json()
    assert (sync["state"], sync["name"]) == ("done", "Shed")
    assert sync["added"]
    serial = sync["gateway"]
    assert (await client.get(f"{API}/gateways/{serial}/sync")).json() == sync
    again = await client.post(f"{API}/gateways", json={"host": "192.0.2.2"})
    assert (again.status_code, again.json()["code"]) == (409, "gateway_known")
    taken = await client.patch(f"{API}/gateways/{serial}", json={"name": "Roof"})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    renamed = await client.patch(f"{API}/gateways/{serial}", json={"name": "Barn"})
    assert renamed.json()["name"] == "Barn"
    assert renamed.json()["condition"]["state"] == "starting"
    assert (await client.post(f"{API}/gateways/{serial}/sync")).status_code == 202
    assert (await client.post(f"{API}/gateways/{serial}/refresh")).status_code == 202
    assert house.gateways.refreshed == [serial]
    assert (await client.delete(f"{API}/gateways/{serial}")).status_code == 204
    assert (await client.delete(f"{API}/gateways/{serial}")).status_code == 404
    assert (await client.get(f"{API}/gateways/{house.serial}/sync")).json()["code"] == "no_sync"


async def test_neighbours_are_found(client: httpx.AsyncClient, house: Front) -> None:
    (found,) = (await client.get(f"{API}/discovery")).json()
    assert (found["serial"], found["known"]) == (house.serial, True)


async def test_equipment_is_listed(client: httpx.AsyncClient, house: Front) -> None:
    every = (await client.get(f"{API}/equipment", params={"gateway": house.serial})).json()
    inverters = [piece for piece in every if piece["subject"] == "inverter"]
    assert len(inverters) == 20
    assert all(piece["part_number"] and piece["title"].startswith("Microinverter") for piece in inverters)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "host"),
        ({"host": 5}, "host"),
        ({"host": ""}, "host"),
        ({"host": "a", "surprise": 1}, None),
        ({"host": "a", "credentials": {"token": 7}}, "credentials.token"),
    ],
)
async def test_wrong_input_names_its_field(client: httpx.AsyncClient, body: object, field: str | None) -> None:
    answer = await client.post(f"{API}/gateways/test", json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["detail"]
    assert field is None or field in problem.get("field", "") or f"`{field}`" in problem["detail"]


async def test_what_is_no_json_is_said_to_be_none(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        f"{API}/gateways/test", content=b"{", headers={"Content-Type": "application/json", "Accept-Language": "fr"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_body")
    assert answer.json()["title"] == "Illisible"


async def test_what_is_not_there_is_a_problem_too(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{API}/nothing")).json()["code"] == "no_route"
    wrong = await client.post(f"{API}/values")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "no_method")
    assert "GET" in wrong.headers["allow"]
