"""What a setting may be: each rule reads a value from TOML or from a text of the environment, or says what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Value = str | int | float | bool | tuple[str, ...]
"""What a setting can be."""


class WrongValueError(ValueError):
    """A value that a rule does not take: a code of the words (`setting.wrong.…`) and its details."""

    def __init__(self, code: str, **details: object) -> None:
        """Take the code and what its sentence names."""
        super().__init__(code)
        self.code: Final = code
        self.details: Final = details


class Rule(Protocol):
    """Reads values of one kind."""

    @property
    def kind(self) -> str:
        """The kind, as the page is told: `text`, `number`, `choice`, `flag`, `list`."""

    def read(self, given: object) -> Value:
        """Check a value of a TOML or JSON document.

        Raises:
            WrongValueError: it will not do.
        """

    def from_text(self, text: str) -> Value:
        """Read a value from an environment variable.

        Raises:
            WrongValueError: it will not do.
        """


@dataclass(frozen=True, slots=True)
class Text:
    """Any one-line text."""

    longest: int = 500
    kind: str = "text"

    def read(self, given: object) -> Value:
        """Check a value."""
        if not isinstance(given, str):
            raise WrongValueError("text")
        if len(given) > self.longest or any(ord(mark) < 32 for mark in given):
            raise WrongValueError("line", longest=self.longest)
        return given.strip()

    def from_text(self, text: str) -> Value:
        """Read a value from a text."""
        return self.read(text)


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone by its IANA name; empty where the machine's own is meant."""

    kind: str = "text"

    def read(self, given: object) -> Value:
        """Check a value."""
        if given == "":
            return ""
        try:
            return str(ZoneInfo(given)) if isinstance(given, str) else self._refuse(given)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return self._refuse(given)

    @staticmethod
    def _refuse(given: object) -> Value:
        raise WrongValueError("zone", given=str(given)[:80])

    def from_text(self, text: str) -> Value:
        """Read a value from a text."""
        return self.read(text.strip())


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number between two bounds."""

    least: int
    most: int
    kind: str = "number"

    def read(self, given: object) -> Value:
        """Check a value."""
        if isinstance(given, float) and given.is_integer():
            given = int(given)
        if isinstance(given, bool) or not isinstance(given, int) or not self.least <= given <= self.most:
            raise WrongValueError("number", least=self.least, most=self.most)
        return given

    def from_text(self, text: str) -> Value:
        """Read a value from a text."""
        try:
            return self.read(int(text.strip()))
        except ValueError as err:
            raise WrongValueError("number", least=self.least, most=self.most) from err


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]
    kind: str = "choice"

    def read(self, given: object) -> Value:
        """Check a value."""
        if not isinstance(given, str) or given not in self.options:
            raise WrongValueError("choice", options=", ".join(self.options))
        return given

    def from_text(self, text: str) -> Value:
        """Read a value from a text."""
        return self.read(text.strip())


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    kind: str = "flag"

    def read(self, given: object) -> Value:
        """Check a value."""
        if not isinstance(given, bool):
            raise WrongValueError("flag")
        return given

    def from_text(self, text: str) -> Value:
        """Read a value from a text."""
        word = text.strip().lower()
        if word not in _YES | _NO:
            raise WrongValueError("flag")
        return word in _YES


_YES: Final = {"1", "true", "yes", "on", "oui"}
_NO: Final = {"0", "false", "no", "off", "non"}


@dataclass(frozen=True, slots=True)
class Names:
    """A list of names or addresses; a text holds them with commas between."""

    kind: str = "list"

    def read(self, given: object) -> Value:
        """Check a value."""
        if not isinstance(given, Sequence) or isinstance(given, str) or len(given) > 100:
            raise WrongValueError("list")
        if not all(isinstance(name, str) and 0 < len(name.strip()) <= 253 and name.isprintable() for name in given):
            raise WrongValueError("list")
        return tuple(str(name).strip() for name in given)

    def from_text(self, text: str) -> Value:
        """Read a value from a text."""
        return self.read([name.strip() for name in text.split(",") if name.strip()])
