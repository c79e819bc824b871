"""A row says which field of an answer is which metric; one small interpreter reads all rows.

A path has three kinds of step: a key, an index, and a filter (a mapping that an element of a list must match).
Where a field cannot be said by a path and a conversion, plain Python stands beside the table.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from heliograph.model import METRICS, Subject, Value

Step = str | int | Mapping[str, Any]
Convert = Callable[[Any], Value | None]


class _Missing:
    """The answer that a path leads nowhere; unlike None, no JSON can say it."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


class Statement(msgspec.Struct, frozen=True, gc=False):
    """One thing that one source says of one subject; what is true of it is decided later."""

    subject: Subject
    id: str
    key: str
    value: Value
    at: float
    source: str

    def saying(self, value: Value) -> "Statement":
        """Return the same statement with another value."""
        return Statement(self.subject, self.id, self.key, value, self.at, self.source)


def walk(node: Any, path: Sequence[Step]) -> Any:
    """Follow a path through decoded JSON; MISSING where it leads nowhere, whatever the shape."""
    for step in path:
        if isinstance(step, str):
            node = node.get(step, MISSING) if isinstance(node, dict) else MISSING
        elif isinstance(step, int):
            node = node[step] if isinstance(node, list) and step < len(node) else MISSING
        else:
            node = next((element for element in items(node) if matches(element, step)), MISSING)
        if node is MISSING:
            return MISSING
    return node


def matches(element: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    """Return whether an element has these values; a tuple of values allows each of them, None an absent key."""
    for key, value in expected.items():
        actual = element.get(key)
        if not (actual in value if isinstance(value, tuple) else actual == value):
            return False
    return True


def items(node: Any) -> Iterator[dict[str, Any]]:
    """Iterate over the objects of a list; over nothing where it is none."""
    return (element for element in node if isinstance(element, dict)) if isinstance(node, list) else iter(())


_NUMBERS: Final = frozenset({int, float})
_LONGEST_TIME: Final = 20
"""Digits of a time; Python refuses to read thousands of them with an error."""
_LONGEST_TEXT: Final = 500
_MOST_CONDITIONS: Final = 50
_BEYOND: Final = 1e15
"""More than any counter of any gateway can hold."""


def number(value: Any) -> float | int | None:
    """Accept a finite JSON number of sane size (negative zero becomes zero); a text or boolean is no number."""
    if type(value) not in _NUMBERS or not -_BEYOND < value < _BEYOND:
        return None
    result: float | int = value or 0
    return result


def factor(multiplier: float, digits: int) -> Convert:
    """Make a conversion to the base unit, rounded to the resolution that the gateway has."""

    def convert(value: Any) -> float | None:
        base = number(value)
        return None if base is None else round(base * multiplier, digits)

    return convert


def above_zero(convert: Convert) -> Convert:
    """Make a conversion for what is never zero where it is measured at all."""

    def positive(value: Any) -> Value | None:
        converted = convert(value)
        return converted if isinstance(converted, int | float) and converted > 0 else None

    return positive


milli: Final = factor(0.001, 3)
joules: Final = factor(1 / 3600, 3)


def count(value: Any) -> int | None:
    """Accept a whole number that is not negative, and that 32 bits can hold."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32 else None


def percent(value: Any) -> float | int | None:
    """Accept a number from 0 to 100."""
    share = number(value)
    return share if share is not None and 0 <= share <= 100 else None


def epoch(value: Any) -> int | None:
    """Accept epoch seconds, as a number or as digits; 0 means never (protocol.md §3.2.1)."""
    if isinstance(value, str) and len(value) <= _LONGEST_TIME and value.isascii() and value.isdigit():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 33 else None


def flag(value: Any) -> bool | None:
    """Accept true and false, also as texts (dry contact settings, protocol.md §3.6)."""
    return (
        value
        if isinstance(value, bool)
        else {"true": True, "false": False}.get(value)
        if isinstance(value, str)
        else None
    )


def text(value: Any) -> str | None:
    """Accept a text that says something and is no longer than a person reads."""
    return value.strip() or None if isinstance(value, str) and len(value) <= _LONGEST_TEXT else None


def texts(value: Any) -> tuple[str, ...]:
    """Accept the texts of a list; none where it is no list."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def state(**spellings: str) -> Convert:
    """Make a conversion from the firmware's spellings to ours; `_` stands for a dash; other spellings are absent."""
    table = {spelling.replace("_", "-"): ours for spelling, ours in spellings.items()} | spellings

    def convert(value: Any) -> str | None:
        return table.get(value) if isinstance(value, str) else None

    return convert


phase: Final = state(ph_a="L1", ph_b="L2", ph_c="L3", ph_all="all", ph_unk="unknown")
relay_state: Final = state(open="open", closed="closed", close="closed", unknown="unknown")


def celsius_of_fahrenheit(value: Any) -> float | None:
    """Convert what the system controller gives in °F (protocol.md §3.5.1)."""
    fahrenheit = number(value)
    return None if fahrenheit is None else round((fahrenheit - 32) * 5 / 9, 1)


def conditions(value: Any) -> str | None:
    """Join the condition flags of a device; `ok` where all is well (protocol.md, appendix B)."""
    if not isinstance(value, list):
        return None
    names = [
        name[:_LONGEST_TEXT].removeprefix("envoy.cond_flags.").removeprefix("envoy.global.")
        for name in texts(value[:_MOST_CONDITIONS])
    ]
    return ", ".join(name for name in names if not name.startswith("prop.")) or None


class Row(NamedTuple):
    """One field: the metric's key, the path to it, and how it becomes our unit."""

    key: str
    path: tuple[Step, ...]
    convert: Convert = number


def row(key: str, *path: Step, convert: Convert = number) -> Row:
    """Write a row without parentheses around its path."""
    return Row(key, path, convert)


def read_rows(
    rows: Sequence[Row], node: Any, subject: Subject, identifier: str, *, at: float, source: str
) -> list[Statement]:
    """Read all rows from one node; a field that is missing or of a wrong type says nothing."""
    statements: list[Statement] = []
    entries = node if isinstance(node, dict) else {}
    for key, path, convert in rows:
        # Most paths are one key; there are thousands of them in every reading.
        raw = entries.get(path[0]) if len(path) == 1 else walk(node, path)
        if raw is MISSING or raw is None:
            continue
        value = convert(raw)
        if value is not None:
            statements.append(Statement(subject, identifier, key, value, at, source))
    return statements


def check_rows(subject: Subject, rows: Sequence[Row]) -> Sequence[Row]:
    """Refuse rows whose metric the vocabulary does not have, when the module is loaded."""
    unknown = [row.key for row in rows if f"{subject}.{row.key}" not in METRICS]
    if unknown:
        message = f"no metric of {subject}: {', '.join(unknown)}"
        raise LookupError(message)
    return rows
