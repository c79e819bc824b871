"""The past of a site that does not exist is written whole, the latest days first, however often that is cut short."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from heliograph.app import laying, made
from heliograph.app.laying import STEP, write
from heliograph.model import Subject
from heliograph.store import Name, Store

FAMILY = "iq-encharge-8.2"
DAY = 86_400
END = 1_781_776_800.0
"""2026-06-18 12:00 in Lyon."""
START = END - 3 * DAY
PRODUCTION, POWER = Name(Subject.SYSTEM, "", "production_lifetime"), Name(Subject.SYSTEM, "", "production_power")


@pytest.fixture
def past() -> made.Past:
    return made.Past.of(FAMILY, START)


async def check(folder: Path, past: made.Past) -> None:
    """See that every day is there, and counts what the site truly made."""
    serial = past.source.serial
    names = [Name(name.subject, serial, name.key) for name in (PRODUCTION, POWER)]
    async with await Store.open(folder) as store:
        (known,) = await store.gateways()
        assert (known.since, known.last) == (START + STEP, END)
        lifetime, power = await store.series(serial, names, START - DAY, END, "day")
        produced = [past.source.world.at(at).books for at in (*lifetime.at[2:], END)]
        truth = [sum(books.delivered) / 1000 for books in produced]
        energy = [one for one in lifetime.energy if one is not None]
        assert energy[1:] == pytest.approx([b - a for a, b in pairwise(truth)], abs=0.2)
        assert power.covered[2:-1] == (DAY, DAY)


async def test_the_latest_days_come_first_and_then_the_rest(tmp_path: Path, past: made.Past) -> None:
    told: list[int] = []
    count = await write(tmp_path, FAMILY, START, END, told=lambda: told.append(1))
    assert count == 3 * DAY // STEP
    assert len(told) == 2
    await check(tmp_path, past)
    async with await Store.open(tmp_path / laying.EARLY, read_only=True) as early:
        (known,) = await early.gateways()
        assert (known.since, known.last) == (END - 2 * DAY + STEP, END)
    assert await write(tmp_path, FAMILY, START, END) == 0


async def test_what_was_cut_short_is_done_the_next_time(
    tmp_path: Path, past: made.Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laying, "_AT_ONCE", 240)
    genuine, cut = Store.save_blob, iter([0, 0, 0, 0, 1])

    async def save_blob(*arguments: Any, **options: Any) -> None:
        await genuine(*arguments, **options)
        if next(cut, 0):
            raise asyncio.CancelledError

    monkeypatch.setattr(Store, "save_blob", save_blob)
    with pytest.raises(asyncio.CancelledError):
        await write(tmp_path, FAMILY, START, END)
    left = await write(tmp_path, FAMILY, START, END)
    assert 0 < left < 3 * DAY // STEP
    await check(tmp_path, past)
