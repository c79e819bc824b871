"""Which system metrics belong to which energy account: one record an account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from heliograph.model import METRICS, Metric

IDLE: Final = 30.0
"""W below which a battery rests (protocol.md §5.1)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One account: which system metrics belong to it."""

    name: str
    power: str
    """The metric of the power that flows into it."""
    direction: int
    """1: power above zero counts; -1: below zero; 0: both, with its sign."""
    own_day: bool = False
    """The gateway has a figure of its own for the day that may serve as a start."""
    own_week: bool = False
    integrated: bool = False
    """Where no counter tells it, it is integrated from power."""
    solar: bool = False
    """It flows by day, so that a gap in the night holds little of it."""
    idle: float = 0.0
    """W that are no flow."""

    @property
    def lifetime(self) -> str:
        """The key of its counter."""
        return f"{self.name}_lifetime"


LINES: Final = (
    Line("production", "production_power", 1, own_day=True, own_week=True, solar=True),
    Line("consumption", "consumption_power", 1, own_day=True),
    Line("import", "net_power", 1, integrated=True),
    Line("export", "net_power", -1, integrated=True, solar=True),
    Line("charged", "battery_power", -1, integrated=True, solar=True, idle=IDLE),
    Line("discharged", "battery_power", 1, integrated=True, idle=IDLE),
)
NET: Final = Line("net", "net_power", 0)
"""Import less export; a counter of its own only where these are unknown."""


CONSUMPTION: Final = LINES[1]


@dataclass(frozen=True, slots=True)
class Sum:
    """An account that follows from others: it has no detectors of its own, and is right where these are."""

    line: Line
    terms: tuple[tuple[str, int], ...]
    """Names of accounts that it must have, each with its sign."""
    storage: tuple[tuple[str, int], ...] = ()
    """Names of accounts that are part of it where a battery is beside the house."""


SUMS: Final = (
    Sum(CONSUMPTION, (("production", 1), ("import", 1), ("export", -1)), (("discharged", 1), ("charged", -1))),
    Sum(NET, (("import", 1), ("export", -1))),
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The metrics of an account."""

    lifetime: Metric
    today: Metric
    week: Metric | None


KEYS: Final[Mapping[str, Keys]] = {
    line.name: Keys(
        METRICS[f"system.{line.name}_lifetime"],
        METRICS[f"system.{line.name}_today"],
        METRICS.get(f"system.{line.name}_7_days"),
    )
    for line in (*LINES, NET)
}
"""By the account's name."""
