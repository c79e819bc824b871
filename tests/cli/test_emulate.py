import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from heliograph.cli.commands.emulate import Wish, prepare
from heliograph.cli.desk import Desk
from heliograph.cli.words import Words
from heliograph.emulator.families import FAMILIES
from tests.cli.conftest import Run
from tests.recordings import recording


@asynccontextmanager
async def started(*arguments: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the program itself, and end it at the latest with the test."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "heliograph", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ, **environ},
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def lines_until(process: asyncio.subprocess.Process, word: str) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(60):
        while not lines or word not in lines[-1]:
            line = await process.stdout.readline()
            assert line, lines
            lines.append(line.decode())
    return lines


async def ended(process: asyncio.subprocess.Process) -> tuple[str, str]:
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return out.decode(), err.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_runs_until_a_signal_and_says_what_it_counted(number: signal.Signals, run: Run) -> None:
    async with started("emulate", "iq-standard-7.6", "--inverters", "3", "--fault", "drop-keepalive") as process:
        lines = await lines_until(process, "Ctrl-C")
        told = dict(line.strip().split(None, 1) for line in lines if len(line.split()) > 1)
        token_file = Path(told["Token"].removeprefix("file").strip())
        read = await run("token", "check", told["Address"], "--token-file", token_file)
        process.send_signal(number)
        out, err = await ended(process)

    assert "drop-keepalive" in told["Faults"]
    assert read.code == 0
    assert (process.returncode, err) == (0, "")
    assert "requests, at most 1 at once" in out
    assert not token_file.parent.exists()


async def test_make_run_shows_a_live_gateway_without_a_terminal_too() -> None:
    async with started("emulate", "--watch", "--speed", "60", LC_ALL="fr_FR.UTF-8") as process:
        first = await lines_until(process, "Production")
        second = await lines_until(process, "Production")
        process.send_signal(signal.SIGTERM)
        out, err = await ended(process)

    assert first != second
    assert (process.returncode, err) == (0, "")
    assert "requêtes, au plus 1 à la fois" in out


async def test_watches_a_given_number_of_readings(run: Run) -> None:
    arguments = ("--watch", "--count", "2", "--at", "12:00", "--speed", "600", "--batteries", "1", "--seed", "7")
    result = await run("emulate", *arguments)

    assert (result.code, result.err) == (0, "")
    assert len(result.out.splitlines()) == 3


@pytest.mark.parametrize(("language", "words"), [("en", ("Families", "Faults")), ("fr", ("Familles", "Pannes"))])
async def test_lists_what_there_is(language: str, words: tuple[str, ...], run: Run) -> None:
    result = await run("emulate", "--list", "--lang", language)

    assert result.code == 0
    assert [word for word in (*words, *FAMILIES, "outage-23h", "counter-wrap-sum") if word not in result.out] == []


async def test_replays_a_recording(run: Run) -> None:
    result = await run("emulate", "--replay", recording("7.6.175_with_cts"), "--watch", "--count", "1")

    assert (result.code, result.err) == (0, "")
    assert "Production" in result.out


async def test_has_the_equipment_and_ports_asked_for() -> None:
    desk = Desk(Words("en"), clock=lambda: 1_782_036_000.0)
    wish = Wish(family="iq-acb-8.2", inverters="4", http_port="0", https_port="0", at="2026-01-15T22:00:00+00:00")
    gateway = prepare(desk, wish)

    assert gateway.clock.now() == pytest.approx(1_768_514_400, abs=5)
    async with gateway:
        assert gateway.http_port != gateway.https_port


async def test_says_how_each_generation_is_opened(run: Run) -> None:
    for family, says in (
        ("envoy-s-metered-4.10", "last 6 characters"),
        ("envoy-r-3.7", "heliograph read"),
    ):
        async with started("emulate", family) as process:
            told = "".join(await lines_until(process, "Ctrl-C"))
        assert says in told


async def test_announcing_needs_a_part_that_may_be_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "heliograph.emulator.mdns", None)
    result = await run("emulate", "--announce")

    assert result.code == 2
    assert "--extra discovery" in result.err


async def test_a_port_that_is_taken(run: Run, unused_tcp_port_factory: Callable[[], int]) -> None:
    port = unused_tcp_port_factory()
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    async with server:
        result = await run("emulate", "--port", port)

    assert result.code == 2
    assert "another port" in result.err
