import ast
import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from heliograph.errors import Cause, RefusedError
from heliograph.model.redact import redact
from heliograph.outputs.jeedom.log import FRENCH, Voice

ROOT = Path(__file__).parents[3]
ROOMS = ("src/heliograph/gateway", "src/heliograph/poller", "src/heliograph/outputs/jeedom", "jeedom/resources")
LEVELS = {"debug": 0, "info": 0, "warning": 0, "error": 0, "exception": 0, "log": 1}


def templates() -> Iterator[str]:
    """Give every line that the daemon's parts write into the log."""
    for path in (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Attribute(ast.Name("LOGGER"), level), args) if level in LEVELS:
                    template = args[LEVELS[level]]
                    if isinstance(template, ast.Constant):
                        yield str(template.value)


def line(voice: Voice, template: str, *args: object) -> str:
    record = voice.record("heliograph.gateway", logging.INFO, "", 0, template, args, None)
    return record.getMessage()


def test_every_line_of_the_log_has_its_french() -> None:
    found = set(templates())
    assert len(found) > 30
    assert found - set(FRENCH) == set()


@pytest.mark.parametrize(("english", "french"), FRENCH.items(), ids=range(len(FRENCH)))
def test_both_languages_take_the_same_details(english: str, french: str) -> None:
    details = (404, "a", 2, 1.5, "b")
    kinds = [piece[0] for piece in english.replace("%.2f", "%f").split("%")[1:]]
    assert kinds == [piece[0] for piece in french.replace("%.2f", "%f").split("%")[1:]]
    assert french % details[: len(kinds)] if set(kinds) <= {"s"} else True


def test_errors_and_states_are_said_in_french() -> None:
    voice = Voice("fr")
    err = RefusedError("wrong_password", host="192.168.1.50", user="envoy")
    said = line(voice, "%s does not let us in: %s", "192.168.1.50", err)
    assert said.startswith("192.168.1.50 refuse l’accès : 192.168.1.50 a refusé l’utilisateur envoy")
    assert line(voice, "%s is %s", "Toit", "away") == "Toit : état « injoignable »"
    assert line(voice, "A percentage: 100 %") == "A percentage: 100 %"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_word_of_a_question_is_taken_for_a_secret(language: str) -> None:
    rows = [
        ("%s answered %s with HTTP %d in %.2f s", ("envoy", "/auth/check_jwt", 200, 0.5)),
        ("%s gave no answer to %s (%s)", ("envoy", "/auth/check_jwt", Cause("closed"))),
    ]
    for template, args in rows:
        said = line(Voice(language), template, *args)
        assert redact(said) == said


def test_english_stays_as_it_is_and_so_do_others() -> None:
    voice = Voice("de")
    assert line(voice, "%s is %s", "Roof", "online") == "Roof is online"
    other = Voice("fr").record("aiohttp", logging.INFO, "", 0, "%s is %s", ("a", "b"), None)
    assert other.getMessage() == "a is b"


async def test_a_line_names_the_equipment_that_it_is_about() -> None:
    voice = Voice("fr")
    voice.names = {"12": "Toit sud"}
    said: list[str] = []

    async def poll() -> None:
        said.append(line(voice, "%s answered %s with HTTP %d in %.2f s", "192.168.1.50", "/info", 200, 0.125))
        said.append(line(voice, "%s is %s", "12", "online"))

    await asyncio.create_task(poll(), name="poll 12")
    assert said == [
        "Toit sud : 192.168.1.50 a répondu à /info par HTTP 200 en 0.12 s",
        "Toit sud : état « en ligne »",
    ]
    assert line(voice, "Jeedom answers again") == "Jeedom répond de nouveau"
