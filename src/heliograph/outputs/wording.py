"""Every word of the outputs that a person reads, in French and English."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from heliograph.model.labels import LANGUAGES

_WORDS: Final = "heliograph.outputs.words"


@cache
def table(language: str) -> Mapping[str, str]:
    """Return all words of a language; English for an unknown one."""
    name = language if language in LANGUAGES else LANGUAGES[0]
    return msgspec.json.decode(files(_WORDS).joinpath(f"{name}.json").read_bytes(), type=dict[str, str])


def say(name: str, language: str, **details: object) -> str:
    """Return a text with its details."""
    return table(language)[name].format_map(details)
