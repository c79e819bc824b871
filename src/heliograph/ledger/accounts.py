"""The energy accounts: trusted lifetimes of production, consumption, grid and battery, and the day's ratios.

Self-consumption is the share of the day's production that was not exported, autarky the share of the day's consumption
that was not imported; both in percent since local midnight, what a battery kept for later counting as self-consumed.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from heliograph.ledger import bridge
from heliograph.ledger.bench import SOURCE, Bench
from heliograph.ledger.books import Account, Baseline, Counter
from heliograph.ledger.counters import WRAP, Bounds, count, proven
from heliograph.ledger.lines import KEYS, LINES, NET, Line
from heliograph.ledger.spans import give_spans, lack, open_days
from heliograph.ledger.trust import INTEGRAL, in_order, report, trusted
from heliograph.model import METRICS, Quality, Reading, Reason, Subject

NET_SOURCE: Final = "ledger: import − export"
"""The source of a net counter that follows from its two terms."""


def keep(bench: Bench) -> dict[str, Account]:
    """Put trusted energies in the place of the gateway's; gives the accounts as they stand afterwards."""
    accounts = dict(bench.books.accounts)
    for line in LINES:
        account = _advance(line, bench, bridge.flow(line, bench, accounts.get(line.name)))
        if account is not None:
            accounts[line.name] = account
    net = _net(bench, accounts)
    if net is not None:
        accounts[NET.name] = net
    _ratio(bench, "self_consumption", "production_today", "export_today")
    _ratio(bench, "autarky", "consumption_today", "import_today")
    return accounts


# Lifetime


def _advance(line: Line, bench: Bench, account: Account | None) -> Account | None:
    before = bench.counters.get(line.lifetime)
    said = bench.values.get(line.lifetime)
    if said is not None:
        account = Account() if account is None else account
        if before is not None:
            account, before, said = bridge.bridged(line, bench, account, before, said)
    elif account is not None and _may_integrate(line, before):
        said = bridge.integrated(line, bench, account, None)
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
    if line is not NET and account.stuck is None and bridge.keeps_pace(account, now.raw):
        # A step from one baseline to another tells nothing of how often the counter steps.
        moved = before.moved if before is not None and before.baseline is now.baseline else bench.at
        account = bridge.compared(account, now.raw, bench.at, moved)
    give_spans(line, bench, account, now)
    return account


def _may_integrate(line: Line, counter: Counter | None) -> bool:
    return line.integrated and (counter is None or counter.baseline.source == INTEGRAL)


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
