"""A damaged history is set aside: history, health and its own events tell so, with the file's name."""

import asyncio
from dataclasses import replace
from pathlib import Path

from heliograph.app.keeping import Keeping
from heliograph.live import Condition, Live, State, Update
from heliograph.store import Settings, Store
from heliograph.web.house import DAMAGED
from tests.web.front import NOON, past, said


def damaged(folder: Path) -> list[Path]:
    return list(folder.glob("history.db.damaged-*"))


async def test_a_damaged_history_is_an_event_and_makes_health_tell(tmp_path: Path) -> None:
    one = said(past())
    (tmp_path / "history.db").write_bytes(b"This is no database. " * 1000)
    for restart in range(2):
        live = Live()
        keeping = Keeping(
            live,
            tmp_path,
            Settings(),
            zone_of=lambda _: None,
            clock=lambda now=NOON + restart: now,  # type: ignore[misc]
        )
        task = asyncio.create_task(keeping.run())
        await keeping.books(one.gateway.serial)
        for minute in range(2):
            at = NOON + 60 * (1 + minute)
            live.publish(Update("Roof", replace(one, at=at), Condition(State.ONLINE, NOON), at))
        (aside,) = damaged(tmp_path)
        assert keeping.health().ok
        (part,) = keeping.damage()
        assert (part.name, part.ok, part.details["files"]) == (DAMAGED, False, [aside.name])
        assert part.problem is not None
        for language in ("en", "fr"):
            assert aside.name in part.problem.text(language)
            assert str(tmp_path) in part.problem.text(language)
        live.close()
        await task
    async with await Store.open(tmp_path) as store:
        (event,) = await store.events(one.gateway.serial, NOON - 60, NOON + 600)
    assert (event.kind, event.at, dict(event.details)) == ("history_damaged", NOON, {"file": aside.name})

    live = Live()
    aside.unlink()
    keeping = Keeping(live, tmp_path, Settings(), zone_of=lambda _: None, clock=lambda: NOON)
    task = asyncio.create_task(keeping.run())
    await keeping.books(one.gateway.serial)
    assert keeping.damage() == []
    live.close()
    await task
