"""Whether an account of the day or the week can be true (protocol.md Q3, Q4)."""

from typing import Final

from heliograph.protocol.endpoints import production
from heliograph.protocol.endpoints.production import INVERTERS
from heliograph.protocol.evidence import Evidence
from heliograph.protocol.fields import items, number

_FULL_HOURS: Final = 12
"""Hours a day at the highest power ever seen: more than any roof gives."""
_YOUNG: Final = 200_000
"""Wh below which a system may be so young that today is its lifetime."""


def implausible(
    evidence: Evidence, name: str, source: str, *, value: float, lifetime: float, days: int, rated: float
) -> bool:
    """Return whether what a source says of `days` days cannot be, on a roof of a rated power."""
    if value < 0 or (value >= 0.9 * lifetime and lifetime > _YOUNG):
        return True
    if name == "production":
        return value > rated * _FULL_HOURS * days
    # A total that says nothing, or that follows another source than its own lines (Q4c, Q4d).
    answer = evidence.answer(production.DETAILS, "/production.json")
    lines = [number(line.get("whToday")) for line in items(production.element(answer, source).get("lines"))]
    total = sum(line for line in lines if line is not None)
    return value == 0 or (bool(total) and abs(value - total) > 0.05 * max(value, total))


def rated_power(evidence: Evidence) -> float:
    """Return the highest power that the roof can give: what its inverters once reached, else 500 W each."""
    reached, power = evidence.rated
    count = max(evidence.system("inverter_count", INVERTERS) or 0, reached)
    return power + (count - reached) * 500 if count else float("inf")
