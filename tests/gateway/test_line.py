import asyncio

import pytest

from heliograph.errors import AnswerError, Cause, CertificateError, HeliographError, UnreachableError
from heliograph.gateway.address import parse_address
from heliograph.gateway.line import Line, gone, poor, turned_away, worth_another_try
from heliograph.gateway.transport import Patience, Reply
from tests.gateway.house import raw_server, saying

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\n{}"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\n"
HALF = b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{"a":'


def unreachable(cause: str) -> UnreachableError:
    return UnreachableError("unreachable", host="h", cause=Cause(cause))


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"{}", None),
        (200, b" [1]\n", None),
        (200, b"<html>", None),
        (200, b"text", None),
        (404, b"", None),
        (401, b"", None),
        (200, b"", "bad_answer"),
        (200, b" \r\n", "bad_answer"),
        (200, b'{"a": 1', "interrupted"),
        (200, b"[{}", "interrupted"),
        (502, b"x", "not_ready"),
        (503, b"", "not_ready"),
        (504, b"", "not_ready"),
    ],
)
def test_poor_answers(status: int, body: bytes, code: str | None) -> None:
    failure = poor(Reply(status, (), body, 0.0), "h", "/x")
    assert (failure.code if failure else None) == code


@pytest.mark.parametrize(
    ("err", "worth", "worth_probing"),
    [
        (AnswerError("not_ready", host="h", target="/", status=503), True, True),
        (AnswerError("bad_answer", host="h", target="/", cause=Cause("empty_answer")), True, True),
        (AnswerError("bad_answer", host="h", target="/", cause=Cause("not_http")), True, False),
        (AnswerError("bad_answer", host="h", target="/", cause=Cause("too_large", {"limit": 1})), False, False),
        (UnreachableError("interrupted", host="h", target="/", cause=Cause("closed")), True, False),
        (unreachable("connection_refused"), True, False),
        (unreachable("no_connection"), False, False),
        (unreachable("tls"), False, False),
        (UnreachableError("timeout", host="h", target="/", seconds=45), False, False),
        (UnreachableError("unresolved", host="h"), False, False),
        (CertificateError("certificate_changed", host="h", expected="a", found="b"), False, False),
    ],
)
def test_what_is_worth_another_try(err: HeliographError, worth: bool, worth_probing: bool) -> None:
    assert worth_another_try(err) is worth
    assert worth_another_try(err, probing=True) is worth_probing


def test_who_is_gone_and_who_turns_away() -> None:
    assert gone(unreachable("connection_refused"))
    assert gone(UnreachableError("unresolved", host="h"))
    closed = UnreachableError("interrupted", host="h", target="/", cause=Cause("closed"))
    assert not gone(closed)
    assert turned_away(closed)
    assert not turned_away(UnreachableError("interrupted", host="h", target="/", cause=Cause("incomplete")))


async def send(*answers: bytes, patience: Patience | None = None) -> tuple[Reply, Line, list[float]]:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async with raw_server(saying(*answers)) as host:
        line = Line(parse_address(host), patience=patience or Patience(), pin=None, scheme="http", sleep=sleep)
        try:
            return await line.send("/x"), line, pauses
        finally:
            await line.transport.close()


@pytest.mark.parametrize("poor_answer", [BUSY, EMPTY, HALF])
async def test_a_poor_answer_is_asked_for_again(poor_answer: bytes) -> None:
    reply, line, pauses = await send(poor_answer, poor_answer, OK)
    assert reply.body == b"{}"
    assert pauses == [1, 2]
    assert (line.requests.sent, line.requests.repeated, line.requests.answered) == (3, 2, 3)
    assert line.latency["/x"].count == 3


async def test_in_the_end_the_poor_answer_is_given() -> None:
    reply, _, pauses = await send(*[BUSY] * 4)
    assert reply.status == 503
    assert pauses == [1, 2, 4]


async def test_the_budget_ends_it_sooner() -> None:
    reply, _, pauses = await send(*[BUSY] * 4, patience=Patience(budget=3.5))
    assert reply.status == 503
    assert pauses == [1, 2]


async def test_headers_are_made_anew_for_each_try() -> None:
    made: list[int] = []

    def headers() -> dict[str, str]:
        made.append(len(made))
        return {"X-Try": str(len(made))}

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    async with raw_server(saying(BUSY, OK)) as host:
        line = Line(parse_address(host), patience=Patience(), pin=None, scheme="http", sleep=sleep)
        await line.send("/x", headers)
        await line.transport.close()
    assert made == [0, 1]


async def test_a_failure_is_counted() -> None:
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    async with raw_server(saying(b"SSH\r\n")) as host:
        line = Line(parse_address(host), patience=Patience(pauses=()), pin=None, scheme="http", sleep=sleep)
        with pytest.raises(AnswerError):
            await line.send("/x")
        await line.transport.close()
    assert (line.requests.sent, line.requests.failed, line.requests.answered) == (1, 1, 0)
