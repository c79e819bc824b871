"""What errors say: in both languages, with the details their raisers give."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Final

import pytest

import heliograph
from heliograph import errors
from heliograph.errors import CAUSES, MESSAGES, Cause, HeliographError, UnreachableError, UsageError

ERRORS: Final = {name for name, each in vars(errors).items() if isinstance(each, type)}
TABLES: Final = {**{f"message {k}": v for k, v in MESSAGES.items()}, **{f"cause {k}": v for k, v in CAUSES.items()}}


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("said", TABLES.values(), ids=list(TABLES))
def test_every_message_is_bilingual_with_the_same_details(said: dict[str, str]) -> None:
    assert said.keys() == {"en", "fr"}
    assert _fields(said["en"]) == _fields(said["fr"])
    assert all("\n" not in text and text == text.strip() for text in said.values())


@pytest.mark.parametrize("code", MESSAGES)
@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_every_message_can_be_said(code: str, language: str) -> None:
    details = {name: f"<{name}>" for name in _fields(MESSAGES[code]["en"])}
    text = HeliographError(code, **details).text(language)

    assert all(value in text for value in details.values())


@pytest.mark.parametrize("code", CAUSES)
def test_every_cause_can_be_said(code: str) -> None:
    details = {name: f"<{name}>" for name in _fields(CAUSES[code]["en"])}
    cause = Cause(code, details)

    assert str(cause) == cause.text("en")
    assert all(value in cause.text("fr") for value in details.values())


def test_a_cause_is_said_in_the_language_of_its_message() -> None:
    error = UnreachableError("unreachable", host="192.0.2.1", cause=Cause("connection_refused"))

    assert "connexion refusée" in error.text("fr")
    assert "connection refused" in str(error)
    assert isinstance(error, HeliographError)


def test_a_usage_error_says_the_problem() -> None:
    assert str(UsageError("usage", problem="No such day.")) == "No such day."


def _raised() -> Iterator[tuple[str, str, set[str] | None]]:
    for path in sorted(Path(heliograph.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS):
                continue
            if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                names = {keyword.arg for keyword in node.keywords}
                given = None if None in names else {name for name in names if name}
                yield f"{path.name}:{node.lineno}", node.args[0].value, given


RAISED: Final = [each for each in _raised() if each[1] in MESSAGES or each[1] not in CAUSES]


@pytest.mark.parametrize(("place", "code", "given"), RAISED, ids=[f"{place}-{code}" for place, code, _ in RAISED])
def test_every_error_that_is_raised_has_its_message(place: str, code: str, given: set[str] | None) -> None:
    table = MESSAGES if code in MESSAGES else CAUSES
    assert given is None or _fields(table[code]["en"]) <= given
