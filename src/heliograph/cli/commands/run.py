"""`heliograph run`: the service, until it is told to stop."""

import os
import sys
from collections.abc import Mapping

from heliograph import extras
from heliograph.cli.desk import Desk

DATA = "HELIOGRAPH_DATA"
CONFIG = "HELIOGRAPH_CONFIG"


def environment(desk: Desk, *, data: str | None, config: str | None) -> dict[str, str]:
    """Return the environment with what the command line adds to it."""
    given = {DATA: data, CONFIG: config}
    return {**desk.environ, **{name: value for name, value in given.items() if value}}


async def run(desk: Desk, *, data: str | None, config: str | None) -> None:
    """Read all gateways, keep their history, serve page and API."""
    extras.require("service")
    environ = environment(desk, data=data, config=config)
    if os.name == "posix":
        _become(environ, desk.language)
    from heliograph.app.__main__ import made, serve  # noqa: PLC0415 - elsewhere loaded by the other process

    await serve(made(environ, desk.language), desk.language)


def _become(environ: Mapping[str, str], language: str) -> None:
    """Go on as a process that holds the service alone: what the command line needed is gone from memory."""
    command = [sys.executable, "-m", "heliograph.app", language]
    os.execve(sys.executable, command, dict(environ))  # noqa: S606 - ourselves
