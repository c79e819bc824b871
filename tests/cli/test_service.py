"""The commands of the service: run, demo, config, export, backup."""

import asyncio
import csv
import io
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from heliograph.app import laying, made
from heliograph.app.file import NAME
from heliograph.app.machine import ending_signals
from heliograph.app.outputs import DIARY
from heliograph.gateway.remembered import Memory, Remembered
from heliograph.model import Finding, Subject
from heliograph.store import Store
from tests.cli.conftest import Run

NOON = 1_781_776_800.0
SERIAL = "202499007063"


@pytest.fixture
async def history(tmp_path: Path) -> Path:
    """Make three hours of history in the data folder."""
    folder = tmp_path / "data"
    await laying.write(folder, "iq-encharge-8.2", NOON - 3 * 3600, NOON)
    Memory(folder).save(Remembered(SERIAL, "Roof", "192.0.2.1"))
    return folder


async def started(*arguments: str, environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "heliograph",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )


async def test_run_says_where_it_is_and_stops_when_told(tmp_path: Path) -> None:
    process = await started("run", environment={"HELIOGRAPH_WEB_PORT": "0", "HELIOGRAPH_WEB_LOGIN": "always"})
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode() for _ in range(3)]
    assert re.search(r"http://127\.0\.0\.1:\d+", lines[0])
    assert str(tmp_path / "data") in lines[1]
    assert re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", lines[2])
    settings = tmp_path / "data" / NAME
    assert "# port = 8420" in settings.read_text("utf-8")
    assert settings.stat().st_mode & 0o077 == 0
    # The port is open before everything behind it is ready; a signal may come at any time.
    process.send_signal(signal.SIGTERM)
    _, said = await process.communicate()
    assert process.returncode == 0
    assert b"Stopped." in said


async def test_run_says_what_is_wrong_with_its_settings(tmp_path: Path) -> None:
    settings = tmp_path / "x.toml"
    settings.write_text("[web]\nport = 99999\n")
    process = await started("--lang", "fr", "run", "--config", str(settings), environment={})
    out, said = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    assert "web.port" in said.decode()
    assert "attendu" in said.decode()


async def test_demo_shows_values_and_stops_while_its_history_is_still_being_made(tmp_path: Path) -> None:
    process = await started("demo", "--port", "0", "--data", str(tmp_path / "d"), environment={})
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode() for _ in range(2)]
    assert "20" in lines[0]
    assert "http://127.0.0.1:" in lines[1]
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 20) == 0


def _demonstrations(folder: Path) -> list[Path]:
    return list(folder.glob("heliograph-*"))


async def test_a_demonstration_whose_terminal_is_closed_leaves_nothing(tmp_path: Path) -> None:
    process = await started("demo", environment={"HELIOGRAPH_WEB_PORT": "0", "TMPDIR": str(tmp_path)})
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode() for _ in range(2)]
    assert "http://127.0.0.1:" in lines[1]
    process.send_signal(signal.SIGHUP)
    _, said = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, said
    assert _demonstrations(tmp_path) == []


async def test_a_demonstration_takes_the_port_of_the_environment(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    port = unused_tcp_port_factory()
    process = await started("demo", "--data", str(tmp_path / "d"), environment={"HELIOGRAPH_WEB_PORT": str(port)})
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode() for _ in range(2)]
    assert f"http://127.0.0.1:{port}" in lines[1]
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == 0


def test_a_program_begun_by_nohup_goes_on_without_its_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(ending_signals()) == {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_IGN)
    assert set(ending_signals()) == {signal.SIGINT, signal.SIGTERM}


async def test_demo_knows_its_families(run: Run) -> None:
    ended = await run("demo", "--family", "nonsense")
    assert ended.code == 2
    assert "iq-encharge-8.2" in ended.err


@pytest.mark.parametrize("account", ["me:hidden@192.0.2.1/h", "me:a/hidden@192.0.2.1/h", "192.0.2.1/h?password=hidden"])
async def test_config_shows_origins_and_problems(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    settings = tmp_path / "x.toml"
    settings.write_text("[web]\nport = 9000\nprot = 1\n")
    monkeypatch.setenv("HELIOGRAPH_POLLING_SYSTEM", "30")
    monkeypatch.setenv("HELIOGRAPH_HISTORY_DATABASE", f"postgresql+psycopg://{account}")
    monkeypatch.setenv("COLUMNS", "300")
    ended = await run("config", "--config", settings)
    assert ended.code == 2
    assert "9000" in ended.out
    assert "hidden" not in ended.out + ended.err
    assert "192.0.2.1/h" in ended.out
    assert "web.prot" in ended.err
    assert (await run("config", "--config", tmp_path / "none.toml")).code == 0


async def test_history_is_exported(run: Run, history: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    ended = await run("export", target, "--gateway", "Roof", "--step", "hour", "--from", "2026-06-18T10:00")
    assert ended.code == 0, ended.err
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8"))))
    assert {row["gateway"] for row in rows} == {SERIAL}
    assert any(row["key"] == "production_power" and float(row["value"]) > 0 for row in rows)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--step", "week"), "week"),
        (("--from", "yesterday"), "yesterday"),
        (("--gateway", "nobody"), SERIAL),
        (("--data", "elsewhere"), "elsewhere"),
    ],
)
async def test_what_cannot_be_exported(run: Run, history: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = await run("export", "out.csv", *arguments)
    assert ended.code == 2
    assert said in ended.err
    assert not Path("out.csv").exists()  # noqa: ASYNC240 - a test


async def test_everything_is_backed_up(run: Run, history: Path, tmp_path: Path) -> None:
    (history / NAME).write_text("[web]\nport = 9000\n")
    (history / DIARY).write_text("{}")
    target = tmp_path / "copy"
    ended = await run("backup", target)
    assert ended.code == 0, ended.err
    assert target.stat().st_mode & 0o077 == 0
    assert {path.name for path in target.iterdir()} == {"history.db", NAME, DIARY, "gateways"}
    assert [one.name for one in Memory(target).all()] == ["Roof"]
    again = await run("backup", target)
    assert again.code == 2
    exported = await run("export", tmp_path / "again.csv", "--data", target)
    assert exported.code == 0


@pytest.fixture
async def hook(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Any]]:
    """Set two web hooks, one of which takes nothing; give what the other was sent."""
    heard = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(await request.json())
        return web.Response(status=404 if "broken" in request.path else 204)

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    monkeypatch.setenv("HELIOGRAPH_NOTIFICATIONS_TO", f"{address}/s3cret {address}/broken-s3cret")
    yield heard
    await runner.cleanup()


async def test_notifications_are_shown_and_tried_out(run: Run, hook: list[Any]) -> None:
    shown = await run("notify")
    assert shown.code == 0
    assert "1 http, 2 http" in shown.out
    assert "inverter_silent: microinverter silent (on)" in shown.out
    ended = await run("--lang", "fr", "notify", "--test")
    assert ended.code == 3
    assert ended.out.splitlines()[0].startswith("1 http : accepté")
    assert ended.out.splitlines()[1] == "2 http : le web hook a répondu HTTP 404"
    assert [said["rule"] for said in hook] == ["test", "test"]
    assert "s3cret" not in shown.out + shown.err + ended.out + ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--test",), "notifications.to"),
        (("--test", "--dry-run"), "--dry-run"),
        (("--dry-run", "--days", "0"), "--days"),
        (("--dry-run", "--gateway", "nobody"), SERIAL),
    ],
)
async def test_what_cannot_be_tried_out(run: Run, history: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = await run("notify", *arguments)
    assert ended.code == 2
    assert said in ended.err


async def test_a_dry_run_shows_what_would_have_been_told(run: Run, history: Path) -> None:
    nothing = await run("notify", "--dry-run", "--days", "2")
    assert (nothing.code, nothing.out) == (0, "There is no history of the last 2 days to go over.\n")
    now = time.time()
    past = made.Past.of("iq-encharge-8.2", now - 86_400)
    wrapped = Finding("counter_wrapped", Subject.SYSTEM, SERIAL, "production_lifetime")
    async with await Store.open(history) as store:
        for snapshot in past.snapshots(now - 3600, now - 1800, step=180, devices=900):
            await store.write(snapshot, zone="Europe/Paris")
    quiet = await run("notify", "--dry-run")
    assert quiet.out.startswith("No message since ")
    async with await Store.open(history) as store:
        for snapshot in past.snapshots(now - 1800, now, step=180, devices=900):
            await store.write(replace(snapshot, findings=(wrapped,)), zone="Europe/Paris")
    ended = await run("--lang", "fr", "notify", "--dry-run", "--gateway", "Roof")
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0] == "Heliograph, Roof : compteur corrigé"
    assert "Production depuis la mise en service" in lines[1]
    assert lines[2].startswith("1 message aurait été envoyé depuis le ")
