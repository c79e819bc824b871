import asyncio
import json
import logging
import math
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from heliograph.cli import main
from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway

NOON = 1_782_036_000.0
"""2026-06-21 12:00 at Paris."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Coroutine[Any, Any, Ended]]


@pytest.fixture(autouse=True)
def _quiet_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Give every test a data folder of its own, English, eighty columns, and no credentials from outside."""
    for name in ("TOKEN", "USER", "PASSWORD", "ENLIGHTEN_USER", "ENLIGHTEN_PASSWORD", "ENLIGHTEN_URL", "ENTREZ_URL"):
        monkeypatch.delenv(f"HELIOGRAPH_{name}", raising=False)
    for name in ("LC_MESSAGES", "LANG", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HELIOGRAPH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    # Nobody is told that something lasts because the machine is busy.
    monkeypatch.setattr("heliograph.cli.desk._QUIET", math.inf)
    monkeypatch.chdir(tmp_path)
    root, own = logging.getLogger(), logging.getLogger("heliograph")
    handlers, level = list(root.handlers), own.level
    yield
    root.handlers, own.level = handlers, level
    own.setLevel(level)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in a thread, beside whatever the test's own loop serves."""

    async def ran(*arguments: object) -> Ended:
        def call() -> int:
            with pytest.raises(SystemExit) as left:
                main([str(argument) for argument in arguments])
            return int(left.value.code or 0)

        capsys.readouterr()
        code = await asyncio.to_thread(call)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err or "--debug" in arguments
        return Ended(code, out, err)

    return ran


def emulated(family: str = "iq-encharge-8.2", **options: Any) -> EmulatedGateway:
    """Make a gateway that lives in the present."""
    clock = Clock()
    return EmulatedGateway(build(family, start=clock.now() - 600, **options), clock=clock)


@pytest.fixture
def token_file(tmp_path: Path) -> Callable[[str], Path]:
    """Lay a token into a file."""

    def lay(token: str) -> Path:
        path = tmp_path / "token.txt"
        path.write_text(f"  {token}\n", "utf-8")
        return path

    return lay
