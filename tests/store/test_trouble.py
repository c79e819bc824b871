"""A full disk, a locked file, a server that is away, a damaged file: history waits, says so once, loses nothing."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DatabaseError

from heliograph.store import Settings, Store, StoreError, upkeep, writer
from heliograph.store.commit import commit as really_commit
from heliograph.store.engine import FILE
from tests.store.conftest import Clock, Opening, no_pause
from tests.store.saying import HOUR, MIDNIGHT, SERIAL, ZONE, snapshot, system

POWER = system("production_power")
START = MIDNIGHT + 10 * HOUR
QUICK = Settings(patience=0.01)

Trouble = Callable[[Store], AbstractContextManager[None]]


@contextmanager
def full(store: Store) -> Iterator[None]:
    """Let the file grow no more."""

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    def grows(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")

    engine = store._database.engine
    event.listen(engine, "begin", begun)
    yield
    event.remove(engine, "begin", begun)
    event.listen(engine, "begin", grows)


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Hold the lock that writing takes."""
    path = store._database.path
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def away(store: Store) -> Iterator[None]:
    """Let the server throw everybody out."""
    name = store._database.url.database
    engine = create_engine(store._database.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))  # noqa: S608 - a name of the test's own
    yield
    with engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    engine.dispose()


TROUBLES = [
    pytest.param("sqlite", full, "disk_full", id="full disk"),
    pytest.param("sqlite", locked, "database_locked", id="locked file"),
    pytest.param("postgres", away, "system", id="server away"),
]


@pytest.fixture
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    url: str = request.getfixturevalue("postgres_database") if request.param == "postgres" else ""
    return url or tmp_path


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(90):
        while not condition():  # noqa: ASYNC110 - the writer is a thread: there is no event to wait for
            await asyncio.sleep(0)


def big(number: int) -> bytes:
    """Books that do not fit into what is left of a page, nor can be squeezed."""
    return Random(number).randbytes(20_000)  # noqa: S311 - noise


@pytest.mark.parametrize(("where", "trouble", "code"), TROUBLES, indirect=["where"])
async def test_trouble_delays_and_is_said_once_and_loses_nothing(
    opening: Opening, trouble: Trouble, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "heliograph.store")
    store = await opening(QUICK)
    await store.write(snapshot(START, {"production_power": 0.5}), zone=ZONE)
    with trouble(store):
        waiting = [
            store.post(snapshot(START + 60 * n, {"production_power": float(n), "net_power": 1.0}), books=big(n))
            for n in range(1, 61)
        ]
        await until(lambda: not store.state.ok and store.state.waiting == 60)
        state = store.state
        assert state.cause is not None
        assert (state.cause.code, state.lost) == (code, 0)
        assert not any(one.done() for one in waiting)
    await asyncio.gather(*waiting)

    assert store.state.ok
    (curve,) = await store.series(SERIAL, [POWER], START, START + 61 * 60, "raw")
    assert [value for value in curve.value if value is not None] == [0.5, *map(float, range(1, 61))]
    assert await store.load_books(SERIAL) == big(60)
    said = [record.levelname for record in caplog.records if "cannot be written" in record.message]
    assert said == ["WARNING"]
    assert "written again" in caplog.text


@pytest.mark.parametrize(("where", "trouble", "code"), TROUBLES, indirect=["where"])
async def test_what_still_waits_at_the_end_is_told(
    opening: Opening, trouble: Trouble, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = await opening(QUICK)
    await store.write(snapshot(START, {"production_power": 0.5}), zone=ZONE)
    with trouble(store):
        waiting = store.post(snapshot(START + 60, {"production_power": 1.0}), books=big(1))
        await until(lambda: not store.state.ok)
        await store.close()
        with pytest.raises(StoreError):
            await waiting
    assert "1 polls that could not be written" in caplog.text


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
async def test_an_hour_is_kept_whatever_it_takes_and_more_where_there_is_room(opening: Opening, clock: Clock) -> None:
    store = await opening(Settings(patience=0.01, memory=20_000))
    await store.write(snapshot(START, {"production_power": 0.5}), zone=ZONE)
    with locked(store):
        waiting = []
        for number in range(1, 121):
            clock.now += 60
            told: dict[str, float | str] = {"production_power": float(number), "battery_state": f"state {number % 3}"}
            waiting.append(store.post(snapshot(START + 60 * number, told)))
        await until(lambda: store.state.waiting)
    done = await asyncio.gather(*waiting, return_exceptions=True)

    lost = [error for error in done if isinstance(error, StoreError)]
    assert {error.code for error in lost} == {"history_lost"}
    assert 40 < len(lost) < 60
    assert store.state.lost == len(lost)
    await store.write(snapshot(START + 60 * 121, {"production_power": 120.0, "battery_state": "state 0"}))
    names = [POWER, system("battery_state")]
    power, state = await store.series(SERIAL, names, START + 60 * 60, START + 60 * 122, "raw")
    assert [value for value in power.value if value is not None][-60:] == [*map(float, range(62, 121)), 120.0]
    assert state.value[-2] == "state 0"


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def damaged(folder: Path) -> list[Path]:
    return list(folder.glob("*.damaged-*"))


@pytest.fixture
def garbage(tmp_path: Path) -> Path:
    path = tmp_path / FILE
    path.write_bytes(b"This is no database. " * 1000)
    return path


async def test_a_damaged_file_is_set_aside(garbage: Path, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    before = content_of(garbage)

    async with await Store.open(garbage.parent, clock=clock) as store:
        await store.write(snapshot(START, {"production_power": 1.0}))

    (aside,) = damaged(garbage.parent)
    assert content_of(aside) == before
    assert f"set aside as {aside.name}" in caplog.text
    async with await Store.open(garbage.parent, clock=clock) as store:
        assert len(await store.latest(SERIAL)) == 1


async def test_damaged_pages_are_noticed_at_the_start(tmp_path: Path, clock: Clock) -> None:
    async with await Store.open(tmp_path, clock=clock) as store:
        await store.write(snapshot(START, {"production_power": 1.0}))
    path = tmp_path / FILE
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)

    async with await Store.open(tmp_path, clock=clock) as store:
        assert await store.gateways() == ()
    assert len(damaged(tmp_path)) == 1


@pytest.fixture
async def plain(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path, clock=clock, pause=no_pause) as opened:
        yield opened


async def test_damage_that_shows_while_running_starts_a_new_file(
    plain: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await plain.write(snapshot(START, {"production_power": 1.0, "battery_state": "idle"}), zone=ZONE)
    attempts: list[object] = []

    def commit(*given: Any) -> None:
        attempts.append(given)
        if len(attempts) == 1:
            raise DatabaseError("INSERT", {}, sqlite3.DatabaseError("database disk image is malformed"))
        really_commit(*given)

    monkeypatch.setattr(writer, "commit", commit)
    await plain.write(snapshot(START + 60, {"production_power": 2.0, "battery_state": "charging"}), books=b"books")
    await plain.tidy()

    assert len(damaged(tmp_path)) == 1
    assert {one.name.key: one.value for one in await plain.latest(SERIAL)} == {
        "production_power": 2.0,
        "battery_state": "charging",
    }
    assert await plain.load_books(SERIAL) == b"books"
    assert plain.state.ok


async def test_trouble_while_tidying_up_stops_nothing(
    plain: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fold(*_: object) -> None:
        raise DatabaseError("DELETE", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(upkeep, "fold", fold)
    for number in range(150):
        done = plain.post(snapshot(START + 60 * number, {"production_power": float(number)}))
    await done
    await plain.tidy()

    (curve,) = await plain.series(SERIAL, [POWER], START, START + 3 * HOUR, "raw")
    assert len([value for value in curve.value if value is not None]) == 150


async def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(StoreError) as caught:
        await Store.open("postgresql://owner:secret@127.0.0.1:9/history")

    assert caught.value.code == "history_unreachable"
    assert "secret" not in str(caught.value)
    assert "secret" not in caught.value.text("fr")
