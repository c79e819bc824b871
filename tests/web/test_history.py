"""Curves, accounts, heat maps, findings, events, settings, layout, health."""

import csv
import io
from dataclasses import replace
from typing import Any

import httpx
import pytest
from msgspec import structs

from heliograph.model import Snapshot
from heliograph.store import StoreError, query
from heliograph.web import curves
from heliograph.web.house import DAMAGED, Health
from tests.web.front import NOON, Front

API = "/api/v1"


async def test_several_series_at_once(client: httpx.AsyncClient, house: Front) -> None:
    inverter = house.gateways.facts.devices[0].serial
    asked = ["system.production_power", f"inverter.power:{inverter}", f"{house.serial}/system.production_lifetime"]
    answer = await client.get(
        f"{API}/history", params={"series": asked, "from": NOON - 7200, "to": NOON, "step": "300"}
    )
    history = answer.json()
    assert (history["start"], history["end"], history["zone"]) == (NOON - 7200, NOON, "Europe/Paris")
    power, panel, lifetime = history["curves"]
    assert [curve["series"] for curve in history["curves"]] == asked
    assert (power["unit"], power["step"], len(power["at"])) == ("W", "300", 24)
    assert all(value > 0 for value in power["value"][1:])
    assert panel["id"] == inverter
    assert sum(one or 0 for one in lifetime["energy"]) > 0
    assert power["label"] == "Production now"


async def test_the_span_decides_how_finely(client: httpx.AsyncClient) -> None:
    ask = {"series": "system.production_power", "to": str(NOON)}
    day = (await client.get(f"{API}/history", params=ask)).json()
    assert day["curves"][0]["step"] == "raw"
    month = (await client.get(f"{API}/history", params=ask | {"from": "2026-05-18T12:00:00+02:00"})).json()
    assert month["curves"][0]["step"] == "hour"
    assert month["start"] == 1_779_098_400


async def test_a_table_for_people(client: httpx.AsyncClient) -> None:
    ask: dict[str, Any] = {
        "series": ["system.production_power", "system.production_lifetime"],
        "from": NOON - 3600,
        "to": NOON,
        "step": "1800",
    }
    answer = await client.get(f"{API}/history.csv", params=ask, headers={"Accept-Language": "fr"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    heading, first, second = list(csv.reader(io.StringIO(answer.text)))
    assert heading[1:] == ["Production instantanée (W)", "Production depuis la mise en service (Wh)"]
    assert first[0] == "2026-06-18T11:00:00+02:00"
    assert float(second[1]) > 0
    assert float(second[2]) > 0


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ({}, 400, "missing_input", "series"),
        ({"series": "system.nothing"}, 404, "no_metric", "series"),
        ({"series": "inverter.power"}, 404, "no_equipment", "series"),
        ({"series": "1/system.net_power"}, 404, "no_gateway", "gateway"),
        ({"series": "system.net_power", "gateway": "1"}, 404, "no_gateway", "gateway"),
        ({"series": "system.net_power", "from": "yesterday"}, 400, "wrong_time", "from"),
        ({"series": "system.net_power", "to": "1e400"}, 400, "wrong_time", "to"),
        ({"series": "system.net_power", "from": "-5"}, 400, "wrong_time", "from"),
        ({"series": "system.net_power", "from": "20", "to": "10"}, 400, "wrong_span", "from"),
        ({"series": "system.net_power", "step": "week"}, 400, "invalid_input", "step"),
        ({"series": "system.net_power", "step": "1"}, 400, "too_long", "step"),
        ({"series": "system.net_power", "points": "0"}, 400, "invalid_input", "points"),
    ],
)
async def test_wrong_questions(
    client: httpx.AsyncClient, query: dict[str, str], status: int, code: str, field: str
) -> None:
    answer = await client.get(f"{API}/history", params=query)
    assert (answer.status_code, answer.json()["code"], answer.json().get("field")) == (status, code, field)


@pytest.mark.parametrize("step", ["raw", "auto", "60", "120", "hour", "day"])
async def test_the_limit_of_points_holds_for_every_step_and_as_csv(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(curves, "POINTS", 60)
    series = ["system.production_power", "system.production_lifetime"]
    ask: dict[str, Any] = {"series": series, "from": NOON - 7200, "to": NOON, "step": step}
    answer = await client.get(f"{API}/history", params=ask)
    table = await client.get(f"{API}/history.csv", params=ask)
    if step in {"60", "120"}:
        assert {answer.json()["code"], table.json()["code"]} == {"too_long"}
        return
    found = answer.json()["curves"]
    assert 0 < sum(len(curve["at"]) for curve in found) <= 60
    rows = list(csv.reader(io.StringIO(table.text)))
    assert len(rows) - 1 == len({at for curve in found for at in curve["at"]})


async def test_an_answer_is_the_same_in_however_many_portions(
    client: httpx.AsyncClient, house: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    inverters = [f"inverter.power:{device.serial}" for device in house.gateways.facts.devices[:2]]
    series = ["system.production_power", *inverters, "system.production_lifetime"]
    ask: dict[str, Any] = {"series": series, "from": NOON - 7200, "to": NOON, "step": "raw"}
    whole, table = [await client.get(f"{API}/{path}", params=ask) for path in ("history", "history.csv")]
    assert len(whole.json()["curves"][0]["at"]) > 30
    monkeypatch.setattr(query, "_PORTION", 1)
    monkeypatch.setattr(curves, "_ROWS", 3)
    assert (await client.get(f"{API}/history", params=ask)).json() == whole.json()
    assert (await client.get(f"{API}/history.csv", params=ask)).text == table.text


async def test_what_would_read_too_many_samples_is_made_of_hours(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curves, "OF_ONE", 30)
    for step in ("raw", "900"):
        ask: dict[str, Any] = {"series": "system.production_power", "from": NOON - 7200, "to": NOON, "step": step}
        (curve,) = (await client.get(f"{API}/history", params=ask)).json()["curves"]
        assert (curve["step"], len(curve["at"])) == ("hour", 2)


async def test_accounts_by_day(client: httpx.AsyncClient, house: Front) -> None:
    accounts = (await client.get(f"{API}/energy", params={"from": NOON - 7200, "to": NOON})).json()
    assert accounts["per"] == "day"
    assert len(accounts["at"]) == len(accounts["production"]) == len(accounts["autarky"]) == 1
    total = accounts["total"]
    assert total["production"] > 0
    assert total["net"] == pytest.approx(total["imported"] - total["exported"], abs=0.01)
    assert 0 <= total["autarky"] <= 100
    hours = (await client.get(f"{API}/energy", params={"per": "hour", "from": NOON - 7200, "to": NOON})).json()
    assert sum(hours["production"]) == pytest.approx(total["production"], abs=1)


def _counted(snapshot: Snapshot, at: float, **more: float) -> Snapshot:
    """Return a later snapshot of the system alone, its lifetime counters raised by so many Wh."""
    system = snapshot.system
    values = {
        key: structs.replace(reading, value=float(reading.value) + more.get(key.removesuffix("_lifetime"), 0.0), at=at)
        for key, reading in system.values.items()
        if key.endswith("_lifetime")
    }
    return replace(snapshot, at=at, equipment=(replace(system, values=values),), findings=())


async def test_accounts_are_worth_what_the_counters_counted(client: httpx.AsyncClient, house: Front) -> None:
    truth = {"production": 5000.0, "consumption": 4000.0, "import": 1500.0, "export": 2500.0}
    base = house.update.snapshot
    missing = [key for key in truth if f"{key}_lifetime" not in base.system.values]
    assert not missing
    one = NOON + 3600
    await house.store.write(_counted(base, one), zone="Europe/Paris")
    half = {key: value / 4 for key, value in truth.items()}
    await house.store.write(_counted(base, one + 1800, **half), zone="Europe/Paris")
    await house.store.write(_counted(base, one + 3600, **truth), zone="Europe/Paris")
    ask: dict[str, Any] = {"per": "hour", "from": one + 1, "to": one + 3600}
    accounts = (await client.get(f"{API}/energy", params=ask)).json()
    columns = {name: accounts[name] for name in ("production", "consumption", "imported", "exported", "net")}
    assert columns == {
        "production": [5000.0],
        "consumption": [4000.0],
        "imported": [1500.0],
        "exported": [2500.0],
        "net": [-1000.0],
    }
    assert (accounts["self_consumption"], accounts["autarky"]) == ([50.0], [62.5])
    total = accounts["total"]
    assert (total["net"], total["self_consumption"], total["autarky"]) == (-1000.0, 50.0, 62.5)
    assert (total["production"], total["imported"], total["exported"]) == (5000.0, 1500.0, 2500.0)


async def test_a_year_by_day_and_hour(client: httpx.AsyncClient) -> None:
    year = (await client.get(f"{API}/heatmap")).json()
    assert (year["year"], year["unit"], len(year["days"])) == (2026, "Wh", 365)
    today = year["rows"][year["days"].index("2026-06-18")]
    assert len(today) == 24
    assert today[10] > 0
    assert today[23] is None


async def test_findings_now_and_then(client: httpx.AsyncClient) -> None:
    now = (await client.get(f"{API}/findings")).json()
    then = (await client.get(f"{API}/findings", params={"from": NOON - 60, "to": NOON + 60})).json()
    assert [one["code"] for one in now] == [one["code"] for one in then] == ["counter_wrapped"]
    assert now[0]["text"] == then[0]["text"]
    assert (await client.get(f"{API}/findings", params={"to": NOON - 7200})).json() == []


async def test_events_are_sentences(client: httpx.AsyncClient) -> None:
    (event,) = (await client.get(f"{API}/events", params={"to": NOON}, headers={"Accept-Language": "fr"})).json()
    assert event["text"] == "Le firmware est passé de D8.2.1 à D8.2.4286."
    assert event["at"] == NOON - 3600


async def test_without_history_present_values_go_on(client: httpx.AsyncClient, house: Front) -> None:
    house.store.gone = True  # type: ignore[attr-defined]
    for path in ("history?series=system.net_power", "energy", "heatmap", "events", "layout"):
        answer = await client.get(f"{API}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (503, "no_history")
    assert (await client.get(f"{API}/values")).status_code == 200


async def test_several_gateways_must_be_told_apart(client: httpx.AsyncClient, house: Front) -> None:
    await client.post(f"{API}/gateways", json={"host": "192.0.2.2"})
    assert (await client.get(f"{API}/energy")).json()["code"] == "which_gateway"
    assert (await client.get(f"{API}/energy", params={"gateway": house.serial})).status_code == 200
    unknown = await client.get(f"{API}/energy", params={"gateway": "122000000002"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "history_unknown_gateway")
    house.gateways.kept.clear()
    assert (await client.get(f"{API}/energy")).json()["code"] == "no_gateways"


async def test_the_layout_is_kept(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{API}/layout")).json() == {}
    layout = {"roofs": [{"name": "South", "panels": {"1": [0, 0]}}]}
    assert (await client.put(f"{API}/layout", json=layout)).json() == layout
    assert (await client.get(f"{API}/layout")).json() == layout
    assert (await client.put(f"{API}/layout", json=[1])).status_code == 400


async def test_settings_are_shown_and_changed(client: httpx.AsyncClient, house: Front) -> None:
    french = (await client.get(f"{API}/settings", headers={"Accept-Language": "fr"})).json()
    rows = {row["key"]: row for section in french["sections"] for row in section["settings"]}
    assert rows["web.port"]["text"].startswith("Port d’écoute")
    assert rows["history.database"]["value"] == "postgresql+psycopg://***@192.0.2.9/h"
    assert rows["history.database"]["origin"] == "environment"
    assert {key for key, row in rows.items() if row.get("secret")} == {
        "mqtt.password",
        "notifications.to",
        "influx.to",
        "influx.token",
    }
    changed = await client.patch(f"{API}/settings", json={"changes": {"web.port": 9000, "general.site": "House"}})
    after = changed.json()
    rows = {row["key"]: row for section in after["sections"] for row in section["settings"]}
    assert (rows["web.port"]["value"], rows["web.port"]["pending"], after["restart_needed"]) == (9000, True, True)
    assert not rows["general.site"].get("pending", False)
    text = (house.folder / "heliograph.toml").read_text()
    assert "port = 9000" in text
    assert "# Port to listen on" in text
    wrong = await client.patch(f"{API}/settings", json={"changes": {"web.port": 99999}})
    assert (wrong.status_code, wrong.json()["field"], wrong.json()["title"]) == (422, "web.port", "Setting rejected")
    fixed = await client.patch(f"{API}/settings", json={"changes": {"history.database": "sqlite://"}})
    assert "HELIOGRAPH_HISTORY_DATABASE" in fixed.json()["detail"]


async def test_health_and_about(client: httpx.AsyncClient, house: Front) -> None:
    health = (await client.get(f"{API}/health")).json()
    assert (health["ok"], [part["name"] for part in health["parts"]]) == (True, ["web", "history"])
    assert (await client.get(f"{API}/about")).json()["site"] == "Home"
    assert all("problem" not in part for part in health["parts"])
    problem = StoreError("history_damaged", files="history.db.damaged-1", folder="/data")
    house.house.health = lambda: [Health("web", ok=True), Health(DAMAGED, ok=False, problem=problem)]
    for language in ("en", "fr"):
        health = (await client.get(f"{API}/health", headers={"Accept-Language": language})).json()
        assert (health["ok"], health["parts"][1]["problem"]) == (False, problem.text(language))
    assert (await client.get(f"{API}/health/ready")).status_code == 200
    house.house.health = list
    assert (await client.get(f"{API}/health/ready")).status_code == 200
