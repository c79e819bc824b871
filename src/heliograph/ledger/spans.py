"""Days and weeks of an account: counted between the gateway's own midnights, begun from its own figures."""

from collections.abc import Mapping
from typing import Final

from heliograph.ledger import days
from heliograph.ledger.bench import SOURCE, Bench
from heliograph.ledger.books import Account, Counter
from heliograph.ledger.counters import begun_anew, grain
from heliograph.ledger.lines import IDLE, KEYS, LINES, NET, Line
from heliograph.ledger.periods import SLACK, credible
from heliograph.model import Metric, Quality, Reading, Reason

KEPT: Final = 10
"""Local midnights remembered; a week needs seven."""
LONG: Final = 900.0
"""Seconds: over a longer gap power is not integrated, and the gateway's own day knows midnight better."""
FULL_HOURS: Final = 10.0
"""Hours at full power that no day of any place exceeds."""
COARSE: Final = 10_000.0
"""Wh: a counter that is read in such steps tells no day."""


def claim(line: Line, bench: Bench) -> float | None:
    """Return the gateway's own figure for today where it can be true."""
    if line is NET:
        # The gateway has none for net power; its other two differ by exactly that (protocol.md §3.1.1), but for
        # what a battery took.
        if "battery_power" in bench.said:
            return None
        consumption, production = claim(LINES[1], bench), claim(LINES[0], bench)
        return None if consumption is None or production is None else consumption - production
    said = bench.said.get(f"{line.name}_today")
    if not line.own_day or said is None or isinstance(said.value, str) or bench.ahead:
        return None
    hours = (bench.at - bench.day.start) / 3600
    if said.value == 0 and hours > 1 and ((bench.number(line.power) or 0.0) > IDLE or line.name == "consumption"):
        return None
    lifetime = bench.said.get(line.lifetime)
    total = None if lifetime is None or isinstance(lifetime.value, str) else float(lifetime.value)
    most = bench.site_limit * hours
    if line.solar:
        most = bench.rated_power * (FULL_HOURS * days.sunlit(bench.at, bench.settings.zone) + 1.0)
    return float(said.value) if credible(float(said.value), total, most) else None


def open_days(line: Line, bench: Bench, account: Account, before: Counter | None, now: Counter) -> dict[int, float]:
    """Note the trusted counter at every local midnight that has passed since it was last believed."""
    openings, day = account.openings, bench.day
    if bench.books.day is not None and bench.books.day.ordinal > day.ordinal:
        openings = {ordinal: value for ordinal, value in openings.items() if ordinal <= day.ordinal}
    if now.doubt is not None:
        return openings
    if before is None or begun_anew(before, now):
        openings = {}
    elif before.at < day.start:
        return _interpolated(line, bench, openings, before, now)
    elif now.baseline is not before.baseline and now.baseline in before.former and now.baseline.at < day.start:
        return _made_up(openings, day.ordinal, account, now.given - before.given)
    if day.ordinal not in openings:
        said = claim(line, bench)
        if said is not None:
            return {**openings, day.ordinal: now.given - said}
    return openings


def _made_up(openings: dict[int, float], today: int, account: Account, growth: float) -> dict[int, float]:
    """Leave to the days before what a counter that is back makes up for at once, beyond what power says has flowed."""
    missed = growth - (account.integral - account.paired)
    if today not in openings or account.power is None or missed <= 0:
        return openings
    return {**openings, today: openings[today] + missed}


def _interpolated(
    line: Line, bench: Bench, openings: dict[int, float], before: Counter, now: Counter
) -> dict[int, float]:
    start = max(before.at, bench.at - KEPT * 90_000)
    openings = dict(openings)
    zone = bench.settings.zone
    for ordinal, moment in days.midnights(start, bench.at, zone):
        share = days.share(before.at, moment, bench.at, zone, solar=line.solar)
        openings[ordinal] = before.given + (now.given - before.given) * share
    if bench.at - before.at > LONG:
        said = claim(line, bench)
        if said is not None and (line is NET or before.given - SLACK <= now.given - said):
            openings[bench.day.ordinal] = now.given - said
    return {ordinal: value for ordinal, value in openings.items() if ordinal > bench.day.ordinal - KEPT}


def give_spans(line: Line, bench: Bench, account: Account, counter: Counter) -> None:
    """Set the day and the week from a trusted counter; what it cannot show is absent, with a reason."""
    keys, openings, today = KEYS[line.name], account.openings, bench.day.ordinal
    opening = openings.get(today)
    if opening is None and counter.doubt is not None and today - 1 in openings:
        opening = counter.given
    if opening is None:
        _count_later(keys.today, bench, openings)
    elif grain(counter.raw) < COARSE or keys.today.key not in bench.said:
        # A counter that reads in tens of kWh tells no day; then the gateway's own figure stands.
        _give_span(keys.today, bench, counter, counter.given - opening)
    if keys.week is None:
        return
    opening = openings.get(today - 6)
    if opening is not None:
        _give_span(keys.week, bench, counter, counter.given - opening)
        if line.own_week or line.own_day:
            bench.leeway[keys.week.key] = _day_before(openings, today - 6)
    elif not _week_stands(line, bench, counter, openings):
        _count_later(keys.week, bench, openings)


def _day_before(openings: Mapping[int, float], first: int) -> float:
    """Return the energy of the day before a week, Wh, as far as it is known: some gateways count it in."""
    if first - 1 in openings:
        return openings[first] - openings[first - 1]
    return max((openings[day + 1] - openings[day] for day in openings if day + 1 in openings), default=0.0)


def _give_span(metric: Metric, bench: Bench, counter: Counter, value: float) -> None:
    said = bench.said.get(metric.key)
    raw = None if said is None or isinstance(said.value, str) or abs(said.value - value) < 1.0 else said.value
    doubt = counter.doubt
    if doubt is None:
        reading = Reading(metric, value, bench.at, SOURCE, Quality.DERIVED, raw)
    else:
        quality = Quality.DERIVED if raw is None else Quality.CORRECTED
        reading = Reading(metric, value, counter.at, SOURCE, quality, raw, Reason(doubt.code), doubt.since)
    bench.values[metric.key] = reading
    bench.absent.pop(metric.key, None)


def _week_stands(line: Line, bench: Bench, counter: Counter, openings: Mapping[int, float]) -> bool:
    """Return whether the gateway's own week may stand until seven midnights are known."""
    said = bench.said.get(f"{line.name}_7_days")
    if not line.own_week or said is None or isinstance(said.value, str):
        return False
    known = counter.given - openings[min(openings)] if openings else 0.0
    most = bench.rated_power * FULL_HOURS * 8
    return credible(float(said.value), counter.given, most, max(1.0, known))


def _count_later(metric: Metric, bench: Bench, openings: Mapping[int, float]) -> None:
    first = min(openings) if openings else bench.day.ordinal + 1
    code = "not_credible" if metric.key in bench.said else "counting_since"
    bench.drop(metric.key, Reason(code, {"since": days.spoken(first)}))


def lack(line: Line, bench: Bench, account: Account | None) -> None:
    """Without a counter, the gateway's own figures stand where they can be true."""
    keys = KEYS[line.name]
    reason = bench.absent.get(line.lifetime) or Reason("not_counted")
    bench.drop(line.lifetime, reason)
    if claim(line, bench) is None:
        bench.values.pop(keys.today.key, None)
        bench.absent.setdefault(keys.today.key, reason)
    if keys.week is not None:
        said = bench.said.get(keys.week.key)
        if said is None or isinstance(said.value, str) or not line.own_week or account is not None:
            bench.values.pop(keys.week.key, None)
            bench.absent.setdefault(keys.week.key, reason)
