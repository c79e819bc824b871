"""What a gateway says wrong at one moment, recognised by its shape and never by a firmware number."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import Final

from heliograph.ledger import fresh
from heliograph.ledger.bench import SOURCE, Bench, Details
from heliograph.ledger.books import Watch
from heliograph.model import METRICS, Quality, Reading, Reason

LIVELY: Final = 50.0
"""W of production from which conclusions are drawn."""
LIVE: Final = 900.0
"""Seconds without a change after which no conclusions are drawn from production."""
SAME: Final = 0.01
"""W within which two powers are one and the same."""
SUMS: Final = frozenset({"summary", "inverters", "reports"})
"""The sources of production that are sums of what the inverters reported, and no meter."""
RIPPLE: Final = 3.0
"""W within which a sum is the same: each report is rounded."""
FROZEN: Final = 1800.0
"""Seconds without the smallest change after which a power is suspected of standing still."""
UNHEARD: Final = 7200.0
"""Seconds of production without any inverter's report before that is worth a word."""
FIFTH: Final = 0.15
"""How far the meter's day may be from the inverters' day; losses and meter classes explain a few percent."""
ENOUGH: Final = 0.5
"""Hours at the inverters' highest power that make a day worth comparing."""


class Certainty(IntEnum):
    """What a look at one moment tells."""

    NO = 0
    """It is not so; what was believed is over."""
    UNKNOWN = 1
    """This moment cannot tell; what was believed stays."""
    SUSPECTED = 2
    """It looks so; not long enough to believe."""
    SEEN = 3


@dataclass(frozen=True, slots=True)
class Sight:
    """A look, with the details its sentence names."""

    certainty: Certainty
    details: Details = field(default_factory=dict)


NO: Final = Sight(Certainty.NO)
UNKNOWN: Final = Sight(Certainty.UNKNOWN)
SUSPECTED: Final = Sight(Certainty.SUSPECTED)
SEEN: Final = Sight(Certainty.SEEN)


@dataclass(frozen=True, slots=True)
class Detector:
    """One thing a gateway says wrong: what it watches, how it looks, what is given instead."""

    code: str
    """Code of reason and finding."""
    key: str
    """The system metric it watches."""
    recognise: Callable[[Bench, float | None], Sight]
    """Looks; is told since when it has been noticed."""
    act: Callable[[Bench, Reason, float], None] | None = None
    """Mends; None where nothing better is known."""
    patience: float = 0.0
    """Seconds for which it must be seen before it is believed."""
    quiet: bool = False
    """An ordinary mend that is no finding."""


def run(bench: Bench, detectors: tuple[Detector, ...]) -> None:
    """Look, remember, mend and report, one detector after the other."""
    for detector in detectors:
        name = f"{detector.code} {detector.key}"
        watch = bench.watches.get(name)
        sight = detector.recognise(bench, None if watch is None else watch.since)
        if sight.certainty is Certainty.NO:
            if watch is not None:
                del bench.watches[name]
            continue
        if sight.certainty is not Certainty.UNKNOWN:
            watch = _noted(bench, detector, watch, sight)
            bench.watches[name] = watch
        if watch is not None and watch.believed:
            _conclude(bench, detector, watch)


def _noted(bench: Bench, detector: Detector, watch: Watch | None, sight: Sight) -> Watch:
    since, mark = (bench.at, bench.fleet.energy) if watch is None else (watch.since, watch.mark)
    ripe = sight.certainty is Certainty.SEEN and bench.at - since >= detector.patience
    details = dict(sight.details) if sight.details or watch is None else watch.details
    return Watch(since, ripe or (watch is not None and watch.believed), mark, details)


def _conclude(bench: Bench, detector: Detector, watch: Watch) -> None:
    """Mend the value if the snapshot holds it, and report; what is believed may be absent at this moment."""
    mended = detector.act is not None and detector.key in bench.values
    if detector.act is not None and mended:
        detector.act(bench, Reason(detector.code, watch.details), watch.since)
    if not detector.quiet:
        bench.system_finding(detector.code, detector.key, watch.since, watch.details, mended=mended)


def _believed(bench: Bench, code: str, key: str) -> bool:
    watch = bench.watches.get(f"{code} {key}")
    return watch is not None and watch.believed


# The inverters' word against the meter's


def _inverters_work(bench: Bench) -> bool:
    fleet = bench.fleet
    return fleet.power >= max(LIVELY, 0.05 * fleet.max_power) and fresh.reports(bench)


def _against_inverters(bench: Bench, since: float | None, *, wrong: bool) -> Sight:
    """Believe it once inverters report power for an interval that began after it was first seen."""
    if not wrong:
        return NO
    if not _inverters_work(bench):
        return UNKNOWN
    seen = since is not None and bench.at - since >= bench.age(bench.fleet.newest) + bench.fleet.cadence
    return SEEN if seen else SUSPECTED


def _production_zero(bench: Bench, since: float | None) -> Sight:
    power = bench.number("production_power")
    if power is None:
        return UNKNOWN
    return _against_inverters(bench, since, wrong=-fresh.STANDBY <= power <= 5.0)


def _production_reversed(bench: Bench, since: float | None) -> Sight:
    power = bench.number("production_power")
    if power is None:
        return UNKNOWN
    if power < -max(2 * fresh.STANDBY, 0.1 * bench.fleet.power):
        return _against_inverters(bench, since, wrong=True)
    return NO if power > fresh.STANDBY else UNKNOWN


def _replace_production(bench: Bench, power: float, reason: Reason, since: float) -> None:
    """Replace the production, and the consumption that was computed from the wrong one."""
    said, net = bench.number("production_power"), bench.number("net_power")
    consumption, battery = bench.number("consumption_power"), bench.number("battery_power") or 0.0
    bench.mend("production_power", power, Quality.CORRECTED, reason, since)
    if said is None or net is None:
        return
    silent = "battery_power" not in bench.values and (
        "charged" in bench.books.accounts or bench.number("battery_count")
    )
    if "consumption_power" not in bench.said and not silent and said + net + battery < -LIVELY:
        # What would have followed from the wrong one is below zero, and was therefore not given at all.
        metric = METRICS["system.consumption_power"]
        bench.values["consumption_power"] = Reading(
            metric, power + net + battery, bench.at, SOURCE, Quality.DERIVED, None, reason, since
        )
        bench.absent.pop("consumption_power", None)
    elif consumption is not None and min(abs(gap := consumption - net - said), abs(gap - battery)) <= 1.0:
        bench.mend("consumption_power", consumption + power - said, Quality.CORRECTED, reason, since)


def _take_inverters(bench: Bench, reason: Reason, since: float) -> None:
    _replace_production(bench, bench.fleet.power if fresh.reports(bench) else 0.0, reason, since)


def _turn_round(bench: Bench, reason: Reason, since: float) -> None:
    power = bench.number("production_power")
    if power is not None:
        _replace_production(bench, abs(power), reason, since)


def _is_the_sum(bench: Bench, power: float) -> bool:
    """Return whether production is what the inverters last reported, added up by the gateway, old reports included."""
    reading, fleet = bench.values["production_power"], bench.fleet
    summed = reading.source in SUMS and fleet.count > 0
    return summed and abs(power - fleet.said) <= max(RIPPLE, 0.02 * fleet.said)


def _old_sum(bench: Bench, _since: float | None) -> Sight:
    power = bench.number("production_power")
    if power is None:
        return UNKNOWN
    return SEEN if bench.fleet.said > bench.fleet.power and _is_the_sum(bench, power) else NO


def _take_reports(bench: Bench, reason: Reason, since: float) -> None:
    """Use the sum of the reports that speak of now; of a roof of which none does: 0 by night, nothing by day."""
    if fresh.reports(bench):
        bench.mend("production_power", bench.fleet.power, Quality.DERIVED, reason, since)
    elif bench.night:
        bench.mend("production_power", 0.0, Quality.DERIVED, Reason("night"), since)
    else:
        bench.drop("production_power", Reason("not_reporting"))


def _standby(bench: Bench, _since: float | None) -> Sight:
    power = bench.number("production_power")
    bound = -max(fresh.STANDBY, 4.0 * bench.fleet.count)
    return SEEN if power is not None and bound < power < 0.0 else NO


def _rest(bench: Bench, reason: Reason, _since: float) -> None:
    bench.mend("production_power", 0.0, Quality.DERIVED, reason, None)


def _inverters_unheard(bench: Bench, _since: float | None) -> Sight:
    power = bench.number("production_power")
    if bench.fleet.count == 0 or power is None or fresh.reports(bench):
        return NO
    return SEEN if power > max(LIVELY, fresh.DAYLIGHT * bench.fleet.max_power) else UNKNOWN


def _meter_differs(bench: Bench, _since: float | None) -> Sight:
    """Compare whole days, once they are over: inverters report averages of minutes that are past."""
    if bench.books.day is None or bench.books.day.ordinal == bench.day.ordinal:
        return UNKNOWN
    meter, inverters = bench.books.rivals.meter, bench.books.rivals.inverters
    if inverters < max(500.0, ENOUGH * bench.fleet.max_power):
        return UNKNOWN
    share = meter / inverters
    if 1 - FIFTH <= share <= 1 + FIFTH:
        return NO
    return Sight(Certainty.SEEN, {"percent": round(100 * share - 100)})


# Standing still


def _stands(bench: Bench, key: str) -> bool:
    steady = bench.books.steady.get(key)
    reading = bench.said.get(key)
    if steady is None or reading is None or reading.value != steady.value:
        return False
    return abs(steady.value) >= fresh.STANDBY and bench.at - steady.since >= FROZEN


def _production_frozen(bench: Bench, _since: float | None) -> Sight:
    if not _stands(bench, "production_power"):
        return NO
    power, fleet = bench.books.steady["production_power"].value, bench.fleet
    if fleet.count == 0 or abs(power - fleet.said) <= max(RIPPLE, 0.02 * fleet.said):
        # What is their own sum stands still with them.
        return UNKNOWN
    if not fresh.reports(bench):
        return SEEN
    if fleet.reporting < fleet.count:
        return UNKNOWN
    moved = fleet.varied > bench.books.steady["production_power"].since
    return SEEN if moved and abs(fleet.power - power) > max(2 * LIVELY, 0.25 * abs(power)) else UNKNOWN


def _identity_broken(bench: Bench) -> bool:
    """Return whether consumption is not production and net together, with or without the battery."""
    production, net = bench.number("production_power"), bench.number("net_power")
    consumption = bench.number("consumption_power")
    if production is None or net is None or consumption is None:
        return False
    gap = consumption - production - net
    battery = bench.number("battery_power") or 0.0
    return min(abs(gap), abs(gap - battery)) > max(LIVELY, 0.05 * abs(consumption))


def _frozen(key: str, bench: Bench, _since: float | None) -> Sight:
    if not _stands(bench, key):
        return NO
    return SEEN if _identity_broken(bench) or _believed(bench, "power_frozen", "production_power") else UNKNOWN


def _make_stale(key: str, bench: Bench, reason: Reason, _since: float) -> None:
    bench.values[key] = fresh.stale(bench.values[key], reason, bench.books.steady[key].since)


# Total consumption that is the net power (protocol.md Q5)


def _consumption_is_net(bench: Bench, _since: float | None) -> Sight:
    production, net = bench.number("production_power"), bench.number("net_power")
    consumption = bench.number("consumption_power")
    if production is None or net is None or consumption is None or production <= LIVELY:
        return UNKNOWN
    if abs(consumption - net) > SAME:
        return NO
    steady = bench.books.steady.get("production_power")
    # A production that stands still, or is not the gateway's own word, proves nothing of the same document.
    return SEEN if steady is not None and steady.value > LIVELY and bench.at - steady.since <= LIVE else UNKNOWN


def _add_production(bench: Bench, reason: Reason, since: float) -> None:
    production, net = bench.number("production_power"), bench.number("net_power")
    if production is not None and net is not None:
        power = production + net + (bench.number("battery_power") or 0.0)
        bench.mend("consumption_power", power, Quality.CORRECTED, reason, since)


def _lifetime_is_net(bench: Bench, _since: float | None) -> Sight:
    production, net = bench.number("production_lifetime"), bench.number("net_lifetime")
    consumption = bench.number("consumption_lifetime")
    if production is None or net is None or consumption is None or production < 10_000:
        return UNKNOWN
    return SEEN if abs(consumption - net) <= 0.01 * production else NO


def _add_lifetime(bench: Bench, reason: Reason, since: float) -> None:
    said, production = bench.values.get("consumption_lifetime"), bench.number("production_lifetime")
    value = bench.number("consumption_lifetime")
    if said is None or value is None or production is None:
        return
    given, taken = (bench.number(f"{name}_lifetime") or 0.0 for name in ("discharged", "charged"))
    total, source = value + production + given - taken, f"{said.source} + production"
    bench.values["consumption_lifetime"] = Reading(
        said.metric, total, said.at, source, Quality.CORRECTED, value, reason, since
    )


# Total consumption that leaves out what a battery gives and takes


def _battery_left_out(bench: Bench, _since: float | None) -> Sight:
    """See by the powers that a battery feeds the house, where no counter of the battery's can be part of the total.

    It is how the gateway counts, and stays so: another word of its powers, once this is believed, is another fault.
    """
    production, net = bench.number("production_power"), bench.number("net_power")
    consumption, battery = bench.number("consumption_power"), bench.number("battery_power")
    if "charged_lifetime" in bench.said or "discharged_lifetime" in bench.said:
        return NO
    if production is None or net is None or consumption is None or battery is None or abs(battery) < 2 * LIVELY:
        return UNKNOWN
    gap, room = consumption - production - net, 0.25 * abs(battery)
    if abs(gap - battery) <= room:
        return SEEN
    return NO if abs(gap) <= room and not _believed(bench, "battery_left_out", "consumption_lifetime") else UNKNOWN


def _add_battery(bench: Bench, reason: Reason, since: float) -> None:
    said, accounts = bench.values.get("consumption_lifetime"), bench.books.accounts
    value = bench.number("consumption_lifetime")
    if said is None or value is None or "charged" not in accounts or "discharged" not in accounts:
        return
    stored = accounts["charged"].integral - accounts["discharged"].integral
    source = f"{said.source} + battery"
    bench.values["consumption_lifetime"] = Reading(
        said.metric, value - stored, said.at, source, Quality.DERIVED, value, reason, since
    )


POWERS: Final = (
    Detector("consumption_is_net", "consumption_lifetime", _lifetime_is_net, _add_lifetime),
    Detector("battery_left_out", "consumption_lifetime", _battery_left_out, _add_battery, patience=60, quiet=True),
    Detector("production_zero", "production_power", _production_zero, _take_inverters),
    Detector("production_reversed", "production_power", _production_reversed, _turn_round),
    Detector("old_sum", "production_power", _old_sum, _take_reports, quiet=True),
    Detector("power_frozen", "production_power", _production_frozen, _take_inverters),
    Detector("consumption_is_net", "consumption_power", _consumption_is_net, _add_production, patience=60),
    *(
        Detector("power_frozen", key, partial(_frozen, key), partial(_make_stale, key))
        for key in ("consumption_power", "net_power")
    ),
    Detector("meter_differs", "production_power", _meter_differs),
    Detector("inverters_unheard", "production_power", _inverters_unheard, patience=UNHEARD),
    Detector("standby", "production_power", _standby, _rest, quiet=True),
)
"""What is looked for before energies are counted. A new one is one record and its witness test."""

BACKWARD: Final = ("production_zero", "production_reversed")
"""Detectors that need reports to believe what began before."""
DISTRUSTED: Final = (*BACKWARD, "power_frozen")


def production_distrusted(bench: Bench) -> bool:
    """Return whether the meter's production is doubted, so that it is no witness."""
    return any(f"{code} production_power" in bench.watches for code in DISTRUSTED)


def inverters_flow(bench: Bench) -> float | None:
    """Return the Wh by which production advances on the inverters' word; None while the meter's is believed.

    When it is first disbelieved, this makes up for what was reckoned wrong until then; it may be below zero.
    """
    for code in DISTRUSTED:
        name = f"{code} production_power"
        before, now = bench.books.watches.get(name), bench.watches.get(name)
        if now is None or not now.believed:
            continue
        if before is not None and before.believed:
            return bench.fleet.energy - bench.books.fleet.energy
        if code in BACKWARD:
            return bench.fleet.energy - now.mark
        steady = bench.books.steady["production_power"]
        return bench.fleet.energy - steady.mark - steady.value * (bench.books.at - steady.since) / 3600
    return None
