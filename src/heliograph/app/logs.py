"""Logs for whoever reads them later: one line each, without secrets."""

import logging
import sys
import time
from collections.abc import Callable, Mapping
from typing import Final, TextIO

from heliograph.app.settings import Log
from heliograph.gateway import Redaction

_QUIET: Final = ("uvicorn", "litestar", "alembic", "sqlalchemy", "asyncio", "aiohttp")


PAUSE: Final = 60.0
"""Seconds for which a line that was written is only counted."""
_REMEMBERED: Final = 256


class Repeats(logging.Filter):
    """Writes the same line once a minute at most, and then how often it came."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without anything written."""
        super().__init__()
        self._clock = clock
        self._written: dict[tuple[str, int, str], tuple[float, int]] = {}
        """When each line was written last, and how often it came since; the oldest first."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is to be written."""
        line = (record.name, record.levelno, record.getMessage())
        since, count = self._written.get(line, (-PAUSE, 0))
        now = self._clock()
        if now - since < PAUSE:
            self._written[line] = (since, count + 1)
            return False
        self._written.pop(line, None)
        self._written[line] = (now, 0)
        if len(self._written) > _REMEMBERED:
            del self._written[next(iter(self._written))]
        if count:
            record.msg, record.args = f"{line[2]} (and {count} times more in the meantime)", ()
        return True


def set_up(log: Log, environment: Mapping[str, str], stream: TextIO | None = None) -> None:
    """Write logs to standard error from now on; a journal adds the time by itself."""
    level = logging.getLevelName(log.level.upper())
    times = "" if not log.times or environment.get("JOURNAL_STREAM") else "%(asctime)s "
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(logging.Formatter(f"{times}%(levelname)s %(name)s %(message)s"))
    handler.addFilter(Redaction())
    if log.level != "debug":
        handler.addFilter(Repeats())
    logging.getLogger().handlers = [handler]
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("heliograph").setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG if log.level == "debug" else logging.WARNING)
