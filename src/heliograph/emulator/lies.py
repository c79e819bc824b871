"""The untruths that firmware tells in its values, each by a name that can be switched on and off while running."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from heliograph.emulator import bends
from heliograph.emulator.bends import Bend
from heliograph.emulator.site.plan import Measurement, Plan

_JSON = ("production", "production-details")
_LISTS = ("inventory", "inventory-deleted")
_ALL_METERS = tuple(Measurement)


@dataclass(frozen=True, slots=True)
class Lie:
    """One row: a name, what it does, and how it bends which documents, or the site that is seen."""

    name: str
    description: str
    bends: Mapping[str, Bend] = field(default_factory=dict)
    """By the name of the document's writer."""
    site: Callable[[Plan], Plan] | None = None


def _on(names: Iterable[str], bend: Bend) -> dict[str, Bend]:
    return dict.fromkeys(names, bend)


_TABLE = (
    Lie(
        "counter-wrap-sum",
        "The inverters' lifetime is their sum of joules in 32 bits (Q1, 7.3 to 8.2.127).",
        _on(_JSON, bends.wrap_sum) | {"pdm-energy": bends.wrap_sum_of_pdm},
    ),
    Lie(
        "counter-wrap-inverters",
        "The inverters' lifetime is the sum of each one's joules in 32 bits (Q1, from 8.2.4264).",
        _on(_JSON, bends.wrap_each) | {"pdm-energy": bends.wrap_each_of_pdm},
    ),
    Lie(
        "inverters-zero-at-night",
        "By night there are no inverters and no lifetime (Q2).",
        _on(_JSON, bends.zero_at_night),
    ),
    Lie(
        "seven-days-garbage",
        "The last seven days are nearly the lifetime, or next to nothing (Q3).",
        _on(_JSON, bends.seven_days_garbage) | {"v1-production": bends.v1_seven_days_garbage},
    ),
    Lie(
        "today-equals-lifetime",
        "The midnight baseline is lost: today is the lifetime (Q4).",
        _on(_JSON, bends.today_is_lifetime) | {"v1-production": bends.v1_today_is_lifetime},
    ),
    Lie("late-midnight-reset", "For three quarters of an hour after midnight, today still means yesterday (Q4, Q20)."),
    Lie(
        "total-equals-net",
        "Total consumption repeats the net values (Q5, 8.3.5433).",
        _on(_JSON, bends.total_equals_net),
    ),
    Lie(
        "metered-without-ct",
        "Every CT is off: entries are noise, /api/v1/production stands still (Q6).",
        site=bends.disable(*_ALL_METERS),
    ),
    Lie("v1-zeros", "/api/v1/production is all noughts (Q7, 8.3.1598 and 8.3.5422).", {"v1-production": bends.zero}),
    Lie(
        "disabled-consumption-noise",
        "The consumption CT is off and its entries show noise and stale energy (Q8).",
        site=bends.disable(Measurement.NET, Measurement.TOTAL),
    ),
    Lie("padded-lines", "There are always three lines, some of them empty (Q10, 8.3).", _on(_JSON, bends.pad_lines)),
    Lie("stale-acb", "The AC Batteries' entry is 41 hours old and looks alive (Q11).", _on(_JSON, bends.stale_storage)),
    Lie(
        "percent-full-lag",
        "The batteries' charge in the inventories stands where it once was (Q12).",
        _on(("ensemble-inventory", *_LISTS), bends.percent_lag),
    ),
    Lie("battery-idle-offset", "Batteries at rest show 16 to 24 W (Q12).", {"ensemble-power": bends.idle_offset}),
    Lie(
        "removed-inverters-listed",
        "/api/v1/production/inverters lists units that were removed years ago (Q13).",
        {"v1-inverters": bends.removed_listed},
    ),
    Lie("operating-false", "No inverter operates, though all produce (Q16).", _on(_LISTS, bends.not_operating)),
    Lie(
        "net-import-only",
        "The lifetime of net consumption counts imports only (Q17, before 7.3.517).",
        _on(_JSON, bends.net_import_only),
    ),
    Lie(
        "max-energy-nonsense",
        "The batteries hold less than is in them (Q19).",
        {"ensemble-secctrl": bends.energy_nonsense},
    ),
    Lie(
        "zeros-after-boot",
        "Just booted: answers are good and all noughts (Q38).",
        _on((*_JSON, "v1-production", "pdm-energy"), bends.zero) | {"system-page": bends.zero_page},
    ),
    Lie(
        "power-factor-out-of-range",
        "Power factors of aggregates are beyond one (Q39).",
        _on(_JSON, bends.wild_power_factor) | {"readings": bends.wild_reading_factor},
    ),
    Lie(
        "frozen-counters",
        "/api/v1/production and /ivp/pdm/* repeat what they said when this began.",
        {name: bends.freeze(name) for name in ("v1-production", "pdm-energy", "device-data")},
    ),
    Lie("active-count-flicker", "At every third asking every activeCount is nought.", _on(_JSON, bends.flicker)),
    Lie(
        "storage-phase-half",
        "The first phase of the storage CT shows half its power.",
        {"readings": bends.half_storage_phase},
    ),
    Lie("firmware-update", "The gateway has been updated to the next firmware of its line (Q23)."),
    Lie("gateway-swap", "Another gateway stands in its place: new serial number, counters from nought (Q32)."),
)

LIES: dict[str, str] = {lie.name: lie.description for lie in _TABLE}
"""Name to description."""
RESET_DELAY = 2700
"""Seconds by which the midnight reset is late."""


def bend_site(plan: Plan, told: Iterable[str]) -> Plan:
    """Return the site as a gateway sees it that tells these lies."""
    names = set(told)
    for lie in _TABLE:
        if lie.site is not None and lie.name in names:
            plan = lie.site(plan)
    return plan


def bends_of(writer: str, told: Iterable[str]) -> list[Bend]:
    """Return the bends of one document, in the order of the table."""
    names = set(told)
    return [lie.bends[writer] for lie in _TABLE if lie.name in names and writer in lie.bends]
