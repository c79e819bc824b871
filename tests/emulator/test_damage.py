import json
from random import Random

import pytest

from heliograph.emulator.answer import Answer, Framing
from heliograph.emulator.damage import BENDS, MARKS, missing_keys, wrong_types
from heliograph.emulator.faults import FAULTS
from heliograph.emulator.wire import Reply

CONTENT = {"a": [{"x": number, "y": number / 3, "z": "text", "w": True} for number in range(50)]}
ANSWER = Answer(json.dumps(CONTENT).encode(), content_type="application/json")


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - faults are to be the same again, not secret


def reply() -> Reply:
    headers = [("Content-Type", "application/json"), ("Date", "today"), ("Connection", "close")]
    return Reply(200, b'{"a":1}', headers=headers)


def test_every_damage_is_a_fault_that_is_described() -> None:
    assert {*BENDS, *MARKS} <= set(FAULTS)


@pytest.mark.parametrize("status", [401, 404, 500, 502, 503])
def test_answers_with_a_status(status: int) -> None:
    assert BENDS[str(status)](ANSWER, dice(0)).status == status


def test_says_nothing_or_something_else() -> None:
    assert BENDS["empty-200"](ANSWER, dice(0)).body == b""
    assert BENDS["html-200"](ANSWER, dice(0)).body.startswith(b"<!DOCTYPE html>")
    assert len(BENDS["truncated"](ANSWER, dice(0)).body) == len(ANSWER.body) // 2
    assert BENDS["leading-space"](ANSWER, dice(0)).body.startswith(b"\n  {")


def test_changes_numbers_only() -> None:
    changed = json.loads(BENDS["wrong-types"](ANSWER, dice(0)).body)

    assert changed != CONTENT
    assert all(item["z"] == "text" and item["w"] is True for item in changed["a"])


def test_leaves_keys_out() -> None:
    changed = missing_keys(CONTENT["a"], dice(0))

    assert len(changed) == 50
    assert 0 < sum(len(item) for item in changed) < 200


def test_does_the_same_with_the_same_seed() -> None:
    assert wrong_types(CONTENT, dice(3)) == wrong_types(CONTENT, dice(3))
    assert wrong_types(CONTENT, dice(3)) != wrong_types(CONTENT, dice(4))


def test_leaves_other_bodies_alone() -> None:
    page = Answer(b"<p>")

    assert BENDS["wrong-types"](page, dice(0)) == BENDS["missing-keys"](page, dice(0)) == page


def test_marks_the_transport() -> None:
    marked = reply()
    MARKS["slow-drip"](marked, 0.25)
    MARKS["cut"](marked, 0)
    MARKS["both-framings"](marked, 0)
    MARKS["drop-keepalive"](marked, 0)

    assert (marked.drip, marked.cut, marked.both_framings, marked.drop) == (0.25, True, True, True)
    assert ("Connection", "keep-alive") in marked.headers


def test_marks_the_headers() -> None:
    marked = reply()
    MARKS["false-content-type"](marked, 0)
    assert ("Content-Type", "text/html") in marked.headers
    MARKS["garbage-headers"](marked, 0)
    assert marked.head().count(b"WWW-Authenticate: \xd8\xc9") == 1
    MARKS["repeated-headers"](marked, 0)
    assert [name for name, _ in marked.headers].count("Date") == 2
    MARKS["no-content-type"](marked, 0)
    assert not marked.has_header("content-type")


def test_calls_pages_json() -> None:
    page = Reply(200, b"  <p>")
    MARKS["false-content-type"](page, 0)

    assert page.headers == [("Content-Type", "application/json")]


def test_ends_by_closing() -> None:
    marked = reply()
    MARKS["http10-close"](marked, 0)

    assert marked.head().startswith(b"HTTP/1.0 200 OK\r\n")
    assert (marked.framing, marked.has_header("connection")) == (Framing.CLOSE, False)


def test_sends_to_itself() -> None:
    marked = reply()
    MARKS["redirect-localhost"](marked, 0)

    assert (marked.status, marked.body) == (301, b"")
    assert ("Location", "https://localhost/home") in marked.headers
