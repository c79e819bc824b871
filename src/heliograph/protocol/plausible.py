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
    evidence: Evidence, name: str, source: str, *, said: float, lifetime: float, days: int, rated: float
) -> bool:
    """Tell whether what a source says of `days` days cannot be, on a roof of a rated power."""
    if said < 0 or (said >= 0.9 * lifetime and lifetime > _YOUNG):
        return True
    if name == "production":
        return said > rated * _FULL_HOURS * days
    # A total that says nothing, or that follows another source than its own lines (Q4c, Q4d).
    answer = evidence.answer(production.DETAILS, "/production.json")
    lines = [number(line.get("whToday")) for line in items(production.element(answer, source).get("lines"))]
    known = sum(line for line in lines if line is not None)
    return said == 0 or (bool(known) and abs(said - known) > 0.05 * max(said, known))


def rated_power(evidence: Evidence) -> float:
    """Give the highest power that the roof can give: what its inverters once reached, else 500 W each."""
    reached, power = evidence.rated
    known = max(evidence.system("inverter_count", INVERTERS) or 0, reached)
    return power + (known - reached) * 500 if known else float("inf")
