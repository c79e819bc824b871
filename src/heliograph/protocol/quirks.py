"""Firmware lies that one set of answers can show; a quirk is a record: what it looks like, and what to do about it.

The names are those of protocol.md §6; H numbers are our own. Each recognises by shape, not by firmware number, and
is tested against every recording: it fires on its witnesses and on nothing else.
"""

from collections.abc import Callable, Mapping
from itertools import chain
from typing import Final, NamedTuple

from heliograph.model import Reason, Subject
from heliograph.protocol import counters, transformers
from heliograph.protocol.answer import Answer, Body
from heliograph.protocol.endpoints import devices, ensemble, meters, production
from heliograph.protocol.endpoints.production import (
    ACB,
    INVERTERS,
    METER_CONSUMPTION,
    METER_NET,
    METER_PRODUCTION,
    SUMMARY,
)
from heliograph.protocol.evidence import Evidence
from heliograph.protocol.fields import count, epoch, items, number, walk
from heliograph.protocol.plausible import implausible, rated_power

WRAP: Final = 2**32 / 3600
"""Wh at which a 32-bit counter of joules starts again: 1 193 046.47."""

UNSIGNED: Final = 1 << 31

_ENERGY = ("production_today", "production_7_days", "production_lifetime")


class Quirk(NamedTuple):
    """One lie: its name, what it looks like, and the function that recognises and mends it."""

    name: str
    title: str
    apply: Callable[[Evidence], bool]
    """Gives True where the quirk showed; mends the evidence."""
    of: frozenset[Subject | None] = frozenset({None})
    """The devices whose own values it is about; None stands for the whole."""


def _details(evidence: Evidence) -> Answer | None:
    return evidence.answer(production.DETAILS, "/production.json")


def _disabled(evidence: Evidence, source: str, *measurements: str) -> bool:
    """Return whether a meter is there but off: by its configuration, else by its own count (protocol.md §5.0)."""
    configured = [meter for meter in evidence.facts.meters or () if meter.measurement in measurements]
    if configured:
        return not any(meter.enabled for meter in configured)
    return production.element(_details(evidence), source).get("activeCount") == 0


def counter_wrap(evidence: Evidence) -> bool:
    """Q1: the inverters' lifetime lost multiples of 2³² J, which another sum still has."""
    low = evidence.system("production_lifetime", INVERTERS)
    power = evidence.system("production_power", INVERTERS) or 0
    metered = evidence.system("production_lifetime", METER_PRODUCTION) is not None
    for source in (devices.DETAILED,) if metered else (devices.DETAILED, SUMMARY):
        high = evidence.system("production_lifetime", source)
        if low is None or high is None:
            continue
        wraps = round((high - low) / WRAP)
        # The sums are taken up to a quarter of an hour apart.
        if wraps > 0 and abs(high - low - wraps * WRAP) <= 50 + abs(power) / 4:
            statement = evidence.about(evidence.whole)["production_lifetime"][INVERTERS]
            unwrapped = round(low + wraps * WRAP, 3)
            evidence.correct(statement, unwrapped, Reason("counter_wrap", {"wraps": wraps}))
            evidence.find("counter_wrap", evidence.whole, "production_lifetime", raw=low, given=unwrapped, wraps=wraps)
            return True
    return False


def _same(left: float | None, right: float | None) -> bool:
    return left is not None and right is not None and abs(left - right) <= 0.01


def total_equals_net(evidence: Evidence) -> bool:
    """Q5: the total consumption repeats the net, although the roof has produced."""
    whole = evidence.about(evidence.whole)
    production = {key: evidence.system(f"production_{key}", METER_PRODUCTION) for key in ("power", "lifetime")}
    total = {key: evidence.system(f"consumption_{key}", METER_CONSUMPTION) for key in production}
    net = {key: evidence.system(f"net_{key}", METER_NET) for key in production}
    lifetime = production["lifetime"]
    if lifetime is None or lifetime <= 1 or not all(_same(total[key], net[key]) for key in production):
        return False
    for key, produced in production.items():
        statement = whole[f"consumption_{key}"][METER_CONSUMPTION]
        value = round((net[key] or 0) + (produced or 0), 3)
        evidence.correct(statement, value, Reason("total_equals_net"))
        evidence.find("total_equals_net", evidence.whole, statement.key, raw=statement.value, given=value)
    reason = Reason("total_equals_net")
    evidence.exclude_source(Subject.SYSTEM, METER_CONSUMPTION, ("consumption_today",), reason)
    evidence.exclude_source(Subject.PHASE, METER_CONSUMPTION, ("consumption_power",), reason)
    evidence.exclude_source(Subject.PHASE, f"{meters.MEASURED}.total-consumption", ("consumption_power",), reason)
    return True


def production_meter_off(evidence: Evidence) -> bool:
    """Q6: a production meter without a transformer shows noise, and the summary that follows it stands still."""
    if not _disabled(evidence, METER_PRODUCTION, "production"):
        return False
    reason = Reason("no_production_meter")
    for subject in (Subject.SYSTEM, Subject.PHASE):
        evidence.exclude_source(subject, METER_PRODUCTION, None, reason)
    if evidence.facts.metered:
        evidence.exclude_source(Subject.SYSTEM, SUMMARY, None, reason)
    return True


def summary_zero(evidence: Evidence) -> bool:
    """Q7: `/api/v1/production` is all zeros although the inverters have produced."""
    values = [evidence.system(key, SUMMARY) for key in _ENERGY]
    if any(value != 0 for value in values) or not evidence.system("production_lifetime", INVERTERS):
        return False
    evidence.exclude_source(Subject.SYSTEM, SUMMARY, None, Reason("zeros"))
    return True


def consumption_meter_off(evidence: Evidence) -> bool:
    """Q8: a disabled consumption meter keeps its last counters and adds noise."""
    net, total = "net-consumption", "total-consumption"
    if not (_disabled(evidence, METER_NET, net, total) and _disabled(evidence, METER_CONSUMPTION, net, total)):
        return False
    for subject in (Subject.SYSTEM, Subject.PHASE):
        for source in (METER_NET, METER_CONSUMPTION):
            evidence.exclude_source(subject, source, None, Reason("no_consumption_meter"))
    return True


def _power_refused(evidence: Evidence) -> Reason | None:
    """Return why the powers of batteries are not known, where they were refused and nothing else tells them."""
    fact = evidence.facts.endpoints.get(ensemble.POWER)
    by_source = evidence.about(evidence.whole).get("battery_power")
    return None if by_source or fact is None or fact.served else fact.reason


def battery_in_total(evidence: Evidence) -> bool:
    """H2: beside a battery the gateway counts what it stores as consumed, in the total and on each phase."""
    if not evidence.beside_house or evidence.system("consumption_power", METER_CONSUMPTION) is None:
        return False
    reason = evidence.share_unknown or evidence.incomplete or _power_refused(evidence) or Reason("battery_in_total")
    lifetime = () if evidence.share_unknown is None else ("consumption_lifetime",)
    evidence.exclude_source(
        Subject.SYSTEM, METER_CONSUMPTION, ("consumption_power", "consumption_today", *lifetime), reason
    )
    evidence.exclude_source(Subject.PHASE, METER_CONSUMPTION, ("consumption_power",), reason)
    return True


_CONVERTERS: Final = (Subject.INVERTER, Subject.BATTERY)


def unsigned_negative(evidence: Evidence) -> bool:
    """Q9: `device_data` prints small negative powers without their sign."""
    answer = evidence.answer(devices.DEVICE_DATA)
    document = answer.document if answer else None
    nodes = document.values() if isinstance(document, dict) else ()
    applies = any(
        (number(walk(channel, ("watts", "now"))) or 0) >= UNSIGNED
        for node in nodes
        if isinstance(node, dict)
        for channel in items(node.get("channels"))
    )
    for statements in chain.from_iterable(map(evidence.every, _CONVERTERS)) if applies else ():
        statement = statements.get("power", {}).get(devices.DETAILED)
        if statement and isinstance(statement.value, int | float) and statement.value >= UNSIGNED:
            evidence.correct(statement, statement.value - 2 * UNSIGNED, Reason("unsigned_negative"))
    return applies


def padded_lines(evidence: Evidence) -> bool:
    """Q10: three lines or channels are always given; those without a transformer hold zeros or noise."""
    wired = [meter.phase_count for meter in evidence.facts.meters or () if meter.enabled]
    wired += [] if wired else [_wired_lines(_details(evidence))]
    padded = [line for line in evidence.statements.get(Subject.PHASE, {}) if int(line[1:]) > max(wired)]
    for line in padded:
        evidence.forget((Subject.PHASE, line))
    return bool(padded)


def _wired_lines(answer: Answer | None) -> int:
    lines = [
        [line for line in items(production.element(answer, source).get("lines")) if number(line.get("rmsVoltage"))]
        for source in (METER_PRODUCTION, METER_NET)
    ]
    return max(map(len, lines))


def stale_ac_battery(evidence: Evidence) -> bool:
    """Q11: the sum of the AC Batteries can be days old while all else moves."""
    node = production.element(_details(evidence), ACB)
    read = epoch(node.get("readingTime"))
    if not node.get("activeCount") or read is None or evidence.gateway_time - read <= 1800:
        return False
    minutes = round((evidence.gateway_time - read) / 60)
    keys = ("battery_power", "battery_level", "battery_state")
    evidence.exclude_source(Subject.SYSTEM, ACB, keys, Reason("stale_ac_battery", {"minutes": minutes}))
    evidence.find("stale_ac_battery", evidence.whole, "battery_power", minutes=minutes)
    return True


def level_lags(evidence: Evidence) -> bool:
    """Q12: the state of charge in the list of IQ Batteries lags behind the one beside their power."""
    applies = False
    for serial, statements in evidence.statements.get(Subject.BATTERY, {}).items():
        sources = statements.get("level", {})
        listed, now = sources.get(ensemble.LISTED), sources.get(ensemble.POWERED)
        if listed and now and abs(float(listed.value) - float(now.value)) > 5:
            applies = True
            evidence.find("level_lags", (Subject.BATTERY, serial), "level", raw=listed.value, given=now.value)
            del sources[ensemble.LISTED]
    return applies


def removed_devices(evidence: Evidence) -> bool:
    """Q13: removed devices stay in the lists."""
    for owner in evidence.unknown:
        evidence.find("new_device", owner)
    return bool(evidence.removed)


def truncated_list(evidence: Evidence) -> bool:
    """Q14: `device_data` stops at fifty devices, so that its sums are too low."""
    if not devices.truncated(evidence.answer(devices.DEVICE_DATA)):
        return False
    evidence.exclude_source(Subject.SYSTEM, devices.DETAILED, None, Reason("truncated_list"))
    return True


def gone_at_night(evidence: Evidence) -> bool:
    """Q15: `modGone` is true of healthy inverters that sleep; their last report tells more."""
    answer = evidence.answer(devices.DEVICE_DATA)
    inverters = [node for name, node in devices.detailed(answer) if name == "pcu" and node.get("active") is True]
    if not any(node.get("modGone") is True for node in inverters):
        return False
    evidence.exclude_source(Subject.INVERTER, devices.DETAILED, ("communicating",), Reason("gone_at_night"))
    return True


def unprovisioned_at_night(evidence: Evidence) -> bool:
    """Q16: an inverter that sleeps is shown as not provisioned; its administrative state tells the truth."""
    answer = evidence.answer(devices.INVENTORY, devices.INVENTORY_ALL)
    applies = False
    for kind, node in devices.inventoried(answer):
        silent = node.get("communicating") is False and node.get("provisioned") is False
        if kind == "PCU" and silent and count(node.get("admin_state")) in {1, 2}:
            by_source = evidence.about((Subject.INVERTER, node["serial_num"].strip())).get("provisioned", {})
            if devices.LISTED in by_source:
                evidence.correct(by_source[devices.LISTED], value=True, reason=Reason("unprovisioned_at_night"))
                applies = True
    return applies


def net_is_import(evidence: Evidence) -> bool:
    """Q17: before 7.3.517 the lifetime of the net counts imports only."""
    net, imported = evidence.system("net_lifetime", METER_NET), evidence.system("import_lifetime", METER_NET)
    counted = evidence.system("net_lifetime", meters.COUNTERS)
    production = evidence.system("production_lifetime", METER_PRODUCTION)
    total = evidence.system("consumption_lifetime", METER_CONSUMPTION)
    if net is None or net < 0:
        return False
    if imported is not None and counted is not None:
        applies, corrected = abs(net - imported) <= 5 and imported - counted > 1000, counted
    elif production is not None and total is not None:
        # total = production + net holds only for a net that is signed; what is missing is the export.
        applies, corrected = production + net - total > max(1000, total / 20), round(total - production, 3)
    else:
        return False
    if applies:
        evidence.correct(evidence.about(evidence.whole)["net_lifetime"][METER_NET], corrected, Reason("net_is_import"))
        evidence.find("net_is_import", evidence.whole, "net_lifetime", raw=net, given=corrected)
    return applies


def no_generator(evidence: Evidence) -> bool:
    """Q19: the generator's document and flags are there without a generator."""
    answer, config = evidence.answer(ensemble.GENERATOR), evidence.answers.get(ensemble.GENERATOR_CONFIG)
    if answer is None or not isinstance(answer.document, dict):
        return False
    configured = config is not None and config.served and bool(config.document)
    if answer.document.get("admin_state") != "unknown" or configured:
        return False
    evidence.forget((Subject.GENERATOR, ensemble.GENERATOR_ID))
    return answer.document.get("present") == 1


def summary_stalled(evidence: Evidence) -> bool:
    """H1: `/api/v1/production` stands still, or follows another source than the meter it should follow."""
    summed, production = (evidence.system("production_lifetime", source) for source in (SUMMARY, METER_PRODUCTION))
    if summed is None or production is None or abs(summed - production) <= max(production / 100, 10_000):
        return False
    evidence.exclude_source(Subject.SYSTEM, SUMMARY, None, Reason("stalled"))
    evidence.find("summary_stalled", evidence.whole, "production_lifetime", raw=summed, given=production)
    return True


def page_for_data(evidence: Evidence) -> bool:
    """Q26: an HTML page comes with status 200 where data was asked."""
    pages = {"/production?locale=en", "/home?locale=en"}
    return any(
        answer.kind is Body.HTML and answer.status == 200
        for target, answer in evidence.answers.items()
        if target not in pages
    )


def leading_space(evidence: Evidence) -> bool:
    """Q27: white space stands before the XML declaration, which strict parsers reject."""
    info = evidence.answers.get("/info")
    return info is not None and info.kind is Body.XML and info.body[:1].isspace()


def colon_key(evidence: Evidence) -> bool:
    """Q34: the key of the list of battery powers ends in a colon."""
    answer = evidence.answer(ensemble.POWER)
    return answer is not None and isinstance(answer.document, dict) and "devices:" in answer.document


_METERED: Final = (Subject.METER, Subject.PHASE)


def out_of_range(evidence: Evidence) -> bool:
    """Q39: power factors beyond 1, and currents whose sign follows no rule."""
    applies = False
    for statements in chain.from_iterable(map(evidence.every, _METERED)):
        for statement in tuple(
            chain(statements.get("power_factor", {}).values(), statements.get("current", {}).values())
        ):
            value = statement.value
            if not isinstance(value, int | float):
                continue
            if statement.key == "power_factor" and abs(value) > 1:
                applies = True
                del statements["power_factor"][statement.source]
                reason = Reason("implausible", {"value": value})
                evidence.excluded.setdefault((statement.subject, "power_factor"), {})[statement.source] = reason
            elif statement.key == "current" and value < 0:
                applies = True
                evidence.correct(statement, abs(value), Reason("unsigned_current"))
    return applies


def implausible_account(evidence: Evidence) -> bool:
    """Q3, Q4: today or the seven days repeat the lifetime, exceed what the roof can give, or lost their baseline."""
    applies = False
    rated = rated_power(evidence)
    for name, source in (("production", METER_PRODUCTION), ("consumption", METER_CONSUMPTION), ("production", SUMMARY)):
        lifetime = evidence.system(f"{name}_lifetime", source)
        for key, days in (("today", 1), ("7_days", 7)):
            value = evidence.system(f"{name}_{key}", source)
            if (
                value is None
                or lifetime is None
                or not implausible(evidence, name, source, value=value, lifetime=lifetime, days=days, rated=rated)
            ):
                continue
            applies = True
            reason = Reason("implausible", {"value": value})
            evidence.exclude_source(Subject.SYSTEM, source, (f"{name}_{key}",), reason)
            evidence.find("implausible_account", evidence.whole, f"{name}_{key}", raw=value)
    return applies


def grid_contradicted(evidence: Evidence) -> bool:
    """H6: the mode says "on grid" while the relay to the grid is open, as beside a generator; or the reverse."""
    applies = False
    for identifier, statements in evidence.statements.get(Subject.CONTROLLER, {}).items():
        relay, mode = (next(iter(statements.get(key, {}).values()), None) for key in ("relay_state", "grid_state"))
        if relay is None or mode is None or mode.value == "unknown":
            continue
        connected = relay.value == "closed"
        if connected is not (mode.value == "on_grid"):
            state = "unknown" if connected else "off_grid"
            evidence.correct(mode, state, Reason("grid_contradicted"))
            owner = (Subject.CONTROLLER, identifier)
            evidence.find("grid_contradicted", owner, "grid_state", raw=mode.value, given=state, mode=mode.value)
            applies = True
    return applies


QUIRKS: Final[tuple[Quirk, ...]] = (
    Quirk("Q26", "a page comes with status 200 where data was asked", page_for_data),
    Quirk("Q27", "white space stands before the XML declaration", leading_space),
    Quirk("Q34", "the list of battery powers has a colon in its key", colon_key),
    Quirk("Q9", "negative powers are printed without their sign", unsigned_negative, frozenset(_CONVERTERS)),
    Quirk("Q13", "removed devices stay in the lists", removed_devices),
    Quirk("Q14", "device_data stops at fifty devices", truncated_list),
    Quirk("Q15", "healthy inverters are gone at night", gone_at_night, frozenset({Subject.INVERTER})),
    Quirk(
        "Q16", "healthy inverters are not provisioned at night", unprovisioned_at_night, frozenset({Subject.INVERTER})
    ),
    Quirk("Q12", "the listed state of charge of IQ Batteries lags", level_lags, frozenset({Subject.BATTERY})),
    Quirk("Q11", "the sum of the AC Batteries is old", stale_ac_battery),
    Quirk("Q6", "a production meter without a transformer shows noise", production_meter_off),
    Quirk("Q8", "a disabled consumption meter keeps its counters", consumption_meter_off),
    Quirk("H3", "a production transformer is enabled but not fitted", transformers.production_not_fitted),
    Quirk("H4", "a consumption transformer is enabled but not fitted", transformers.consumption_not_fitted),
    Quirk("H9", "a storage transformer is enabled but not fitted", transformers.storage_not_fitted),
    Quirk("H5", "the gateway warns of a transformer", transformers.warnings),
    Quirk("H7", "a counter shows more than any site can have counted", counters.impossible_counter),
    Quirk("Q7", "the summary is all zeros", summary_zero),
    Quirk("H1", "the summary stands still", summary_stalled),
    Quirk("Q1", "the inverters' lifetime wraps at 2³² joules", counter_wrap),
    Quirk("H8", "a lifetime is too small for the gateway's age", counters.lifetime_too_small),
    Quirk("Q5", "total consumption repeats the net", total_equals_net),
    Quirk("Q17", "the net lifetime counts imports only", net_is_import),
    Quirk("Q3, Q4", "today or the seven days are implausible", implausible_account),
    Quirk("Q10", "three lines are given, some padded", padded_lines),
    Quirk("H2", "the total counts what a battery stores as consumed", battery_in_total),
    Quirk(
        "H6",
        "the grid is said to be connected while its relay is open",
        grid_contradicted,
        frozenset({Subject.CONTROLLER}),
    ),
    Quirk("Q19", "a generator is shown that is not there", no_generator),
    Quirk("Q39", "power factors and currents are out of range", out_of_range, frozenset({Subject.METER, None})),
)
"""In the order in which they are applied: what is said of devices before what follows from it."""


def apply_all(evidence: Evidence, subject: Subject | None = None) -> set[str]:
    """Apply the quirks of one kind of device, or those of the whole; give the names of those that showed."""
    return {quirk.name for quirk in _BY_SUBJECT[subject] if quirk.apply(evidence)}


_BY_SUBJECT: Final[Mapping[Subject | None, tuple[Quirk, ...]]] = {
    subject: tuple(quirk for quirk in QUIRKS if subject in quirk.of) for subject in (None, *Subject)
}
