"""Which language the reader speaks."""

import os
from collections.abc import Mapping, Sequence
from typing import Final

LANGUAGES: Final = ("en", "fr")
"""English first: it stands in where a language is unknown."""
_OPTION: Final = "--lang"
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


def asked_language(arguments: Sequence[str]) -> str | None:
    """Find what `--lang` says, wherever it stands; None where it is not given."""
    for place, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == _OPTION:
            return arguments[place + 1] if place + 1 < len(arguments) else ""
        if argument.startswith(f"{_OPTION}="):
            return argument.partition("=")[2]
    return None


def chosen_language(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> str:
    """Return the language to speak: that of `--lang`, or else of the locale."""
    asked = asked_language(arguments)
    if asked in LANGUAGES:
        return asked
    environ = os.environ if environ is None else environ
    locale = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    return next((language for language in LANGUAGES if locale.lower().startswith(language)), LANGUAGES[0])
