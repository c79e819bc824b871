"""The energy accounts: trusted lifetimes of production, consumption, grid and battery, and the day's ratios.

Self-consumption is the share of the day's production that was not exported, autarky the share of the day's consumption
that was not imported; both in percent since local midnight, what a battery kept for later counting as self-consumed.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from heliograph.ledger.bench import SOURCE, Bench
from heliograph.ledger.books import Account, Baseline, Counter
from heliograph.ledger.counters import WRAP, Bounds, count, grain, proven
from heliograph.ledger.detectors import inverters_flow
from heliograph.ledger.lines import KEYS, LINES, NET, Line
from heliograph.ledger.spans import LONG, give_spans, lack, open_days
from heliograph.ledger.trust import INTEGRAL, in_order, report, trusted
from heliograph.model import METRICS, Quality, Reading, Reason, Subject

STANDSTILL: Final = 1800.0
"""Seconds after which a counter that stands still although energy flows is taken to be frozen."""
FLOW: Final = 200.0
"""Wh that must have flowed meanwhile."""
CRAWL: Final = 0.05
"""The share of that below which a counter stands still, too: a meter without its transformer counts noise."""
REVIVED: Final = 0.5
"""The share of what flows that a counter must count to be believed again."""
TELLING: Final = 10.0
"""Wh that must have flowed to tell."""
NET_SOURCE: Final = "ledger: import − export"
"""The source of a net counter that follows from its two terms."""


def keep(bench: Bench) -> dict[str, Account]:
    """Put trusted energies in the place of the gateway's; gives the accounts as they stand afterwards."""
    accounts = dict(bench.books.accounts)
    for line in LINES:
        account = _advance(line, bench, _flow(line, bench, accounts.get(line.name)))
        if account is not None:
            accounts[line.name] = account
    net = _net(bench, accounts)
    if net is not None:
        accounts[NET.name] = net
    _ratio(bench, "self_consumption", "production_today", "export_today")
    _ratio(bench, "autarky", "consumption_today", "import_today")
    return accounts


# What power says


def _flow(line: Line, bench: Bench, account: Account | None) -> Account | None:
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
    """Give the Wh since the last look: by power; by the inverters after a gap, or while the meter is not believed."""
    before, seconds = account.power, bench.at - account.at
    if line.name == "production":
        word = inverters_flow(bench)
        if word is not None:
            # Once power stands in for the counter, nothing of it can be taken back.
            return word if account.stuck is None else max(0.0, word)
        if seconds > LONG:
            return bench.fleet.energy - bench.books.fleet.energy
    return (before + power) / 2 * seconds / 3600 if before is not None and 0 < seconds <= LONG else 0.0


def _power(line: Line, bench: Bench) -> float | None:
    """Give the power that flows into an account, W; None where it is unknown."""
    power = bench.number(line.power)
    if power is None:
        return None
    power = max(0.0, power * line.direction)
    idle = line.idle and power < line.idle * max(1.0, bench.number("battery_count") or 1.0)
    return 0.0 if idle else power


def _at_midnight(bench: Bench, account: Account, flowed: float) -> float:
    """Give the integral at the latest local midnight, which may have passed while `flowed` did."""
    day, start = bench.books.day, bench.day.start
    if day is None or day.start == start:
        return account.midnight
    until = (start - account.at) / (bench.at - account.at) if flowed else 0.0
    return account.integral + flowed * max(0.0, until)


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
    stands = not _keeps_pace(account, float(said.value)) and at - account.read_at >= STANDSTILL
    return "counter_frozen" if stands else ""


def _keeps_pace(account: Account, raw: float) -> bool:
    """Tell whether a counter has moved, and by more than next to nothing of what flowed meanwhile."""
    growth = raw - account.read
    return growth < 0 or growth > CRAWL * (account.integral - account.paired)


def _counts_again(account: Account, raw: float) -> bool:
    """Tell whether a counter that stood still makes up for it, or counts what flows."""
    growth, flowed = raw - account.read, account.integral - account.paired
    return growth < 0 or growth >= FLOW or (flowed >= TELLING and growth >= REVIVED * flowed)


def _integrated(line: Line, bench: Bench, account: Account, said: Reading | None) -> Reading:
    """Give what power says in the place of a counter that is not there or stands still."""
    raw = None if said is None else said.value
    reason = Reason("integrated")
    return Reading(KEYS[line.name].lifetime, account.integral, bench.at, INTEGRAL, Quality.DERIVED, raw, reason, None)


# Lifetime


def _advance(line: Line, bench: Bench, account: Account | None) -> Account | None:
    before = bench.counters.get(line.lifetime)
    said = bench.values.get(line.lifetime)
    if said is not None:
        account = Account() if account is None else account
        if before is not None:
            account, before, said = _bridged(line, bench, account, before, said)
    elif account is not None and _may_integrate(line, before):
        said = _integrated(line, bench, account, None)
    if account is None or said is None:
        lack(line, bench, account)
        return account
    now = bench.counters[line.lifetime] = _counted(line, bench, account, before, said)
    return _entered(line, bench, account, (before, now), said)


def _entered(
    line: Line, bench: Bench, account: Account, counters: tuple[Counter | None, Counter], said: Reading
) -> Account:
    """Give what a counter now says, and what its day and week are; `counters` are those before and after."""
    before, now = counters
    if not proven(now):
        bench.drop(line.lifetime, Reason("unproven_zero"))
        lack(line, bench, account)
        return account
    bench.values[line.lifetime] = reading = trusted(said, now)
    bench.absent.pop(line.lifetime, None)
    if not in_order(now):
        report(bench, Subject.SYSTEM, bench.system_id, reading, now)
    openings = open_days(line, bench, account, before, now)
    if openings is not account.openings:
        account = msgspec.structs.replace(account, openings=openings)
    if line is not NET and account.stuck is None and _keeps_pace(account, now.raw):
        account = _compared(account, now.raw, bench.at)
    give_spans(line, bench, account, now)
    return account


def _compared(account: Account, raw: float, at: float) -> Account:
    """Compare counter and power from here on."""
    return msgspec.structs.replace(account, paired=account.integral, read=raw, read_at=at)


def _may_integrate(line: Line, counter: Counter | None) -> bool:
    return line.integrated and (counter is None or counter.baseline.source == INTEGRAL)


def _bridged(
    line: Line, bench: Bench, account: Account, counter: Counter, said: Reading
) -> tuple[Account, Counter, Reading]:
    """Go over to power while a counter is frozen, and back when it moves again."""
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
        account = _compared(account, float(said.value), bench.at)
    return account, counter, _integrated(line, bench, account, said)


def _reopened(bench: Bench, account: Account, counter: Counter) -> dict[int, float]:
    """Begin a day, at whose midnight the counter stood still already, with what power says had flowed by then."""
    openings, today = account.openings, bench.day.ordinal
    missed = account.midnight - account.paired
    return {**openings, today: counter.given + missed} if today in openings and missed > 0 else openings


def _counted(line: Line, bench: Bench, account: Account, before: Counter | None, said: Reading) -> Counter:
    raw, production = float(said.value), line.name == "production"
    if production and before is None:
        return _first_production(bench, raw, said.source)
    power = bench.production_limit if production else bench.site_limit
    departed = _departed(bench) if production and before is not None and raw < before.raw else {}
    flow = None
    if account.power is not None:
        flow = account.integral - account.paired
        # Where power itself says that more flows than was thought possible, it does.
        power = max(power, 2 * account.power)
    return count(before, raw, said.source, bench.at, Bounds(power, gap=bench.gap, departed=departed), flow=flow)


def _first_production(bench: Bench, raw: float, source: str) -> Counter:
    """Begin with the overflows that the inverters' own counters prove to have happened already."""
    bounds = Bounds(bench.production_limit)
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


# What follows


def _net(bench: Bench, accounts: Mapping[str, Account]) -> Account | None:
    account = accounts.get(NET.name) or Account()
    said = _import_less_export(bench)
    if said is None:
        lack(NET, bench, account)
        return None
    before = bench.counters.get(NET.lifetime)
    value = float(said.value)
    if before is not None and said.source == NET_SOURCE == before.baseline.source:
        # Both terms are trusted already.
        baseline = before.baseline
        now = Counter(value, value + baseline.offset, bench.at, bench.at, baseline, 0.0, None, before.former)
    else:
        now = count(before, value, said.source, bench.at, Bounds(bench.site_limit, signed=True, gap=bench.gap))
    bench.counters[NET.lifetime] = now
    if said.source == NET_SOURCE and now.baseline.offset == 0.0:
        taken, sent = accounts["import"].openings, accounts["export"].openings
        openings = account.openings | {day: taken[day] - sent[day] for day in taken if day in sent}
        if openings != account.openings:
            account = msgspec.structs.replace(account, openings=openings)
    return _entered(NET, bench, account, (before, now), said)


def _import_less_export(bench: Bench) -> Reading | None:
    """Give the net counter: from its two terms where these have counters, else as the gateway has it."""
    said = bench.values.get(NET.lifetime)
    taken, sent = (bench.counters.get(f"{name}_lifetime") for name in ("import", "export"))
    if taken is None or sent is None:
        return said
    read = "import_lifetime" in bench.values and "export_lifetime" in bench.values
    metered = all(f"{name}_lifetime" in bench.said for name in ("import", "export"))
    if not metered and (said is not None or not read):
        # Two sources are not mixed because one of them is silent for a moment.
        return said if INTEGRAL in {taken.baseline.source, sent.baseline.source} else None
    value = taken.given - sent.given
    raw = None if said is None or abs(float(said.value) - value) < 0.5 else said.value
    return Reading(KEYS["net"].lifetime, value, bench.at, NET_SOURCE, Quality.DERIVED, raw)


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
