"""Everything the command line says to people, one file a language."""

import json
from functools import cache
from importlib.resources import files


@cache
def table(language: str) -> dict[str, str]:
    """Return all texts of a language by their keys."""
    found: dict[str, str] = json.loads(files(__package__).joinpath(f"{language}.json").read_text("utf-8"))
    return found


@cache
def families_and_faults(language: str) -> dict[str, str]:
    """Return what families and faults of the emulator are in a language; in English they say so themselves."""
    place = files(__package__).joinpath(f"emulated.{language}.json")
    found: dict[str, str] = json.loads(place.read_text("utf-8")) if place.is_file() else {}
    return found


class Words:
    """Speaks one language."""

    def __init__(self, language: str) -> None:
        """Take one of `LANGUAGES`."""
        self.language = language
        self._table = table(language)

    def __call__(self, key: str, /, **details: object) -> str:
        """Say something.

        Raises:
            KeyError: there is no such text.
        """
        return self._table[key].format_map(details) if details else self._table[key]

    def find(self, *keys: str) -> str:
        """Return the first text that there is; empty where there is none."""
        return next((self._table[key] for key in keys if key in self._table), "")

    def count(self, key: str, number: int, /, **details: object) -> str:
        """Return a text about a number of things: `key.one` or `key.many`."""
        # In French nothing is singular.
        one = abs(number) < 2 if self.language == "fr" else number == 1
        return self(f"{key}.{'one' if one else 'many'}", n=number, **details)
