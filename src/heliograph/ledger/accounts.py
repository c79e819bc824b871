"""The energy accounts: lifetime, day and week of production, consumption, grid and battery, and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from heliograph.ledger import days
from heliograph.ledger.bench import SOURCE, Bench
from heliograph.ledger.books import Account, Baseline, Counter
from heliograph.ledger.counters import WRAP, Bounds, count, grain, proven
from heliograph.ledger.periods import SLACK, credible
from heliograph.ledger.trust import INTEGRAL, in_order, report, trusted
from heliograph.model import METRICS, Metric, Quality, Reading, Reason, Subject

KEPT: Final = 10
"""Local midnights remembered; a week needs seven."""
LONG: Final = 900.0
"""Seconds: over a longer gap power is not integrated, and the gateway's own day knows midnight better."""
STANDSTILL: Final = 1800.0
"""Seconds after which a counter that stands still although energy flows is taken to be frozen."""
FLOW: Final = 200.0
"""Wh that must have flowed meanwhile."""
IDLE: Final = 30.0
"""W below which a battery rests (GATEWAY-API.md §5.1)."""


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
    idle: float = 0.0
    """W that are no flow."""

    @property
    def lifetime(self) -> str:
        """The key of its counter."""
        return f"{self.name}_lifetime"


LINES: Final = (
    Line("production", "production_power", 1, own_day=True, own_week=True),
    Line("consumption", "consumption_power", 1, own_day=True),
    Line("import", "net_power", 1, integrated=True),
    Line("export", "net_power", -1, integrated=True),
    Line("charged", "battery_power", -1, integrated=True, idle=IDLE),
    Line("discharged", "battery_power", 1, integrated=True, idle=IDLE),
)
NET: Final = Line("net", "net_power", 0)
"""Import less export; a counter of its own only where these are unknown."""


@dataclass(frozen=True, slots=True)
class _Keys:
    lifetime: Metric
    today: Metric
    week: Metric | None


_KEYS: Final[Mapping[str, _Keys]] = {
    line.name: _Keys(
        METRICS[f"system.{line.name}_lifetime"],
        METRICS[f"system.{line.name}_today"],
        METRICS.get(f"system.{line.name}_7_days"),
    )
    for line in (*LINES, NET)
}


def keep(bench: Bench, gap: float) -> dict[str, Account]:
    """Put trusted energies in the place of the gateway's; gives the accounts as they stand afterwards."""
    accounts = dict(bench.books.accounts)
    production = Bounds(bench.production_limit, gap=gap)
    site = Bounds(bench.site_limit, gap=gap)
    for line in LINES:
        account = _flow(line, bench, accounts.get(line.name))
        account = _advance(line, bench, account, production if line.name == "production" else site)
        if account is not None:
            accounts[line.name] = account
    net = _net(bench, accounts.get(NET.name) or Account(), site)
    if net is not None:
        accounts[NET.name] = net
    _ratio(bench, "self_consumption", "production_today", "export_today")
    _ratio(bench, "autarky", "consumption_today", "import_today")
    return accounts


# What power says


def _flow(line: Line, bench: Bench, account: Account | None) -> Account | None:
    """Integrate the power that flows into an account."""
    power = bench.number(line.power)
    if power is None:
        return account if account is None or account.power is None else msgspec.structs.replace(account, power=None)
    power = max(0.0, power * line.direction)
    if power < line.idle * max(1.0, bench.number("battery_count") or 1.0):
        power = 0.0
    at = bench.at
    if account is None:
        return Account({}, power, at, at)
    before, seconds = account.power, at - account.at
    flowed = (before + power) / 2 * seconds / 3600 if before is not None and 0 < seconds <= LONG else 0.0
    varied = account.varied if power == before else at
    return Account(account.openings, power, at, varied, account.integral + flowed, account.paired, account.stuck)


def _frozen(account: Account, counter: Counter, said: Reading, at: float) -> bool:
    """Tell whether a counter stands still although a living power says that energy flows."""
    if said.value != counter.raw or at - counter.moved < STANDSTILL or counter.doubt is not None:
        return False
    return at - account.varied <= LONG and account.integral - account.paired >= max(FLOW, 3 * grain(counter.raw))


def _integrated(line: Line, bench: Bench, account: Account, said: Reading | None) -> Reading:
    """Give what power says in the place of a counter that is not there or stands still."""
    raw = None if said is None else said.value
    reason = Reason("integrated")
    return Reading(
        _KEYS[line.name].lifetime, account.integral, bench.at, INTEGRAL, Quality.DERIVED, raw, reason, None
    )


# Lifetime


def _advance(line: Line, bench: Bench, account: Account | None, bounds: Bounds) -> Account | None:
    before = bench.counters.get(line.lifetime)
    said = bench.values.get(line.lifetime)
    if said is not None and account is None:
        account = Account()
    if account is None or (said is None and not _may_integrate(line, before)):
        _lack(line, bench, account)
        return account
    if said is not None and before is not None:
        account, before, said = _thawed(line, bench, account, before, said)
    elif said is None:
        said = _integrated(line, bench, account, None)
    now = _counted(line, bench, before, said, _roomy(bounds, account))
    bench.counters[line.lifetime] = now
    if not proven(now):
        bench.drop(line.lifetime, Reason("unproven_zero"))
        _lack(line, bench, account)
        return account
    _give(bench, said, now)
    openings = _open_days(line, bench, account, before, now)
    paired = account.integral if before is None or now.moved != before.moved else account.paired
    if openings is not account.openings or paired != account.paired:
        account = msgspec.structs.replace(account, openings=openings, paired=paired)
    _give_periods(line, bench, account, now)
    return account


def _may_integrate(line: Line, counter: Counter | None) -> bool:
    return line.integrated and (counter is None or counter.baseline.source == INTEGRAL)


def _thawed(
    line: Line, bench: Bench, account: Account, counter: Counter, said: Reading
) -> tuple[Account, Counter, Reading]:
    """Go over to power while a counter is frozen, and back when it moves again."""
    if account.stuck is None:
        if counter.baseline.source != said.source or not _frozen(account, counter, said, bench.at):
            return account, counter, said
        account = msgspec.structs.replace(account, stuck=float(said.value))
        bridge = Baseline(
            INTEGRAL, counter.given - account.paired, "counter_frozen", counter.moved, 0, counter.moved, counter.given
        )
        counter = msgspec.structs.replace(counter, former=(bridge, *counter.former))
    elif said.value != account.stuck:
        return msgspec.structs.replace(account, stuck=None), counter, said
    return account, counter, _integrated(line, bench, account, said)


def _roomy(bounds: Bounds, account: Account) -> Bounds:
    """Widen the bounds where power itself says that more flows than was thought possible."""
    if account.power is None or 2 * account.power <= bounds.power:
        return bounds
    return Bounds(2 * account.power, bounds.signed, bounds.gap, bounds.departed)


def _counted(line: Line, bench: Bench, before: Counter | None, said: Reading, bounds: Bounds) -> Counter:
    raw = float(said.value)
    if line.name == "production":
        if before is None:
            return _first_production(bench, raw, said.source, bounds)
        if raw < before.raw:
            bounds = Bounds(bounds.power, bounds.signed, bounds.gap, _departed(bench))
    return count(before, raw, said.source, bench.at, bounds)


def _first_production(bench: Bench, raw: float, source: str, bounds: Bounds) -> Counter:
    """Begin with the overflows that the inverters' own counters prove to have happened already."""
    now = count(None, raw, source, bench.at, bounds)
    own = [panel.energy.given for panel in bench.panels.values() if panel.energy is not None]
    if raw <= 0 or len(own) < len(bench.panels):
        return now
    missing = sum(own) - raw
    wraps = round(missing / WRAP)
    if wraps < 1 or abs(missing - wraps * WRAP) > bounds.power / 2:
        return now
    baseline = Baseline(source, wraps * WRAP, "counter_wrapped", bench.at, wraps)
    return msgspec.structs.replace(now, given=raw + baseline.offset, baseline=baseline)


def _departed(bench: Bench) -> dict[str, float]:
    """Name the inverters that the gateway no longer lists, with what they had produced."""
    return {
        serial: panel.energy.given
        for serial, panel in bench.panels.items()
        if panel.energy is not None and panel.seen < bench.listed
    }


def _give(bench: Bench, said: Reading, counter: Counter) -> None:
    key = said.metric.key
    reading = trusted(said, counter)
    bench.values[key] = reading
    bench.absent.pop(key, None)
    if not in_order(counter):
        report(bench, Subject.SYSTEM, bench.system_id, reading, counter)


# Days and weeks


def _claim(line: Line, bench: Bench) -> float | None:
    """Give the gateway's own figure for today where it can be true."""
    if line is NET:
        # The gateway has none for net power; its other two differ by exactly that (GATEWAY-API.md §3.1.1).
        consumption, production = _claim(LINES[1], bench), _claim(LINES[0], bench)
        return None if consumption is None or production is None else consumption - production
    said = bench.said.get(f"{line.name}_today")
    if not line.own_day or said is None or isinstance(said.value, str):
        return None
    hours = (bench.at - bench.day.start) / 3600
    limit = bench.production_limit if line.name == "production" else bench.site_limit
    if said.value == 0 and hours > 1 and ((bench.number(line.power) or 0.0) > IDLE or line.name == "consumption"):
        return None
    lifetime = bench.said.get(line.lifetime)
    total = None if lifetime is None or isinstance(lifetime.value, str) else float(lifetime.value)
    return float(said.value) if credible(float(said.value), total, limit * hours) else None


def _open_days(
    line: Line, bench: Bench, account: Account, before: Counter | None, now: Counter
) -> dict[int, float]:
    """Note the trusted counter at every local midnight that has passed since it was last believed."""
    openings, day = account.openings, bench.day
    if bench.books.day is not None and bench.books.day.ordinal > day.ordinal:
        openings = {ordinal: value for ordinal, value in openings.items() if ordinal <= day.ordinal}
    if now.doubt is not None:
        return openings
    if before is not None and proven(before) and before.at < day.start:
        return _interpolated(line, bench, openings, before, now)
    if day.ordinal not in openings:
        claim = _claim(line, bench)
        if claim is not None:
            return {**openings, day.ordinal: now.given - claim}
    return openings


def _interpolated(
    line: Line, bench: Bench, openings: dict[int, float], before: Counter, now: Counter
) -> dict[int, float]:
    start = max(before.at, bench.at - KEPT * 90_000)
    openings = dict(openings)
    for ordinal, moment in days.midnights(start, bench.at, bench.settings.zone):
        share = (moment - before.at) / (bench.at - before.at)
        openings[ordinal] = before.given + (now.given - before.given) * share
    if bench.at - before.at > LONG:
        claim = _claim(line, bench)
        if claim is not None and (line is NET or before.given - SLACK <= now.given - claim):
            openings[bench.day.ordinal] = now.given - claim
    return {ordinal: value for ordinal, value in openings.items() if ordinal > bench.day.ordinal - KEPT}


def _give_periods(line: Line, bench: Bench, account: Account, counter: Counter) -> None:
    keys, openings, today = _KEYS[line.name], account.openings, bench.day.ordinal
    opening = openings.get(today)
    if opening is None and counter.doubt is not None and today - 1 in openings:
        opening = counter.given
    if opening is None:
        _count_later(keys.today, bench, openings)
    elif grain(counter.raw) < 10_000 or keys.today.key not in bench.said:
        # A counter that reads in tens of kWh tells no day; then the gateway's own figure stands.
        _give_period(keys.today, bench, counter, counter.given - opening)
    if keys.week is None:
        return
    opening = openings.get(today - 6)
    if opening is not None:
        _give_period(keys.week, bench, counter, counter.given - opening)
    elif not _week_stands(line, bench, counter, openings):
        _count_later(keys.week, bench, openings)


def _give_period(metric: Metric, bench: Bench, counter: Counter, value: float) -> None:
    said = bench.said.get(metric.key)
    raw = None if said is None else said.value
    doubt = counter.doubt
    if doubt is None:
        reading = Reading(metric, value, bench.at, SOURCE, Quality.DERIVED, raw)
    else:
        reason = Reason(doubt.code)
        reading = Reading(metric, value, counter.at, SOURCE, Quality.CORRECTED, raw, reason, doubt.since)
    bench.values[metric.key] = reading
    bench.absent.pop(metric.key, None)


def _week_stands(line: Line, bench: Bench, counter: Counter, openings: Mapping[int, float]) -> bool:
    """Tell whether the gateway's own week may stand until seven midnights are known."""
    said = bench.said.get(f"{line.name}_7_days")
    if not line.own_week or said is None or isinstance(said.value, str):
        return False
    known = counter.given - openings[min(openings)] if openings else 0.0
    most = bench.production_limit * 7 * 24
    return credible(float(said.value), counter.raw, most, max(1.0, known))


def _count_later(metric: Metric, bench: Bench, openings: Mapping[int, float]) -> None:
    first = min(openings) if openings else bench.day.ordinal + 1
    code = "not_credible" if metric.key in bench.said else "counting_since"
    bench.drop(metric.key, Reason(code, {"since": days.spoken(first)}))


def _lack(line: Line, bench: Bench, account: Account | None) -> None:
    """Without a counter, the gateway's own figures stand where they can be true."""
    keys = _KEYS[line.name]
    reason = bench.absent.get(line.lifetime) or Reason("not_counted")
    bench.absent.setdefault(line.lifetime, reason)
    if _claim(line, bench) is None:
        bench.values.pop(keys.today.key, None)
        bench.absent.setdefault(keys.today.key, reason)
    if keys.week is not None:
        said = bench.said.get(keys.week.key)
        if said is None or isinstance(said.value, str) or not line.own_week or account is not None:
            bench.values.pop(keys.week.key, None)
            bench.absent.setdefault(keys.week.key, reason)


# What follows


NET_SOURCE: Final = "ledger: import − export"


def _net(bench: Bench, account: Account, site: Bounds) -> Account | None:
    said = _import_less_export(bench)
    if said is None:
        _lack(NET, bench, account)
        return None
    before = bench.counters.get(NET.lifetime)
    value, bounds = float(said.value), Bounds(site.power, signed=True, gap=site.gap)
    if before is not None and said.source == NET_SOURCE == before.baseline.source:
        # Both terms are trusted already.
        given = value + before.baseline.offset
        now = Counter(value, given, bench.at, bench.at, before.baseline, 0.0, None, before.former)
    else:
        now = count(before, value, said.source, bench.at, bounds)
    bench.counters[NET.lifetime] = now
    if not proven(now):
        bench.drop(NET.lifetime, Reason("unproven_zero"))
        _lack(NET, bench, account)
        return account
    _give(bench, said, now)
    openings = _open_days(NET, bench, account, before, now)
    if openings is not account.openings:
        account = msgspec.structs.replace(account, openings=openings)
    _give_periods(NET, bench, account, now)
    return account


def _import_less_export(bench: Bench) -> Reading | None:
    """Give the net counter: from its two terms if these are counted, else as the gateway has it."""
    said = bench.values.get(NET.lifetime)
    taken, sent = bench.counters.get("import_lifetime"), bench.counters.get("export_lifetime")
    if taken is None or sent is None or "import_lifetime" not in bench.values or "export_lifetime" not in bench.values:
        return said
    if said is not None and INTEGRAL in {taken.baseline.source, sent.baseline.source}:
        return said
    value = taken.given - sent.given
    raw = None if said is None or abs(float(said.value) - value) < 0.5 else said.value
    return Reading(_KEYS["net"].lifetime, value, bench.at, NET_SOURCE, Quality.DERIVED, raw)


def _ratio(bench: Bench, key: str, whole: str, part: str) -> None:
    """Give the share of a day's energy, in percent, that is not the part: not exported, not imported."""
    total, other = bench.values.get(whole), bench.values.get(part)
    if total is None or other is None:
        missing = whole if total is None else part
        bench.absent.setdefault(key, bench.absent.get(missing) or Reason("not_counted"))
        return
    if float(total.value) < 10.0:
        bench.absent[key] = Reason("nothing_yet")
        return
    share = 100.0 * (1.0 - float(other.value) / float(total.value))
    value = round(min(100.0, max(0.0, share)), 2)
    bench.values[key] = Reading(METRICS[f"system.{key}"], value, bench.at, SOURCE, Quality.DERIVED)
    bench.absent.pop(key, None)
