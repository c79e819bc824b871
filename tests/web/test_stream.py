"""Events are encoded once, kept in a ring, and resumed."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from msgspec import structs

from heliograph.live import Live, Update
from heliograph.model import Subject
from heliograph.web.stream import READERS, Hub
from tests.web.front import NOON, Clock, Front
from tests.web.running import running


def parsed(frame: bytes) -> tuple[str, str, Any]:
    fields = dict(line.split(": ", 1) for line in frame.decode().splitlines() if ": " in line and line[0] != ":")
    return fields.get("event", ""), fields.get("id", ""), json.loads(fields.get("data", "null"))


async def said(update: Update, hub: Hub, live: Live) -> None:
    live.publish(update)
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def hub(house: Front) -> AsyncIterator[tuple[Hub, Live, Update]]:
    live = Live()
    one = Hub(live, Clock().now, ring=4)
    task = asyncio.create_task(one.run())
    await asyncio.sleep(0)
    yield one, live, house.update
    one.close()
    live.close()
    await task


async def test_everything_comes_first_then_what_changes(hub: tuple[Hub, Live, Update]) -> None:
    one, live, update = hub
    await said(update, one, live)
    stream = one.listen("en", None)
    kind, _, state = parsed(await anext(stream))
    assert kind == "state"
    assert len(state["gateways"][0]["equipment"]) == len(update.snapshot.equipment)
    system = update.snapshot.system
    moved = replace(system, values={key: structs.replace(value, at=NOON + 60) for key, value in system.values.items()})
    others = tuple(item for item in update.snapshot.equipment if item.subject is not Subject.SYSTEM)
    await said(replace(update, snapshot=replace(update.snapshot, equipment=(moved, *others))), one, live)
    kind, _, change = parsed(await anext(stream))
    assert kind == "values"
    assert [item["subject"] for item in change["gateways"][0]["equipment"]] == ["system"]
    await stream.aclose()
    assert one.readers == 0


async def test_a_reader_resumes_where_it_was(hub: tuple[Hub, Live, Update]) -> None:
    one, live, update = hub
    await said(update, one, live)
    stream = one.listen("en", None)
    _, last, _ = parsed(await anext(stream))
    await stream.aclose()
    one.tell("sync", lambda _: {"state": "running"})
    again = one.listen("fr", last)
    assert b"resumed" in await anext(again)
    assert parsed(await anext(again))[0] == "sync"
    await again.aclose()


@pytest.mark.parametrize("last", ["nonsense", "00000000-1", "x-9" * 50, ""])
async def test_an_unknown_place_begins_anew(hub: tuple[Hub, Live, Update], last: str) -> None:
    one, live, update = hub
    await said(update, one, live)
    stream = one.listen("en", last)
    assert parsed(await anext(stream))[0] == "state"
    await stream.aclose()


async def test_too_long_ago_begins_anew(hub: tuple[Hub, Live, Update]) -> None:
    one, live, update = hub
    await said(update, one, live)
    stream = one.listen("en", None)
    _, last, _ = parsed(await anext(stream))
    for number in range(6):
        one.tell("sync", lambda _, number=number: {"number": number})  # type: ignore[misc]
    again = one.listen("en", last)
    assert parsed(await anext(again))[0] == "state"
    # And a reader that is too slow is given everything rather than something with a hole in it.
    assert parsed(await anext(stream))[0] == "state"
    await stream.aclose()
    await again.aclose()


async def test_what_is_long_past_is_not_kept() -> None:
    clock = Clock()
    one = Hub(Live(), clock.now)
    one.tell("sync", lambda _: {"number": 0})
    stream = one.listen("en", None)
    _, last, _ = parsed(await anext(stream))
    for number in (1, 2, 3):
        clock.time += 200
        one.tell("sync", lambda _, number=number: {"number": number})  # type: ignore[misc]
    again = one.listen("en", last)
    assert parsed(await anext(again))[0] == "state"
    await stream.aclose()
    await again.aclose()


async def test_closing_ends_every_stream(hub: tuple[Hub, Live, Update]) -> None:
    one, _, _ = hub
    stream = one.listen("en", None)
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream, None))
    await asyncio.sleep(0)
    one.close()
    assert await waiting is None


def test_over_a_real_socket(tmp_path_factory: pytest.TempPathFactory) -> None:
    with (
        running(tmp_path_factory.mktemp("front")) as (url, one),
        httpx.stream("GET", f"{url}/api/v1/stream", timeout=10) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == "retry: 3000"
        found = {next(lines).partition(": ")[0] for _ in range(3)}
        assert found == {"id", "event", "data"}
        assert one.house.hub.readers == 1


async def test_streams_have_a_limit(client: httpx.AsyncClient, house: Front) -> None:
    house.house.hub.readers = READERS
    answer = await client.get("/api/v1/stream")
    assert (answer.status_code, answer.json()["code"]) == (503, "too_many_streams")
