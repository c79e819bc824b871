"""What the single faults do to an answer and to its reply."""

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from heliograph.emulator.answer import Answer, Framing
from heliograph.emulator.wire import Reply

_SPARED_HEADERS = {"content-length", "transfer-encoding", "connection"}
_GARBAGE = bytes([0xD8, 0xC9, 0xC6, 0x41, 0xA7, 0xFF, 0x80]).decode("latin-1")
_HTML = b"<!DOCTYPE html>\n<html><head><title>Enphase</title></head><body><h1>Page Not Found</h1></body></html>\n"
_SHARE = 0.3
"""How many of the values or keys a fault of content hits."""


def _with_status(status: int) -> Callable[[Answer, Random], Answer]:
    def bend(_answer: Answer, _chance: Random) -> Answer:
        body = b'{"error":"%d - out of order"}' % status
        return Answer(body, status, "application/json")

    return bend


def _empty(answer: Answer, _chance: Random) -> Answer:
    return replace(answer, body=b"", status=200)


def _html(_answer: Answer, _chance: Random) -> Answer:
    return Answer(_HTML, content_type="text/html")


def _truncated(answer: Answer, _chance: Random) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _leading_space(answer: Answer, _chance: Random) -> Answer:
    return replace(answer, body=b"\n  " + answer.body)


def _rewritten(change: Callable[[Any, Random], Any]) -> Callable[[Answer, Random], Answer]:
    """Make a fault that changes a JSON body; other bodies stay as they are."""

    def bend(answer: Answer, chance: Random) -> Answer:
        try:
            content = json.loads(answer.body)
        except ValueError:
            return answer
        return replace(answer, body=json.dumps(change(content, chance), separators=(",", ":")).encode())

    return bend


def wrong_types(value: Any, chance: Random) -> Any:
    """Turn some of the numbers into text, null, an object or a list."""
    if isinstance(value, dict):
        return {key: wrong_types(item, chance) for key, item in value.items()}
    if isinstance(value, list):
        return [wrong_types(item, chance) for item in value]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or chance.random() > _SHARE:
        return value
    return chance.choice([str(value), f"{value} W", "", None, {"value": value}, [value], True])


def missing_keys(value: Any, chance: Random) -> Any:
    """Leave out some of the keys."""
    if isinstance(value, dict):
        return {key: missing_keys(item, chance) for key, item in value.items() if chance.random() > _SHARE}
    if isinstance(value, list):
        return [missing_keys(item, chance) for item in value]
    return value


BENDS: dict[str, Callable[[Answer, Random], Answer]] = {
    "401": _with_status(401),
    "404": _with_status(404),
    "500": _with_status(500),
    "502": _with_status(502),
    "503": _with_status(503),
    "empty-200": _empty,
    "html-200": _html,
    "truncated": _truncated,
    "leading-space": _leading_space,
    "wrong-types": _rewritten(wrong_types),
    "missing-keys": _rewritten(missing_keys),
}
"""Faults of content: what becomes of the answer."""


def _drip(reply: Reply, amount: float) -> None:
    reply.drip = amount


def _cut(reply: Reply, _amount: float) -> None:
    reply.cut = True


def _drop(reply: Reply, _amount: float) -> None:
    reply.drop = True
    reply.set_header("Connection", "keep-alive")


def _garbage(reply: Reply, _amount: float) -> None:
    reply.set_header("WWW-Authenticate", _GARBAGE)


def _both_framings(reply: Reply, _amount: float) -> None:
    reply.both_framings = True


def _repeat(reply: Reply, _amount: float) -> None:
    reply.headers += [(name, value) for name, value in reply.headers if name.lower() not in _SPARED_HEADERS]


def _false_type(reply: Reply, _amount: float) -> None:
    body = reply.body.lstrip()
    reply.set_header("Content-Type", "text/html" if body[:1] in {b"{", b"["} else "application/json")


def _no_type(reply: Reply, _amount: float) -> None:
    reply.drop_header("Content-Type")


def _http10(reply: Reply, _amount: float) -> None:
    reply.version = "HTTP/1.0"
    reply.framing = Framing.CLOSE
    reply.drop_header("Connection")


def _redirect(reply: Reply, _amount: float) -> None:
    if reply.status != 301:
        reply.status, reply.body, reply.framing = 301, b"", Framing.LENGTH
        reply.set_header("Location", "https://localhost/home")


MARKS: dict[str, Callable[[Reply, float], None]] = {
    "slow-drip": _drip,
    "cut": _cut,
    "drop-keepalive": _drop,
    "garbage-headers": _garbage,
    "both-framings": _both_framings,
    "repeated-headers": _repeat,
    "false-content-type": _false_type,
    "no-content-type": _no_type,
    "http10-close": _http10,
    "redirect-localhost": _redirect,
}
"""Faults of transport: what becomes of the reply."""
