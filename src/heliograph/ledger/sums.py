"""Counters that no meter counts: consumption and net follow from trusted counters, and are right where these are."""

from collections.abc import Mapping
from typing import Final

from heliograph.ledger.bench import Bench
from heliograph.ledger.books import Account, Baseline, Counter
from heliograph.ledger.lines import KEYS, NET, Line, Sum
from heliograph.ledger.spans import LONG, claim, open_days
from heliograph.ledger.trust import INTEGRAL
from heliograph.model import Quality, Reading, Reason

SOURCE: Final = "ledger: "
"""How the source of a counter begins that follows from others, whose names come after it."""
PATIENCE: Final = 1500.0
"""Seconds for which a term may be missing before the gateway's own total is taken instead."""
SAME: Final = 0.5
"""Wh within which what the gateway says of a sum is the same as what follows from its terms."""

Terms = tuple[tuple[str, int], ...]


def terms_of(total: Sum, bench: Bench) -> Terms:
    """Return the terms of a sum at this site; empty where the gateway does not count all that must be counted."""
    keys = [f"{name}_lifetime" for name, _ in total.terms]
    counted_there = all(key in bench.said for key in keys)
    # Where it counts neither the terms nor their difference, that of what is integrated is better than nothing.
    integrated = total.line is NET and NET.lifetime not in bench.said
    if not (counted_there or integrated) or not all(key in bench.values for key in keys):
        return ()
    if not total.storage or not _beside_house(bench):
        return total.terms
    return (*total.terms, *total.storage)


def added_up(terms: Terms, bench: Bench) -> float | None:
    """Return the counter that follows from its terms, Wh; None while one of them has no value."""
    if not terms or not all(f"{name}_lifetime" in bench.values for name, _ in terms):
        return None
    return sum(sign * bench.counters[f"{name}_lifetime"].given for name, sign in terms)


def reading_of(line: Line, terms: Terms, bench: Bench, value: float, counter: Counter) -> Reading:
    """Return the reading of a sum: with what the gateway says of it where that differs, and which terms were mended."""
    metric, said = KEYS[line.name].lifetime, bench.said.get(line.lifetime)
    raw = None if said is None or abs(float(said.value) - value) < SAME else said.value
    mended = [name for name, _ in terms if _mended(bench, name)]
    if not mended or raw is None:
        return Reading(metric, counter.given, bench.at, source_of(terms), Quality.DERIVED, raw)
    reason = Reason(f"{mended[0]}_mended")
    since = min((moment for name in mended if (moment := bench.values[f"{name}_lifetime"].since)), default=None)
    return Reading(metric, counter.given, bench.at, source_of(terms), Quality.CORRECTED, raw, reason, since)


def source_of(terms: Terms) -> str:
    """Return the source of a sum: its terms by name, `ledger: import − export`."""
    names = " ".join(f"{'+' if sign > 0 else '−'} {name}" for name, sign in terms)
    return f"{SOURCE}{names.removeprefix('+ ')}"


def counted(before: Counter | None, value: float, terms: Terms, bench: Bench, *, signed: bool) -> Counter:
    """Return the counter of a sum, believed when all its terms were.

    Where the gateway's own total was given before, or other terms, it goes on from there.
    """
    source, believed = source_of(terms), min(bench.counters[f"{name}_lifetime"].at for name, _ in terms)
    if before is None:
        return Counter(value, value, believed, bench.at, Baseline(source))
    baseline = before.baseline
    if baseline.source != source:
        offset = before.given - value
        baseline = Baseline(source, offset if abs(offset) >= SAME else 0.0)
    given = value + baseline.offset
    return Counter(value, given if signed else max(before.given, given), believed, bench.at, baseline)


def opened(
    total: Sum, terms: Terms, bench: Bench, accounts: Mapping[str, Account], counters: tuple[Counter | None, Counter]
) -> dict[int, float]:
    """Return where the days of a sum began: where its terms did, and what is corrected there is corrected here.

    After a gap the gateway's own figure for the day knows midnight better than the terms do. `counters` are those
    before and after.
    """
    before, now = counters
    account = accounts.get(total.line.name) or Account()
    if now.at < bench.day.start:
        # Its terms are held since yesterday: today nothing is known to have flowed yet.
        return {**account.openings, bench.day.ordinal: now.given}
    openings = open_days(total.line, bench, account, before, now)
    earlier = _begun(terms, bench.books.accounts)
    gap = before is not None and before.at < bench.day.start and bench.at - before.at > LONG
    said = claim(total.line, bench) if gap else None
    # Where a term was held meanwhile, the sum before is none that the figure could be measured by.
    claimed = said is not None and openings.get(bench.day.ordinal) == now.given - said
    begun: dict[int, float] = {}
    for day, value in _begun(terms, accounts).items():
        if day in earlier and day in account.openings:
            begun[day] = account.openings[day] + value - earlier[day]
        elif day != bench.day.ordinal or not claimed:
            begun[day] = value + now.baseline.offset
    return openings | begun


def _begun(terms: Terms, accounts: Mapping[str, Account]) -> dict[int, float]:
    """Return the sum of the terms at the midnights that all of them know."""
    if not all(name in accounts for name, _ in terms):
        return {}
    openings = [accounts[name].openings for name, _ in terms]
    days = set(openings[0]).intersection(*openings[1:])
    return {day: sum(sign * accounts[name].openings[day] for name, sign in terms) for day in days}


def is_sum(counter: Counter) -> bool:
    """Return whether a counter follows from others."""
    return counter.baseline.source.startswith(SOURCE)


def interrupted(before: Counter | None, at: float) -> bool:
    """Return whether a sum waits for a term that is missing at present."""
    return before is not None and is_sum(before) and at - before.moved < PATIENCE


def _beside_house(bench: Bench) -> bool:
    """Return whether a battery's energy is part of what is consumed: it has a meter of its own, or powers show it."""
    if any(f"{name}_lifetime" in bench.said for name in ("charged", "discharged")):
        return True
    watch = bench.watches.get("battery_left_out consumption_lifetime")
    return watch is not None and watch.believed


def _mended(bench: Bench, name: str) -> bool:
    reading = bench.values[f"{name}_lifetime"]
    return reading.quality is Quality.CORRECTED or (reading.source == INTEGRAL and f"{name}_lifetime" in bench.said)
