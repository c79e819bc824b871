"""Logs for whoever reads them later: one line each, without secrets."""

import logging
import sys
from collections.abc import Mapping
from typing import Final, TextIO

from heliograph.app.settings import Log
from heliograph.gateway import Redaction

_QUIET: Final = ("uvicorn", "litestar", "alembic", "sqlalchemy", "asyncio", "aiohttp")


def set_up(log: Log, environment: Mapping[str, str], stream: TextIO | None = None) -> None:
    """Write logs to standard error from now on; a journal adds the time by itself."""
    level = logging.getLevelName(log.level.upper())
    times = "" if not log.times or environment.get("JOURNAL_STREAM") else "%(asctime)s "
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(logging.Formatter(f"{times}%(levelname)s %(name)s %(message)s"))
    handler.addFilter(Redaction())
    logging.getLogger().handlers = [handler]
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("heliograph").setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG if log.level == "debug" else logging.WARNING)
