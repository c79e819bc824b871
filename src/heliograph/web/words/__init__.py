"""Everything that the API says to people beside the vocabulary, one file a language."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def table(language: str) -> Mapping[str, str]:
    """Return all texts of a language by their keys; English for an unknown language."""
    name = language if language in {"en", "fr"} else "en"
    found: dict[str, str] = json.loads(files(__package__).joinpath(f"{name}.json").read_text("utf-8"))
    return found


def say(key: str, language: str, /, **details: object) -> str:
    """Return a text in a language."""
    return table(language)[key].format_map(details)


def find(key: str, language: str, /, *, lenient: Mapping[str, object] | None = None, **details: object) -> str | None:
    """Return a text, or None where there is none; `lenient` accepts that details are missing."""
    text = table(language).get(key)
    return None if text is None else text.format_map(details if lenient is None else lenient)
