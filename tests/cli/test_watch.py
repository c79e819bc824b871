import asyncio
import io
import os
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from heliograph.cli.commands.watch import Watch
from heliograph.cli.desk import Desk
from heliograph.cli.stop import until_stopped
from heliograph.cli.target import Target
from heliograph.cli.words import Words
from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway
from heliograph.gateway import Credentials, Gateway
from tests.cli.conftest import NOON, Run, emulated


async def test_writes_a_line_a_reading_where_nothing_can_be_drawn(run: Run, token_file: Callable[[str], Path]) -> None:
    async with emulated() as gateway:
        ended = await run("watch", gateway.host, "--count", "1", "--token-file", token_file(gateway.token()))

    assert (ended.code, ended.err) == (0, "")
    assert len(ended.out.splitlines()) == 1
    assert "Production" in ended.out


class Stage:
    """A desk whose time is the emulated gateway's, and passes only while somebody waits."""

    def __init__(
        self, language: str = "en", *, terminal: bool = True, family: str = "iq-encharge-8.2", **options: Any
    ) -> None:
        self.clock = Clock(NOON, rate=0)
        self.screen = io.StringIO()
        self.waits: list[float] = []
        console = Console(file=self.screen, force_terminal=terminal, width=80, height=40, highlight=False)
        self.desk = Desk(Words(language), out=console, clock=self.clock.now, sleep=self.sleep)
        self.gateway = EmulatedGateway(build(family, start=NOON - 3600, **options), clock=self.clock)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.advance(seconds)
        await asyncio.sleep(0)

    async def watch(self, readings: int, fault: str | None = None) -> str:
        async with self.gateway, self.client() as client:
            watch = Watch(self.desk, client, Target(self.gateway.host, label="house"), readings=readings)
            if fault is not None:
                await client.read()
                self.gateway.faults.on(fault)
            await watch.run()
        return self.screen.getvalue()

    def client(self) -> Gateway:
        return Gateway(
            self.gateway.host, Credentials(token=self.gateway.token()), clock=self.clock.now, sleep=self.sleep
        )


async def test_reads_at_the_promised_cadence_and_shows_how_readings_age() -> None:
    stage = Stage()
    screen = await stage.watch(4)

    assert stage.clock.now() - NOON == 180
    assert stage.gateway.counters.concurrent_max == 1
    for words in ("Production", "20 of 20 producing", "read 59 s ago", "next in 1 s", "Battery"):
        assert words in screen


async def test_speaks_french() -> None:
    screen = await Stage("fr").watch(1)

    assert "20 sur 20 en production" in screen
    assert "Aujourd’hui" in screen


async def test_stays_within_eighty_columns() -> None:
    screen = await Stage("fr", terminal=False).watch(1)
    drawn = Stage("fr")
    drawn.desk = replace(drawn.desk, out=Console(file=drawn.screen, force_terminal=True, no_color=True, width=80))

    assert screen.count("\n") == 1
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", await drawn.watch(1))
    assert max(map(len, plain.splitlines())) <= 80


async def test_a_gateway_that_goes_away_is_shown_and_waited_for() -> None:
    stage = Stage(terminal=False)
    async with stage.gateway, stage.client() as client:
        watch = Watch(stage.desk, client, Target("x", label="house"), readings=3)
        turns: list[float] = []

        async def sleep(seconds: float) -> None:
            turns.append(seconds)
            if len(turns) == 1:
                stage.gateway.faults.on("503")
            else:
                stage.gateway.faults.off("503")
            await stage.sleep(seconds)

        stage.desk.sleep = sleep
        await watch.run()
    lines = stage.screen.getvalue().splitlines()

    assert len(lines) == 3
    assert ["starting or overloaded" in line for line in lines] == [False, True, False]


async def test_shows_silent_inverters_and_findings() -> None:
    drawn = await Stage(family="iq-total-8.3", dead=2).watch(1)
    written = await Stage(family="iq-total-8.3", terminal=False).watch(1)

    assert "silent: " in drawn
    assert "• " in drawn
    assert "issue" in written


async def test_shows_what_is_wrong_beside_what_was_read_before() -> None:
    stage = Stage()
    readings: list[float] = []

    async def sleep(seconds: float) -> None:
        readings.append(seconds)
        if len(readings) == 1:
            stage.gateway.faults.on("503")
        await stage.sleep(seconds)

    stage.desk.sleep = sleep
    screen = await stage.watch(2)

    assert "HTTP 503" in screen


async def test_shows_houses_without_batteries_or_inverters() -> None:
    screen = await Stage(family="iq-metered-8.2", inverters=0).watch(1)

    assert "Battery" not in screen


async def test_a_signal_ends_it_cleanly() -> None:
    started = asyncio.Event()

    async def work() -> None:
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(until_stopped(work()))
    await started.wait()
    os.kill(os.getpid(), signal.SIGTERM)

    assert await task is True


async def test_work_that_ends_by_itself_was_not_stopped() -> None:
    async def work() -> None:
        await asyncio.sleep(0)

    assert await until_stopped(work()) is False
