import io
import logging
from collections.abc import Iterator

import pytest

from heliograph.app import logs
from heliograph.app.settings import Log


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    root, own = logging.getLogger(), logging.getLogger("heliograph")
    handlers, levels = root.handlers, (root.level, own.level)
    yield
    root.handlers = handlers
    root.setLevel(levels[0])
    own.setLevel(levels[1])


def test_logs_hold_no_secret() -> None:
    stream = io.StringIO()
    logs.set_up(Log(), {}, stream)
    logging.getLogger("heliograph.any").warning("token=%s", "eyJhbGciOiJIUzI1NiJ9.e30.abc")
    assert "eyJ" not in stream.getvalue()
    assert stream.getvalue().startswith("20")


@pytest.mark.parametrize(("log", "environment"), [(Log(times=False), {}), (Log(), {"JOURNAL_STREAM": "8:1"})])
def test_journals_add_the_time_themselves(log: Log, environment: dict[str, str]) -> None:
    stream = io.StringIO()
    logs.set_up(log, environment, stream)
    logging.getLogger("heliograph.any").info("said")
    logging.getLogger("heliograph.any").debug("not said")
    logging.getLogger("uvicorn").info("not said")
    assert stream.getvalue() == "INFO heliograph.any said\n"


def test_a_line_that_repeats_is_written_once_and_counted() -> None:
    now = [0.0]
    repeats = logs.Repeats(lambda: now[0])

    def written(text: str, *details: object) -> list[str]:
        record = logging.LogRecord("uvicorn.error", logging.WARNING, "", 0, text, details, None)
        return [record.getMessage()] if repeats.filter(record) else []

    assert written("refused %s", 1) == ["refused 1"]
    assert not [line for _ in range(1000) for line in written("refused %s", 1)]
    assert written("refused %s", 2) == ["refused 2"]
    now[0] = logs.PAUSE
    assert written("refused %s", 1) == ["refused 1 (and 1000 times more in the meantime)"]
    assert written("refused %s", 1) == []
    now[0] = 2 * logs.PAUSE
    for number in range(10_000):
        written("another %s", number)
    assert len(repeats._written) <= logs._REMEMBERED
