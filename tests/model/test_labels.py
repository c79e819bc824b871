"""Every word exists in both languages, and every code in the sources has its sentence."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Final, NamedTuple

import pytest

import heliograph
from heliograph.model import METRICS, Finding, Reason, Subject, metric
from heliograph.model.labels import LANGUAGES, called, label, noticed, sentence, spoken, words

SOURCES: Final = sorted(Path(heliograph.__file__).parent.rglob("*.py"))


class Said(NamedTuple):
    """A code that some module gives, and the details it gives with it; None where these are not written there."""

    place: str
    kind: str
    code: str
    details: frozenset[str] | None


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _keys(node: ast.expr | None) -> frozenset[str] | None:
    if node is None:
        return frozenset()
    if not isinstance(node, ast.Dict) or not all(isinstance(key, ast.Constant) for key in node.keys):
        return None
    return frozenset(str(key.value) for key in node.keys if isinstance(key, ast.Constant))


def _codes() -> Iterator[Said]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                code, place = node.args[0].value, f"{path.name}:{node.lineno}"
                if not isinstance(code, str):
                    continue
                if _name(node) == "Reason":
                    details = next((k.value for k in node.keywords if k.arg == "details"), None)
                    yield Said(place, "reason", code, _keys(node.args[1] if len(node.args) > 1 else details))
                elif _name(node) == "Finding":
                    given = node.args[7] if len(node.args) > 7 else None
                    details = next((k.value for k in node.keywords if k.arg == "details"), given)
                    yield Said(place, "finding", code, _keys(details))
                elif _name(node) == "find" and "protocol" in path.parts:
                    named = {k.arg for k in node.keywords if k.arg} - {"raw", "given"}
                    yield Said(place, "finding", code, frozenset(named))


CODES: Final = tuple(_codes())


def _written() -> tuple[set[str], list[re.Pattern[str]]]:
    """Collect every text of the sources, and every text with places to fill as a pattern."""
    texts: set[str] = set()
    patterns: set[str] = set()
    replaced: set[tuple[str, ...]] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else "[a-z0-9_]+" for v in node.values]
                patterns.add("".join(parts))
            elif isinstance(node, ast.Call) and _name(node) == "replace" and len(node.args) == 2:
                replaced.add(tuple(str(each.value) for each in node.args if isinstance(each, ast.Constant)))
    for old, new in (pair for pair in replaced if len(pair) == 2 and len(pair[0]) > 3):
        texts |= {text.replace(old, new) for text in texts if old in text}
    return texts, [re.compile(pattern) for pattern in patterns if re.search("[a-z]{4}", pattern)]


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_words() -> None:
    assert words("fr").keys() == words("en").keys()


@pytest.mark.parametrize("name", sorted(words("en")))
def test_every_word_says_something_with_the_same_details(name: str) -> None:
    french, english = words("fr")[name], words("en")[name]

    assert french == french.strip() != ""
    assert english == english.strip() != ""
    assert _fields(french) == _fields(english)


@pytest.mark.parametrize("said", CODES, ids=lambda said: f"{said.place}-{said.code}")
def test_every_code_in_the_sources_has_its_sentence(said: Said) -> None:
    for language in LANGUAGES:
        text = words(language)[f"{said.kind}.{said.code}"]
        assert said.details is None or _fields(text) <= said.details


def test_codes_were_found() -> None:
    assert {said.kind for said in CODES} == {"reason", "finding"}
    assert len(CODES) > 40


@pytest.mark.parametrize("kind", ["reason", "finding"])
def test_no_sentence_is_left_of_a_code_that_is_gone(kind: str) -> None:
    written, patterns = _written()
    codes = {name.partition(".")[2] for name in words("en") if name.startswith(f"{kind}.")}

    assert {code for code in codes - written if not any(pattern.fullmatch(code) for pattern in patterns)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_are_phrases_and_findings_are_sentences(language: str) -> None:
    for name, text in words(language).items():
        if name.startswith("reason."):
            assert not text.endswith(".")
            assert "\n" not in text
        if name.startswith("finding."):
            assert text.endswith(".")
            assert text[0].isupper() or text[0] in "{«“"


def test_french_typography() -> None:
    wrong = [name for name, text in words("fr").items() if re.search(r"\w[;!?](?:\s|$)|'", text)]

    assert wrong == []


def test_labels_of_metrics_are_those_of_the_vocabulary() -> None:
    labelled = {name.removeprefix("metric.") for name in words("en") if name.startswith("metric.")}

    assert labelled == set(METRICS)
    for number in ("subject.", "subjects."):
        named = {name.removeprefix(number) for name in words("en") if name.startswith(number)}
        assert named == set(Subject)


def test_a_label_in_each_language() -> None:
    power = metric(Subject.SYSTEM, "production_power")

    assert label(power, "fr") == "Production instantanée"
    assert label(power, "en") == "Production now"


def test_an_unknown_language_is_english() -> None:
    assert words("de") == words("en")


def test_a_reason_is_a_phrase_with_its_details() -> None:
    reason = Reason("not_permitted", {"endpoint": "/ivp/meters", "status": 401})

    assert sentence(reason, "en") == "the gateway answered /ivp/meters with 401: this role may not read it"
    assert "401" in sentence(reason, "fr")


@pytest.mark.parametrize(("count", "french"), [(1, "Batterie"), (2, "Batteries")])
def test_several_are_named_in_the_plural(count: int, french: str) -> None:
    assert called(Subject.BATTERY, count, "fr") == french


@pytest.mark.parametrize(
    ("name", "value", "french"),
    [
        ("system.battery_state", "charging", words("fr")["state.charging"]),
        ("generator.generator_state", "open", words("fr")["state.generator_state.open"]),
        ("generator.mode", "auto-magic", "auto-magic"),
        ("dry_contact.name", "open", "open"),
        ("system.production_power", 12.5, "12.5"),
        ("inverter.status", "ok", "en ordre"),
        ("inverter.status", "undef-0x0042", "undef-0x0042"),
        (
            "inverter.status",
            "pcu_chan.acvoltagehigh, pcu_chan.gridgone",
            "La tension du réseau est trop haute. Le micro-onduleur ne voit pas le réseau.",
        ),
        ("relay.status", "nsrb_ctrl.new", "Le relais signale une perturbation du réseau. (nsrb_ctrl.new)"),
    ],
)
def test_states_are_spoken_and_inventions_given_as_they_came(name: str, value: str | float, french: str) -> None:
    assert spoken(METRICS[name], value, "fr") == french


def test_fractions_are_written_as_the_language_writes_them() -> None:
    reason = Reason("implausible", {"value": -1.966})

    assert "-1.966" in sentence(reason, "en")
    assert "-1,966" in sentence(reason, "fr")


def test_a_finding_is_said_in_a_sentence() -> None:
    finding = Finding("counter_wrap", Subject.SYSTEM, "1", details={"wraps": 2})

    assert "2 ×" in noticed(finding, "fr")
    assert noticed(Finding("unheard_of", Subject.SYSTEM, "1"), "en") == "unheard_of"
