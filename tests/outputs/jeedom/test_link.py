import asyncio
import logging
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from heliograph.outputs.jeedom.link import KEY, Config, Link, Outbox, follow_level
from tests.jeedom.stand_in import KEY as SECRET
from tests.jeedom.stand_in import Jeedom


@pytest.fixture(autouse=True)
def _levels() -> Iterator[None]:
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)


def _config(callback: str = "http://127.0.0.1:9/x", port: int = 1) -> Config:
    arguments = ["--callback", callback, "--socketport", str(port), "--data", "/nowhere", "--cycle", "0.01"]
    return Config(arguments, {KEY: SECRET})


def test_the_key_comes_by_environment_and_leaves_it() -> None:
    environment = {KEY: SECRET}
    config = Config(["--data", "/nowhere"], environment)
    assert (config.api_key, config.data, environment) == (SECRET, Path("/nowhere"), {})


def test_levels_of_jeedom_are_followed() -> None:
    follow_level("debug")
    assert logging.getLogger().level == logging.DEBUG
    assert logging.getLogger("jeedomdaemon").level == logging.WARNING
    follow_level("none")
    assert logging.getLogger().level == logging.ERROR


def test_later_values_take_the_place_of_earlier_ones_and_lists_grow() -> None:
    outbox = Outbox()
    outbox.put(values={1: {"gateway": {"power": 1, "energy": 2}}}, messages=["a"])
    outbox.put(values={1: {"gateway": {"power": 3}}, 2: {"x": {"y": 1}}}, messages=["b"])
    assert outbox.take() == {
        "values": {"1": {"gateway": {"power": 3, "energy": 2}}, "2": {"x": {"y": 1}}},
        "messages": ["a", "b"],
    }
    assert not outbox


def test_what_could_not_be_said_does_not_replace_what_is_newer() -> None:
    outbox = Outbox()
    outbox.put(values={1: {"power": 1, "energy": 2}}, messages=["a"])
    failed = outbox.take()
    outbox.put(values={1: {"power": 3}}, messages=["b"])
    outbox.put_back(failed)
    assert outbox.take() == {"values": {"1": {"power": 3, "energy": 2}}, "messages": ["a", "b"]}


def test_null_and_what_is_no_number_are_never_said() -> None:
    outbox = Outbox()
    outbox.put(values={1: {"a": None, "b": math.nan, "c": math.inf, "d": 0}})
    assert outbox.take() == {"values": {"1": {"d": 0}}}


async def _never(message: object) -> None:
    raise AssertionError(message)


async def test_what_cannot_be_written_is_dropped_and_holds_up_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with Jeedom([]) as jeedom:
        link = Link(_config(jeedom.callback), _never)
        await link.open()
        assert await link.post(strange=object())
        assert await link.post(fine=1)
        assert jeedom.posts == [{"fine": 1}]
        assert "cannot be written" in caplog.text
        await link.close()


async def test_the_last_words_are_said_at_the_stop() -> None:
    async with Jeedom([]) as jeedom:
        link = Link(_config(jeedom.callback), _never)
        await link.open()
        link.put(values={1: {"power": 1}})
        await link.close()
        assert jeedom.posts == [{"values": {"1": {"power": 1}}}]


async def test_while_jeedom_is_down_the_tries_become_rarer_and_one_line_is_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) > 20:
            raise asyncio.CancelledError

    link = Link(_config(), _never, sleep=sleep)
    with pytest.raises(asyncio.CancelledError):
        await link.open()
    assert pauses[:7] == [0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 30.0]
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1
    assert SECRET not in caplog.text
    await link.close()


async def test_a_handler_that_fails_is_written_down_without_the_message(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(message: object) -> None:
        raise KeyError

    async with Jeedom([]) as jeedom:
        link = Link(_config(jeedom.callback, jeedom.daemon_port), fail)
        await link.listen()
        await jeedom.tell({"action": "configure", "token": "TOPSECRET"})
        async with asyncio.timeout(90):
            while "could not be handled" not in caplog.text:  # noqa: ASYNC110 - the log has no signal
                await asyncio.sleep(0)
        assert "TOPSECRET" not in caplog.text
        await link.close()


async def test_without_a_session_nothing_is_said() -> None:
    assert not await Link(_config(), _never).post(x=1)
