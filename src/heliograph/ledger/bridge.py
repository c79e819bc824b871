"""Power beside a counter: always integrated, it tells when the counter stands still, and then stands in for it."""

from typing import Final

import msgspec

from heliograph.ledger import storage
from heliograph.ledger.bench import Bench
from heliograph.ledger.books import Account, Baseline, Counter
from heliograph.ledger.counters import DRIFT, grain
from heliograph.ledger.detectors import inverters_flow, production_distrusted
from heliograph.ledger.lines import KEYS, Line
from heliograph.ledger.spans import LONG
from heliograph.ledger.trust import INTEGRAL
from heliograph.model import Quality, Reading, Reason

STANDSTILL: Final = 1800.0
"""Seconds after which a counter that stands still although energy flows is taken to be frozen."""
SLOW: Final = 4200.0
"""The same while its rhythm is not known: some count by the hour."""
FLOW: Final = 200.0
"""Wh that must have flowed meanwhile."""
CRAWL: Final = 0.05
"""The share of that below which a counter stands still, too: a meter without its transformer counts noise."""
REVIVED: Final = 0.5
"""The share of what flows that a counter must count to be believed again."""
TELLING: Final = 10.0
"""Wh that must have flowed to tell."""


def flow(line: Line, bench: Bench, account: Account | None) -> Account | None:
    """Integrate the power that flows into an account."""
    power, at = _power(line, bench), bench.at
    if account is None:
        return None if power is None else Account({}, power, at, at)
    if power is None:
        return msgspec.structs.replace(account, power=None, midnight=_at_midnight(bench, account, 0.0))
    flowed = _flowed(line, bench, account, power)
    varied = account.varied if power == account.power else at
    integral, midnight = account.integral + flowed, _at_midnight(bench, account, flowed)
    return msgspec.structs.replace(account, power=power, at=at, varied=varied, integral=integral, midnight=midnight)


def _flowed(line: Line, bench: Bench, account: Account, power: float) -> float:
    """Return the Wh since the last look: by power; by the inverters after a gap, or while the meter is not believed."""
    before, seconds = account.power, bench.at - account.at
    if line.name == "production":
        word = inverters_flow(bench)
        if word is not None:
            # Once power stands in for the counter, nothing of it can be taken back.
            return word if account.stuck is None else max(0.0, word)
        if seconds > LONG and not production_distrusted(bench):
            return bench.fleet.energy - bench.books.fleet.energy
    return (before + power) / 2 * seconds / 3600 if before is not None and 0 < seconds <= LONG else 0.0


def _power(line: Line, bench: Bench) -> float | None:
    """Return the power that flows into an account, W; None where it is unknown."""
    power = bench.number(line.power)
    if power is None:
        return None
    power = max(0.0, power * line.direction)
    idle = line.idle and power < line.idle * max(1.0, bench.number("battery_count") or 1.0)
    return 0.0 if idle else power


def _at_midnight(bench: Bench, account: Account, flowed: float) -> float:
    """Return the integral at the latest local midnight, which may have passed while `flowed` did."""
    day, start = bench.books.day, bench.day.start
    if day is None or day.start == start:
        return account.midnight
    until = (start - account.at) / (bench.at - account.at) if flowed else 0.0
    return account.integral + flowed * max(0.0, until)


def bridged(
    line: Line, bench: Bench, account: Account, counter: Counter, said: Reading
) -> tuple[Account, Counter, Reading]:
    """Go over to power while a counter stands still, and back when it counts again."""
    if line.name in storage.ACCOUNTS and (storage.distrust(bench) or counter.baseline.code in storage.CODES):
        return _without_meter(line, bench, account, counter, said)
    if account.stuck is None:
        code = _standstill(account, counter, said, bench.at) if counter.baseline.source == said.source else ""
        if not code:
            return account, counter, said
        since = account.read_at if counter.doubt is None else counter.doubt.since
        openings = _reopened(bench, account, counter)
        bridge = Baseline(INTEGRAL, counter.given - account.paired, code, since, 0, account.read_at, counter.given)
        counter = msgspec.structs.replace(counter, moved=account.read_at, former=(bridge, *counter.former))
        raw = float(said.value)
        account = msgspec.structs.replace(account, stuck=raw, read=raw, openings=openings)
    elif _counts_again(account, float(said.value)):
        # What power told until now is counted already.
        return msgspec.structs.replace(account, stuck=None, paired=counter.raw), counter, said
    elif bench.at - account.read_at >= STANDSTILL:
        account = compared(account, float(said.value), bench.at, bench.at)
    return account, counter, integrated(line, bench, account, said)


def _without_meter(
    line: Line, bench: Bench, account: Account, counter: Counter, reading: Reading
) -> tuple[Account, Counter, Reading]:
    """Go over to power while the storage transformer is not believed, and on from there with its counter afterwards."""
    baseline, raw, code = counter.baseline, float(reading.value), storage.distrust(bench)
    if code:
        if baseline.source != INTEGRAL:
            # What a doubted counter was held back for has flowed by the power beside it.
            flowed = account.integral if counter.doubt is None else account.paired
            left = msgspec.structs.replace(baseline, at=counter.at, given=counter.given)
            baseline = Baseline(INTEGRAL, counter.given - flowed, code, bench.at)
            former = (left, *counter.former)
            counter = msgspec.structs.replace(
                counter, raw=account.integral, baseline=baseline, doubt=None, former=former
            )
        return account, counter, integrated(line, bench, account, reading)
    if baseline.source == INTEGRAL:
        counter = _resumed(bench, counter, raw, reading.source)
        account = compared(msgspec.structs.replace(account, stuck=None), raw, bench.at, bench.at)
    return account, counter, reading


def _resumed(bench: Bench, counter: Counter, raw: float, source: str) -> Counter:
    """Return a counter that goes on with the transformer's: where it would be, if it has counted rightly meanwhile."""
    former = next((former for former in counter.former if former.source == source), None)
    if former is not None:
        counted, value = counter.given - former.given, raw + former.offset
        # What flowed before the transformer was found out may be missing here; it is less than what flowed since.
        if -TELLING - DRIFT * counted <= value - counter.given <= counted + TELLING:
            given = max(counter.given, value)
            return Counter(raw, given, bench.at, bench.at, former, given - value, None, counter.former)
    baseline = Baseline(source, counter.given - raw, counter.baseline.code, bench.at)
    return msgspec.structs.replace(counter, raw=raw, baseline=baseline, doubt=None)


def _standstill(account: Account, counter: Counter, said: Reading, at: float) -> str:
    """Name what keeps a counter from counting although a living power says that energy flows; empty where nothing."""
    if counter.given == 0.0:
        # It has never been seen to count; what it will begin with is unknown.
        return ""
    if at - account.varied > LONG or account.integral - account.paired < max(FLOW, 3 * grain(counter.raw)):
        return ""
    doubt = counter.doubt
    if doubt is not None:
        return doubt.code if doubt.code == "counter_zero" and at - doubt.since >= STANDSTILL else ""
    patience = max(STANDSTILL, 3 * account.rhythm) if account.rhythm else SLOW
    if keeps_pace(account, float(said.value)) or at - account.read_at < patience:
        return ""
    return "counter_frozen"


def keeps_pace(account: Account, raw: float) -> bool:
    """Return whether a counter has moved by more than next to nothing of what flowed meanwhile, or nothing flowed."""
    growth = raw - account.read
    return growth < 0 or growth >= CRAWL * (account.integral - account.paired)


def _counts_again(account: Account, raw: float) -> bool:
    """Return whether a counter that stood still makes up for it, or counts what flows."""
    growth, flowed = raw - account.read, account.integral - account.paired
    return growth < 0 or growth >= FLOW or (flowed >= TELLING and growth >= REVIVED * flowed)


def compared(account: Account, raw: float, at: float, moved: float) -> Account:
    """Compare counter and power from here on, and learn how often the counter steps; `moved` is when it last did."""
    interval, rhythm = at - moved, account.rhythm
    if 0 < interval <= SLOW and raw != account.read:
        rhythm += (0.2 if rhythm else 1.0) * (interval - rhythm)
    return msgspec.structs.replace(account, paired=account.integral, read=raw, read_at=at, rhythm=rhythm)


def _reopened(bench: Bench, account: Account, counter: Counter) -> dict[int, float]:
    """Begin a day, at whose midnight the counter stood still already, with what power says had flowed by then."""
    openings, today = account.openings, bench.day.ordinal
    missed = account.midnight - account.paired
    return {**openings, today: counter.given + missed} if today in openings and missed > 0 else openings


def integrated(line: Line, bench: Bench, account: Account, said: Reading | None) -> Reading:
    """Return what power says in the place of a counter that is not there or stands still."""
    raw = None if said is None else said.value
    reason = Reason("integrated")
    return Reading(KEYS[line.name].lifetime, account.integral, bench.at, INTEGRAL, Quality.DERIVED, raw, reason, None)
