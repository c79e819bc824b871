"""One writer at a time: numbers are given out in memory, and two that do so overwrite each other."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from heliograph.errors import InUseError
from heliograph.store import Store, StoreError, restore
from heliograph.store.lock import process_name
from tests.store.conftest import Clock, no_pause
from tests.store.saying import MIDNIGHT, MINUTE, SERIAL, ZONE, snapshot, system

POWER = system("production_power")
_HOLDER = """
import asyncio, sys
from pathlib import Path
from heliograph.store import Store

async def main(where):
    async with await Store.open(where if "://" in where else Path(where)):
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main(sys.argv[1]))
"""


async def test_a_second_writer_is_refused_and_told_who_holds_it(where: Path | str, clock: Clock) -> None:
    async with await Store.open(where, clock=clock) as store:
        with pytest.raises(InUseError) as caught:
            await Store.open(where, clock=clock)
        assert caught.value.code == "in_use"
        assert str(caught.value.details["holder"]).endswith(process_name())
        assert str(os.getpid()) in caught.value.text("fr")
        await store.write(snapshot(MIDNIGHT, {"production_power": 1.0}), zone=ZONE)
        async with await Store.open(where, read_only=True, clock=clock) as reader:
            assert len(await reader.latest(SERIAL)) == 1
    async with await Store.open(where, clock=clock) as store:
        assert [one.value for one in await store.latest(SERIAL)] == [1.0]


async def test_another_process_is_refused_until_the_first_is_killed(where: Path | str, clock: Clock) -> None:
    pipe = asyncio.subprocess.PIPE
    first = await asyncio.create_subprocess_exec(sys.executable, "-c", _HOLDER, str(where), stdin=pipe, stdout=pipe)
    assert first.stdout is not None
    assert await first.stdout.readline() == b"open\n"
    with pytest.raises(InUseError) as caught:
        await Store.open(where, clock=clock)
    assert f"process {first.pid}" in str(caught.value)
    first.kill()
    await first.wait()
    async with asyncio.timeout(60):
        while True:
            try:
                store = await Store.open(where, clock=clock)
            except InUseError:
                # PostgreSQL notices the end of a session a moment later.
                await asyncio.sleep(0)
            else:
                break
    await store.close()


async def test_a_copy_is_not_put_back_under_a_running_writer(tmp_path: Path, clock: Clock) -> None:
    async with await Store.open(tmp_path / "data", clock=clock) as store:
        await store.backup(tmp_path / "copy")
        with pytest.raises(InUseError):
            restore(tmp_path / "copy", tmp_path / "data")
    assert restore(tmp_path / "copy", tmp_path / "data") is not None


def _end_sessions(url: str) -> None:
    name = make_url(url).database
    engine = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))  # noqa: S608 - a name of the test's own
    engine.dispose()


async def test_a_lost_session_takes_its_lock_again(postgres_database: str, clock: Clock) -> None:
    async with await Store.open(postgres_database, clock=clock, pause=no_pause) as store:
        await store.write(snapshot(MIDNIGHT, {"production_power": 1.0}), zone=ZONE)
        _end_sessions(postgres_database)
        await store.write(snapshot(MIDNIGHT + MINUTE, {"production_power": 2.0}), zone=ZONE)
        assert store.refused is None
        with pytest.raises(InUseError):
            await Store.open(postgres_database, clock=clock)


async def test_who_was_replaced_while_cut_off_writes_nothing_over(postgres_database: str, clock: Clock) -> None:
    store = await Store.open(postgres_database, clock=clock, pause=no_pause)
    await store.write(snapshot(MIDNIGHT, {"production_power": 1.0}), zone=ZONE)
    _end_sessions(postgres_database)
    async with await Store.open(postgres_database, clock=clock) as second:
        await second.write(snapshot(MIDNIGHT + MINUTE, {"production_power": 2.0}), zone=ZONE)
    with pytest.raises(StoreError):
        await store.write(snapshot(MIDNIGHT + 2 * MINUTE, {"production_power": 3.0}), zone=ZONE)
    assert store.refused is not None
    assert store.refused.code == "taken_over"
    (curve,) = await store.series(SERIAL, [POWER], MIDNIGHT, MIDNIGHT + 10 * MINUTE, "raw")
    assert [value for value in curve.value if value is not None] == [1.0, 2.0]
    await store.close()
