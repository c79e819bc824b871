import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from heliograph.errors import UsageError
from heliograph.store import Store, StoreError, check, restore
from heliograph.store.engine import FILE
from heliograph.store.migrate import HEAD
from tests.store.saying import HOUR, MIDNIGHT, SERIAL, ZONE, snapshot, system

POWER = system("production_power")
START = MIDNIGHT + 10 * HOUR


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "data", clock=lambda: float(START)) as opened:
        for number in range(10):
            await opened.write(snapshot(START + 60 * number, {"production_power": float(number)}), zone=ZONE)
        yield opened


async def values(folder: Path) -> list[object]:
    async with await Store.open(folder, clock=lambda: float(START)) as opened:
        (curve,) = await opened.series(SERIAL, [POWER], START, START + HOUR, "raw")
        return [value for value in curve.value if value is not None]


async def test_a_backup_while_running_is_whole(store: Store, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    writing = asyncio.gather(
        *(store.post(snapshot(START + 60 * n, {"production_power": float(n)})) for n in range(10, 200))
    )

    size = await store.backup(tmp_path / "copy.db", lambda done, of: told.append((done, of)))
    await writing

    assert size == (tmp_path / "copy.db").stat().st_size
    assert check(tmp_path / "copy.db") == HEAD
    assert told[-1][0] == told[-1][1]
    assert restore(tmp_path / "copy.db", tmp_path / "elsewhere") is None
    assert (await values(tmp_path / "elsewhere"))[:10] == [float(n) for n in range(10)]


async def test_history_and_its_copies_are_their_owners_alone(store: Store, tmp_path: Path) -> None:
    await store.backup(tmp_path / "copy.db")
    restore(tmp_path / "copy.db", tmp_path / "elsewhere")
    folders = (tmp_path / "data", tmp_path / "elsewhere")
    files = [tmp_path / "copy.db", *(path for folder in folders for path in folder.iterdir())]
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in files} == {path.name: "0o600" for path in files}
    assert {oct(folder.stat().st_mode & 0o777) for folder in folders} == {"0o700"}


async def test_what_was_there_is_kept_beside(store: Store, tmp_path: Path) -> None:
    await store.backup(tmp_path / "copy.db")
    await store.write(snapshot(START + 600, {"production_power": 77.0}))
    await store.close()

    first = restore(tmp_path / "copy.db", tmp_path / "data")
    second = restore(tmp_path / "copy.db", tmp_path / "data")

    assert first == tmp_path / "data" / f"{FILE}.before-1"
    assert second == tmp_path / "data" / f"{FILE}.before-2"
    assert await values(tmp_path / "data") == [float(n) for n in range(10)]


@pytest.mark.parametrize("content", [b"", b"nonsense" * 1000], ids=["empty", "nonsense"])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "copy.db"
    path.write_bytes(content)

    with pytest.raises(StoreError) as caught:
        restore(path, tmp_path / "data")
    assert caught.value.code == "history_bad_backup"
    assert not (tmp_path / "data").exists()


async def test_a_damaged_backup_is_refused(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "copy.db"
    await store.backup(path)
    content = bytearray(path.read_bytes())
    content[4096:8192] = b"\xa5" * 4096
    path.write_bytes(content)

    with pytest.raises(StoreError):
        check(path)


async def test_a_backup_that_cannot_be_written_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        await store.backup(tmp_path / "nowhere" / "copy.db")
    assert caught.value.code == "unwritable_file"


async def test_postgresql_has_means_of_its_own(postgres_database: str, tmp_path: Path) -> None:
    async with await Store.open(postgres_database) as opened:
        with pytest.raises(StoreError) as caught:
            await opened.backup(tmp_path / "copy.db")
    assert "pg_dump" in str(caught.value)
