"""A real Mosquitto on the loopback that can be stopped and started, and whoever listens to it."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiomqtt
import pytest

PROGRAM: Final = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
PATIENCE: Final = 20.0


def needed() -> str:
    """Give the program, or skip: CI has it."""
    if PROGRAM is None:
        assert os.environ.get("CI") != "true", "Mosquitto is missing"
        pytest.skip("Mosquitto is not installed")
    return PROGRAM


def free_port() -> int:
    """Give a port that nobody uses."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


class Broker:
    """One Mosquitto; what it keeps is forgotten when it stops."""

    def __init__(self, folder: Path, *lines: str) -> None:
        self.port = free_port()
        self._program = needed()
        self._file = folder / f"mosquitto-{self.port}.conf"
        self._log = folder / f"mosquitto-{self.port}.log"
        user = "user root" if os.geteuid() == 0 else ""
        basic = ("" if any("listener" in line for line in lines) else f"listener {self.port} 127.0.0.1", user)
        allowed = "" if any("password_file" in line for line in lines) else "allow_anonymous true"
        text = "\n".join((*basic, allowed, "persistence false", *(line.format(port=self.port) for line in lines)))
        self._file.write_text(text + "\n")
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                self._program, "-c", str(self._file), stdout=log, stderr=log
            )
        async with asyncio.timeout(PATIENCE):
            while not await self._answers():
                assert self._process.returncode is None, self._log.read_text()
                await asyncio.sleep(0)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def log(self) -> str:
        return self._log.read_text()


@asynccontextmanager
async def running(folder: Path, *lines: str) -> AsyncIterator[Broker]:
    broker = Broker(folder, *lines)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


class Ear:
    """Somebody who listens to everything on a broker."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.kept: dict[str, str] = {}
        """What the broker holds, as far as it was told to this ear: empty payloads are gone."""
        self.heard: list[tuple[str, str]] = []
        self._moved = asyncio.Event()

    async def listen(self) -> None:
        async for message in self.client.messages:
            payload = str(message.payload, "utf-8")
            topic = str(message.topic)
            self.heard.append((topic, payload))
            self.kept[topic] = payload
            if not payload:
                del self.kept[topic]
            self._moved.set()

    async def until(self, holds: Callable[["Ear"], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds(self):
                self._moved.clear()
                await self._moved.wait()


@asynccontextmanager
async def ear(
    broker: Broker, topic: str = "#", user: str | None = None, password: str | None = None
) -> AsyncIterator[Ear]:
    async with aiomqtt.Client("127.0.0.1", broker.port, username=user, password=password) as client:
        await client.subscribe(topic)
        one = Ear(client)
        listening = asyncio.create_task(one.listen())
        try:
            yield one
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
