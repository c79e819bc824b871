"""The counters of a site: whole milliwatt-hours by phase, so that every sum is exact."""

from collections.abc import Iterable
from typing import NamedTuple, Self

Phases = tuple[int, ...]
"""One whole number for each phase."""


class Books(NamedTuple):
    """What every meter has counted up to one moment, in mWh by phase."""

    time: int
    delivered: Phases
    """Production."""
    received: Phases
    """What the inverters and relays drew by night."""
    imported: Phases
    exported: Phases
    discharged: Phases
    charged: Phases
    suns: tuple[float, ...]
    """Seconds at full output, for each slope."""

    @property
    def consumed(self) -> Phases:
        """The energy the house used: what is left when everything else is accounted for."""
        return tuple(
            delivered - received + imported - exported + discharged - charged
            for _, delivered, received, imported, exported, discharged, charged in self._by_phase()
        )

    def _by_phase(self) -> list[tuple[int, ...]]:
        return [(phase, *(counter[phase] for counter in self[1:7])) for phase in range(len(self.delivered))]

    @classmethod
    def of(cls, time: int, counters: Iterable[Iterable[int]], suns: Iterable[float]) -> Self:
        """Bind the six counters, in their order, into books."""
        delivered, received, imported, exported, discharged, charged = (tuple(counter) for counter in counters)
        return cls(time, delivered, received, imported, exported, discharged, charged, tuple(suns))

    def minus(self, other: "Books") -> Self:
        """Return what was counted since other books, at the time of these."""
        counters = (
            [a - b for a, b in zip(mine, theirs, strict=True)]
            for mine, theirs in zip(self[1:7], other[1:7], strict=True)
        )
        return self.of(self.time, counters, (a - b for a, b in zip(self.suns, other.suns, strict=True)))


def split(start: float, end: float, part: float) -> tuple[float, float]:
    """Integrate a power that runs straight from one value to another, up to a part of the way.

    Gives what was positive and what was negative, both as positive numbers, in power × the whole way. Neither ever
    falls as the part grows.
    """
    here = start + (end - start) * part
    if start >= 0.0 and end >= 0.0:
        return (start + here) * 0.5 * part, 0.0
    if start <= 0.0 and end <= 0.0:
        return 0.0, -(start + here) * 0.5 * part
    crossing = start / (start - end)
    if part <= crossing:
        area = (start + here) * 0.5 * part
        return (area, 0.0) if start > 0.0 else (0.0, -area)
    first, second = abs(start) * crossing * 0.5, abs(here) * (part - crossing) * 0.5
    return (first, second) if start > 0.0 else (second, first)
