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
