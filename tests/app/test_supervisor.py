"""systemd is told."""

import asyncio
import socket
from pathlib import Path

import pytest

from heliograph.app import supervisor


@pytest.fixture
def manager(tmp_path: Path):  # type: ignore[no-untyped-def] # noqa: ANN201 - a pair
    door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    address = str(tmp_path / "notify")
    door.bind(address)
    door.setblocking(False)
    yield door, {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "20000"}
    door.close()


def test_it_is_told(manager: tuple[socket.socket, dict[str, str]]) -> None:
    door, environment = manager
    assert supervisor.notify("READY=1", environment)
    assert door.recv(100) == b"READY=1"


def test_nobody_listens(tmp_path: Path) -> None:
    assert not supervisor.notify("READY=1", {})
    assert not supervisor.notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "none")})
    assert supervisor.pause({"WATCHDOG_USEC": "1000"}) is None
    assert supervisor.pause({"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "soon"}) is None


def test_abstract_names() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind("\0heliograph-test-notify")
        assert supervisor.notify("STOPPING=1", {"NOTIFY_SOCKET": "@heliograph-test-notify"})
        assert door.recv(100) == b"STOPPING=1"


async def test_signs_of_life_only_while_there_is_life(manager: tuple[socket.socket, dict[str, str]]) -> None:
    door, environment = manager
    alive = [False, True]
    task = asyncio.create_task(supervisor.live(lambda: alive.pop(0) if alive else True, environment))
    async with asyncio.timeout(90):
        assert await asyncio.get_running_loop().sock_recv(door, 100) == b"WATCHDOG=1"
    task.cancel()
    assert len(alive) == 0


async def test_where_nobody_waits_there_are_none() -> None:
    await supervisor.live(lambda: True, {})
