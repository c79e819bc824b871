"""Notifications are tried out by the API: a test message, a dry run."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from heliograph.app.settings import Notifications
from heliograph.outputs.notifications import CODES
from heliograph.store import StoreError
from tests.web.front import NOON, Front

API = "/api/v1/notifications"
FRENCH = {"Accept-Language": "fr"}


async def test_addresses_are_told_by_their_kind_and_rules_by_their_names(client: httpx.AsyncClient) -> None:
    told = (await client.get(API, headers=FRENCH)).json()
    assert told["addresses"] == [{"number": 1, "kind": "mailto"}, {"number": 2, "kind": "https"}]
    assert [rule["code"] for rule in told["rules"]] == list(CODES)
    assert all(rule["on"] for rule in told["rules"])
    assert told["rules"][0]["title"] == "passerelle injoignable"


async def test_a_test_message_says_of_each_address_what_became_of_it(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{API}/test", headers=FRENCH)
    assert answer.status_code == 200
    assert answer.json() == [
        {"number": 1, "kind": "mailto", "ok": True},
        {"number": 2, "kind": "https", "ok": False, "problem": "le web hook a répondu HTTP 404"},
    ]


async def test_without_an_address_nothing_can_be_sent(house: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.house.notifier, "_settings", Notifications)
    async with house.caller() as near:
        answer = await near.post(f"{API}/test")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_addresses")


async def ended(client: httpx.AsyncClient) -> dict[str, Any]:
    async with asyncio.timeout(90):
        while True:
            answer = (await client.get(f"{API}/dry-run", headers=FRENCH)).json()
            if answer["state"] != "running":
                return answer  # type: ignore[no-any-return] # JSON
            await asyncio.sleep(0)


async def test_a_dry_run_tells_what_would_have_been_told(house: Front) -> None:
    # Two hours of history, then a finding at its end that is worth a message.
    for later in range(0, 601, 60):
        await house.store.write(replace(house.update.snapshot, at=NOON + later), zone="Europe/Paris")
    house.clock.time = NOON + 900
    async with house.caller() as client:
        missing = await client.get(f"{API}/dry-run")
        assert (missing.status_code, missing.json()["code"]) == (404, "no_dry_run")
        begun = await client.post(f"{API}/dry-run", json={"days": 2, "gateway": house.serial})
        assert begun.status_code == 202
        assert begun.json()["state"] == "running"
        found = await ended(client)
    assert found["state"] == "done"
    assert found["done"] == found["total"] == 1
    assert found["since"] == pytest.approx(NOON - 7200, abs=600)
    (message,) = found["messages"]
    assert message["rule"] == "counter_corrected"
    assert message["state"] == "begun"
    assert message["title"] == "Heliograph, Roof : compteur corrigé"
    assert "Production depuis la mise en service" in message["text"]


async def test_a_dry_run_takes_the_place_of_the_one_before(house: Front) -> None:
    async with house.caller() as client:
        for days in (365, 1):
            assert (await client.post(f"{API}/dry-run", json={"days": days})).status_code == 202
        found = await ended(client)
    assert found["start"] == NOON - 86_400


@pytest.mark.parametrize(
    ("body", "status"), [({"days": 0}, 400), ({"days": 366}, 400), ({"gateway": "nobody"}, 404), ({"dais": 3}, 400)]
)
async def test_what_cannot_be_gone_over(client: httpx.AsyncClient, body: dict[str, object], status: int) -> None:
    assert (await client.post(f"{API}/dry-run", json=body)).status_code == status


async def test_a_dry_run_needs_history_and_says_what_failed(house: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    async with house.caller() as client:
        monkeypatch.setattr(house.store, "gone", True, raising=False)
        assert (await client.post(f"{API}/dry-run", json={})).json()["code"] == "no_history"
        monkeypatch.setattr(house.store, "gone", False)
        for error, code in ((RuntimeError("unforeseen"), None), (StoreError("history_closed"), "history_closed")):

            async def broken(error: Exception = error) -> None:
                raise error

            monkeypatch.setattr(house.store, "gateways", broken)
            await client.post(f"{API}/dry-run", json={})
            found = await ended(client)
            assert found["state"] == "failed"
            problem = found.get("problem")
            assert (problem["code"] if isinstance(problem, dict) else None) == code
