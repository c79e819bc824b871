"""Numbers given as options, checked in the reader's words."""

import math

from heliograph.cli.desk import Desk


def whole(desk: Desk, text: str | None, option: str, *, least: int, most: int) -> int | None:
    """Read a whole number; None where none was given.

    Raises:
        UsageError: it is none, or out of range.
    """
    if text is None:
        return None
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise desk.misuse("usage.number", option=option, least=least, most=most, given=text[:40])
    return value


def real(desk: Desk, text: str | None, option: str, *, least: float, most: float) -> float | None:
    """Read a number; None where none was given.

    Raises:
        UsageError: it is none, or out of range.
    """
    if text is None:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise desk.misuse(
            "usage.number", option=option, least=_plain(desk, least), most=_plain(desk, most), given=text[:40]
        )
    return value


def _plain(desk: Desk, value: float) -> str:
    return f"{value:g}".replace(".", "," if desk.language == "fr" else ".")
