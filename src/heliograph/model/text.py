"""Texts that somebody else wrote, made harmless for where they are shown."""

import re
from typing import Final

_UNSHOWN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters but tab and line feed, line separators, and what turns the direction of writing."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def visible(text: str) -> str:
    r"""Return a text with its control and direction characters written out, as JSON escapes them: `\u001b`."""
    return _UNSHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def plain_cell(cell: object) -> object:
    """Return a table's cell so that no spreadsheet takes a text for a formula; numbers stay as they are."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
