"""Every word that a person reads of the vocabulary, in French and English, from one file a language."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from heliograph.model.metric import Finding, Metric, Quantity, Reason, Subject, Value

LANGUAGES: Final = ("en", "fr")
"""English first: it stands in where a language is unknown."""
_CODED: Final = frozenset({Quantity.STATE, Quantity.TEXT})
"""Quantities whose values may be codes that have words."""
_POINTS: Final = {"fr": ","}
_CONDITIONS: Final = "status"
"""Key of the conditions that devices report, as codes with commas between."""


@cache
def words(language: str) -> Mapping[str, str]:
    """Return all labels of a language by their names; English for an unknown language."""
    name = language if language in LANGUAGES else LANGUAGES[0]
    return msgspec.json.decode(files(__package__).joinpath(f"{name}.json").read_bytes(), type=dict[str, str])


def label(metric: Metric, language: str) -> str:
    """Name a metric: `Production instantanée`."""
    return words(language)[f"metric.{metric.name}"]


def sentence(reason: Reason, language: str) -> str:
    """Return why a value is absent or was corrected, as one phrase without a final stop."""
    return words(language)[f"reason.{reason.code}"].format_map(_written(reason.details, language))


def noticed(finding: Finding, language: str) -> str:
    """Return what was noticed, as a sentence."""
    text = words(language).get(f"finding.{finding.code}", finding.code)
    details = {**finding.details, "id": finding.id, "raw": finding.raw, "given": finding.given}
    return text.format_map(_written(details, language))


def _written(details: Mapping[str, object], language: str) -> dict[str, object]:
    """Write the fractions among some details as the language writes them."""
    return {
        name: f"{value:.10g}".replace(".", _POINTS.get(language, ".")) if isinstance(value, float) else value
        for name, value in details.items()
    }


def spoken(metric: Metric, value: Value, language: str) -> str:
    """Return a state, a mode or conditions in words; what firmware invented, and any other text, as it came."""
    if metric.key == _CONDITIONS:
        return " ".join(_condition(code.strip(), language) for code in str(value).split(","))
    if metric.quantity not in _CODED:
        return str(value)
    general = words(language).get(f"state.{value}") if metric.quantity is Quantity.STATE else None
    return words(language).get(f"state.{metric.key}.{value}") or general or str(value)


def states(metric: Metric, language: str) -> dict[str, str]:
    """Return the words of every state or mode that has one, by its code; empty for any other metric."""
    if metric.quantity not in _CODED:
        return {}
    own = f"state.{metric.key}."
    modes = [name.removeprefix(own) for name in words(language) if name.startswith(own)]
    return {code: spoken(metric, code, language) for code in dict.fromkeys([*metric.states, *modes])}


def _condition(code: str, language: str) -> str:
    """Return the label of a condition: its own, or that of its group with its code."""
    own, group = (words(language).get(f"condition.{name}") for name in (code, code.partition(".")[0]))
    return own or (f"{group} ({code})" if group else code)


def called(subject: Subject, count: int, language: str) -> str:
    """Name so many pieces of equipment of one kind: `Micro-onduleurs`."""
    return words(language)[f"subject.{subject}" if count == 1 else f"subjects.{subject}"]
