"""Everything the API says is said in both languages."""

import re
from pathlib import Path
from string import Formatter

import pytest

import heliograph.web
from heliograph.web.access import gate
from heliograph.web.language import preferred
from heliograph.web.words import find, say, table

SOURCES = sorted(Path(heliograph.web.__path__[0]).rglob("*.py"))


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_say_the_same() -> None:
    english, french = table("en"), table("fr")
    assert english.keys() == french.keys()
    assert [key for key in english if fields(english[key]) != fields(french[key])] == []
    assert [key for key in english if not french[key].strip()] == []


def test_every_problem_has_words() -> None:
    raised = {
        code
        for source in SOURCES
        for code in re.findall(r"(?:ProblemError|TakenError)\(\s*\"(\w+)\"", source.read_text("utf-8"))
    }
    assert len(raised) > 15
    missing = [code for code in raised for part in ("title", "detail") if f"problem.{code}.{part}" not in table("en")]
    assert missing == []


def test_an_unknown_language_is_english() -> None:
    assert table("de") == table("en")
    assert find("nothing", "fr") is None
    assert say("page.api", "de") == say("page.api", "en")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("fr", "fr"),
        ("fr-CA,en;q=0.5", "fr"),
        ("de,en;q=0.2,fr;q=0.9", "fr"),
        ("fr;q=0,en", "en"),
        ("de", "en"),
        ("fr;q=x", "en"),
        ("*" * 1000, "en"),
    ],
)
def test_the_reader_chooses(header: str | None, language: str) -> None:
    assert preferred(header, "en") == language


def test_nothing_is_fetched_from_elsewhere() -> None:
    assert "http" not in gate.HEADERS["content-security-policy"]
