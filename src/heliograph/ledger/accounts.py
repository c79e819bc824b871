"""The energy accounts: trusted lifetimes of production, consumption, grid and battery, and the day's ratios.

Self-consumption is the share of the day's production that was not exported, autarky the share of the day's consumption
that was not imported; both in percent since local midnight, what a battery kept for later counting as self-consumed.
"""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from heliograph.ledger import bridge, days, sums
from heliograph.ledger.bench import SOURCE, Bench
from heliograph.ledger.books import Account, Baseline, Counter
from heliograph.ledger.counters import WRAP, Bounds, count, proven
from heliograph.ledger.devices import own_counters
from heliograph.ledger.lines import CONSUMPTION, LINES, NET, SUMS, Line, Sum
from heliograph.ledger.spans import FULL_HOURS, give_spans, lack, open_days
from heliograph.ledger.trust import INTEGRAL, in_order, report, trusted
from heliograph.model import METRICS, Quality, Reading, Reason, Subject


def keep(bench: Bench) -> dict[str, Account]:
    """Put trusted energies in the place of the gateway's; gives the accounts as they stand afterwards."""
    accounts = dict(bench.books.accounts)
    for line in LINES:
        if line is not CONSUMPTION:
            _put(accounts, line, _advance(line, bench, bridge.flow(line, bench, accounts.get(line.name))))
    for total in SUMS:
        _put(accounts, total.line, _follow(total, bench, accounts))
    _ratio(bench, "self_consumption", "production_today", "export_today")
    _ratio(bench, "autarky", "consumption_today", "import_today")
    return accounts


def _put(accounts: dict[str, Account], line: Line, account: Account | None) -> None:
    if account is not None:
        accounts[line.name] = account


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
    """Return what a counter now says, and what its day and week are; `counters` are those before and after."""
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
    if before is None and said.source == INTEGRAL:
        # What is integrated here begins at a zero that needs no proof.
        return Counter(raw, raw, bench.at, bench.at, Baseline(INTEGRAL))
    flow = None
    if account.power is not None:
        flow = account.integral - account.paired
        # Where power itself says that more flows than was thought possible, it does.
        power = max(power, 2 * account.power)
    bounds = Bounds(power, gap=bench.gap, departed=departed)
    if production and before is not None and (raw < before.raw or bench.at - before.at > bench.gap):
        most, measured = _by_the_sun(bench, before.at), own_counters(bench)
        bounds = replace(bounds, most=most, measured=measured)
    return count(before, raw, said.source, bench.at, bounds, flow=flow)


def _by_the_sun(bench: Bench, since: float) -> float:
    """Return what the roof can have produced since a moment, Wh."""
    return bench.rated_power * (FULL_HOURS * days.sun_between(since, bench.at, bench.settings.zone) + 1.0)


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


def _follow(total: Sum, bench: Bench, accounts: Mapping[str, Account]) -> Account | None:
    """Advance an account that follows from others, or goes by the gateway's own total where these are not counted."""
    line = total.line
    account = accounts.get(line.name)
    if line is not NET:
        account = bridge.flow(line, bench, account)
    before, terms = bench.counters.get(line.lifetime), sums.terms_of(total, bench)
    value = sums.added_up(terms, bench)
    if value is None:
        return _own_total(line, bench, account, before)
    now = sums.counted(before, value, terms, bench, signed=line is NET)
    bench.counters[line.lifetime] = now
    bench.values[line.lifetime] = sums.reading_of(line, terms, bench, value, now)
    bench.absent.pop(line.lifetime, None)
    openings = sums.opened(total, terms, bench, accounts, (before, now))
    account = msgspec.structs.replace(account or Account(), openings=openings, stuck=None)
    give_spans(line, bench, account, now)
    return account


def _own_total(line: Line, bench: Bench, account: Account | None, before: Counter | None) -> Account | None:
    """Advance an account by the gateway's own total; not while one of its terms is silent for a moment."""
    said = bench.values.get(line.lifetime)
    if sums.interrupted(before, bench.at) or (line is NET and said is None):
        lack(line, bench, account)
        return account
    if line is not NET:
        if account is not None and said is not None and before is not None and sums.is_sum(before):
            account = bridge.compared(account, float(said.value), bench.at, bench.at)
        return _advance(line, bench, account)
    assert said is not None  # noqa: S101 - else there was nothing to be counted
    bounds = Bounds(bench.site_limit, signed=True, gap=bench.gap)
    now = bench.counters[line.lifetime] = count(before, float(said.value), said.source, bench.at, bounds)
    return _entered(line, bench, account or Account(), (before, now), said)


def _ratio(bench: Bench, key: str, whole: str, part: str) -> None:
    """Return the share of a day's energy, in percent, that is not the part: not exported, not imported."""
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
