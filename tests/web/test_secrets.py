"""Nothing that opens anything ever leaves the house by the API."""

import re

from heliograph.web.access.gate import COOKIE
from heliograph.web.access.vault import Rights
from tests.web.front import NOON, SECRETS, Front, operations

API = "/api/v1"


async def test_no_answer_holds_a_secret(house: Front) -> None:
    await house.vault.set_password("the page's own password")
    session = await house.vault.open_session()
    key, text = await house.vault.make_key("Reader", Rights.READ)
    hashes = re.findall(r'"(?:hash|password)": "([^"]+)"', house.saved[-1].decode())
    assert len(hashes) == 3
    secrets = [*SECRETS, session, text, house.vault.claim_code, "the page's own password", *hashes]
    credentials = {"token": SECRETS[0], "password": SECRETS[1], "account": {"user": "me@x.org", "password": SECRETS[2]}}
    bodies = {
        f"POST {API}/gateways": {"host": "192.0.2.2", "credentials": credentials},
        f"POST {API}/gateways/test": {"host": "192.0.2.2", "credentials": credentials},
        f"POST {API}/gateways/probe": {"host": "192.0.2.2"},
        f"PATCH {API}/gateways/{{serial}}": {"name": "House", "credentials": credentials},
        f"PATCH {API}/settings": {"changes": {"general.site": "House"}},
        f"POST {API}/notifications/dry-run": {"days": 1},
        f"PUT {API}/layout": {"roofs": []},
        f"POST {API}/session": {"password": "the page's own password"},
        f"PUT {API}/password": {"password": "another password", "current": "nonsense"},
    }
    house.house.hub.close()
    asked = [one for one in operations() if not one.startswith("DELETE")] + [f"GET {API}/docs/openapi.json"]
    async with house.caller(cookies={COOKIE: session}) as near:
        for operation in asked:
            method, _, path = operation.partition(" ")
            path = path.replace("{serial}", house.serial).replace("{id}", key.id)
            if path == f"{API}/keys" and method == "POST":
                continue
            query = {"series": "system.production_power", "from": str(NOON - 3600)} if "history" in path else None
            answer = await near.request(method, path, json=bodies.get(operation), params=query)
            assert answer.status_code < 500, operation
            for secret in secrets:
                assert secret not in answer.text, f"{operation} told {secret}"
        assert house.gateways.given[-1].account is not None


async def test_wrong_input_is_not_repeated_where_it_may_be_a_secret(house: Front) -> None:
    async with house.caller() as near:
        answer = await near.post(
            f"{API}/gateways/test", json={"host": "192.0.2.9", "credentials": {"token": SECRETS[0] * 500}}
        )
        assert answer.status_code == 400
        assert SECRETS[0] not in answer.text
        shouted = await near.post(f"{API}/gateways/test", json={"host": f"https://me:{SECRETS[2]}@192.0.2.9/"})
        assert SECRETS[2] not in shouted.text
