import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Condition

import pytest
from sqlalchemy import create_engine, text

from heliograph.store import Settings, Store
from tests.store import server

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server, with a place for the name of a database."""
    folder = server.programs()
    if folder is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no PostgreSQL here, and it must be tested: `make test` installs it where it may")
        pytest.skip("there is no PostgreSQL here: the history is tested on SQLite only")
    with server.running(folder) as url:
        yield url


@pytest.fixture
def postgres_database(postgres: str) -> Iterator[str]:
    name = f"history{next(_NUMBERS)}"
    engine = create_engine(postgres.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgres.format(name)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a history is kept: each test is done on both."""
    if request.param == "sqlite":
        return tmp_path
    url: str = request.getfixturevalue("postgres_database")
    return url


@dataclass
class Clock:
    """The time, as the test wants it."""

    now: float = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def no_pause(condition: Condition, _seconds: float) -> object:
    """Wait for a moment only, whatever was asked for."""
    return condition.wait(0.001)


Opening = Callable[..., Awaitable[Store]]


@pytest.fixture
async def opening(where: Path | str, clock: Clock) -> AsyncIterator[Opening]:
    """Opens the history, as often as wanted; who wrote before is closed first, all others at the end."""
    async with AsyncExitStack() as stack:
        writers: list[Store] = []

        async def open_it(settings: Settings | None = None, *, read_only: bool = False) -> Store:
            if not read_only and writers:
                await writers.pop().close()
            opened = await Store.open(where, settings, read_only=read_only, clock=clock, pause=no_pause)
            if not read_only:
                writers.append(opened)
            return await stack.enter_async_context(opened)

        yield open_it


@pytest.fixture
async def store(opening: Opening) -> Store:
    return await opening()
