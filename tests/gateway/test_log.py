import logging

import pytest

from heliograph.gateway.log import LOGGER, Redaction

SECRET = "eyJhbGciOiJFUzI1NiJ9.eyJhdWQiOiIxIn0.c2lnbmF0dXJl"


def test_secrets_in_messages_and_arguments(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        LOGGER.warning("sent %s with password=%s", {"Authorization": f"Bearer {SECRET}"}, "s3cret")
    assert SECRET not in caplog.text
    assert "s3cret" not in caplog.text


def test_secrets_in_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    try:
        int(SECRET)
    except ValueError:
        LOGGER.exception("failed")
    assert "ValueError" in caplog.text
    assert SECRET not in caplog.text


def test_a_traceback_already_written(caplog: pytest.LogCaptureFixture) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "plain", (), None)
    record.exc_text = f"ValueError: {SECRET}"
    assert Redaction().filter(record)
    assert SECRET not in record.exc_text
    assert record.getMessage() == "plain"


def test_a_percent_sign_survives(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        LOGGER.info("at %d %%", 50)
    assert "at 50 %" in caplog.text
