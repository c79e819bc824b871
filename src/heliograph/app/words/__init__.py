"""Everything that starting, stopping and settings say to people, one file a language."""

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
