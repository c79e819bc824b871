"""Given facts and answers: what to ask next, and in the end what to ask how often."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from heliograph.model import DeviceFact, EndpointFact, Facts, MeterFact, Reason, Subject
from heliograph.protocol.answer import Answer, Body
from heliograph.protocol.endpoints import devices, ensemble, info, legacy, meters, production, site
from heliograph.protocol.endpoints.production import ACB, METER_CONSUMPTION, METER_NET, METER_PRODUCTION, SUMMARY
from heliograph.protocol.plan import DEVICES, HOUR, MINUTE, Plan, Question
from heliograph.protocol.reading import evaluate

_JSON_SINCE: Final = (3, 9)
_ENSEMBLE_SINCE: Final = (7,)
_MISSED: Final = frozenset({ensemble.ENSEMBLE, ensemble.POWER})
"""Every gateway that is asked for these serves them."""

Answers = Mapping[str, Answer]


class Inquiry(NamedTuple):
    """One possible question, and when it makes sense."""

    target: str
    sensible: Callable[[Facts, Answers], bool]


def _served(answers: Answers, target: str) -> bool:
    return target in answers and answers[target].served


def _modern(facts: Facts, answers: Answers) -> bool:
    return facts.version >= _JSON_SINCE


def _recent(facts: Facts, answers: Answers) -> bool:
    return facts.version >= _ENSEMBLE_SINCE


def _only_pages(facts: Facts, answers: Answers) -> bool:
    return not _modern(facts, answers) or not (_is_json(answers, production.DETAILS) or _served(answers, production.V1))


def _is_json(answers: Answers, target: str) -> bool:
    return _served(answers, target) and answers[target].kind is Body.JSON


def _envoy_s(facts: Facts, answers: Answers) -> bool:
    return _modern(facts, answers) and _is_json(answers, production.DETAILS)


def _may_have_meters(facts: Facts, answers: Answers) -> bool:
    return _envoy_s(facts, answers) and facts.metered is not False


def _has_meter(facts: Facts, answers: Answers) -> bool:
    return any(meter.enabled for meter in meters.meter_facts(answers.get(meters.METERS)) or ())


def _without_deleted(facts: Facts, answers: Answers) -> bool:
    return _envoy_s(facts, answers) and not _is_json(answers, devices.INVENTORY_ALL)


def _lists(*kinds: str) -> Callable[[Facts, Answers], bool]:
    def listed(facts: Facts, answers: Answers) -> bool:
        return any(kind in kinds for kind, _ in ensemble.listed(answers.get(ensemble.ENSEMBLE)))

    return listed


def _has_ac_battery(answers: Answers) -> bool:
    return bool(production.element(answers.get(production.DETAILS), ACB).get("activeCount"))


def _has_battery(facts: Facts, answers: Answers) -> bool:
    return _recent(facts, answers) and (_lists("ENCHARGE")(facts, answers) or _has_ac_battery(answers))


def _needs_sums(facts: Facts, answers: Answers) -> bool:
    element = production.element(answers.get(production.DETAILS), METER_PRODUCTION)
    metered = bool(element.get("activeCount"))
    return _recent(facts, answers) and not metered and not _is_json(answers, devices.DEVICE_DATA)


def _blind_battery(facts: Facts, answers: Answers) -> bool:
    """Return whether the powers of batteries, or even their list, were refused."""
    listed = answers.get(ensemble.ENSEMBLE)
    refused = listed is not None and not isinstance(listed.document, list)
    return refused or (_lists("ENCHARGE")(facts, answers) and not _is_json(answers, ensemble.POWER))


def is_missed(answer: Answer) -> bool:
    """Return whether a refusal leaves promised values unknown, so that the question is asked again."""
    return answer.target in _MISSED and not _endpoint(answer).served


INTERVIEW: Final[tuple[Inquiry, ...]] = (
    Inquiry(production.DETAILS, _modern),
    Inquiry(production.V1, _modern),
    Inquiry(legacy.PAGE, _only_pages),
    Inquiry(legacy.HOME_PAGE, _only_pages),
    Inquiry(meters.METERS, _may_have_meters),
    Inquiry(meters.READINGS, _has_meter),
    Inquiry(devices.REPORTS, _modern),
    Inquiry(devices.DEVICE_DATA, _recent),
    Inquiry(production.ENERGY, _needs_sums),
    Inquiry(ensemble.ENSEMBLE, _recent),
    Inquiry(ensemble.POWER, _lists("ENCHARGE")),
    Inquiry(ensemble.STATUS, _lists("ENCHARGE")),
    Inquiry(ensemble.CONTROL, _has_battery),
    Inquiry(production.LIVEDATA, _blind_battery),
    Inquiry(site.TARIFF, _has_battery),
    Inquiry(ensemble.DRY_CONTACTS, _lists("ENPOWER")),
    Inquiry(ensemble.DRY_CONTACT_SETTINGS, _lists("ENPOWER")),
    Inquiry(ensemble.GENERATOR, _lists("ENPOWER")),
    Inquiry(ensemble.GENERATOR_CONFIG, _lists("ENPOWER")),
    Inquiry(ensemble.GENERATOR_MODE, _lists("ENPOWER")),
    Inquiry(site.EXPORT_LIMIT, _recent),
    Inquiry(site.PRODUCTION_LIMIT, _recent),
    Inquiry(devices.INVENTORY_ALL, _envoy_s),
    Inquiry(devices.INVENTORY, _without_deleted),
    Inquiry(site.HOME, _envoy_s),
)
"""In the order of asking: what decides others first, the slow pages last."""


def next_question(facts: Facts, answers: Answers) -> str | None:
    """Return the target to ask next at sync; None when everything sensible was asked.

    An answer counts however it turned out: a refusal is an answer.
    """
    return next((target for target, sensible in INTERVIEW if target not in answers and sensible(facts, answers)), None)


def is_outdated(facts: Facts, answer: Answer) -> bool:
    """Return whether an answer shows an installation that is not the one of the last interview.

    A transformer was switched on or off, added or taken away: other values are there now, and other questions.
    """
    if answer.target != meters.METERS or facts.meters is None:
        return False
    reported = meters.meter_facts(answer)
    return reported is not None and _wiring(reported) != _wiring(facts.meters)


def _wiring(configured: Iterable[MeterFact]) -> set[tuple[int, str, bool, int]]:
    return {(meter.eid, meter.measurement, meter.enabled, meter.phase_count) for meter in configured}


def has_switched(before: Facts, after: Facts) -> bool:
    """Return whether a value now comes from another source, which the plan may be asking too seldom."""
    return any(source != after.pins.get(key, source) for key, source in before.pins.items())


def conclude(facts: Facts, answers: Answers) -> tuple[Facts, Plan]:
    """Draw the facts from an interview's answers, and the plan from the facts.

    Devices that were known and are no longer listed stay known, as retired.
    """
    facts = replace(
        facts,
        timezone=site.timezone(answers.get(site.HOME)) or facts.timezone,
        meters=meters.meter_facts(answers.get(meters.METERS)),
        endpoints={target: _endpoint(answer) for target, answer in answers.items() if target != info.TARGET},
        devices=_devices(facts, answers),
        pins={},
        doubts={},
    )
    return facts, _plan(facts, answers)


_LISTS: Final = frozenset({ensemble.ENSEMBLE})
"""What is a list, also where it is empty: an object in its place is a refusal."""


def _endpoint(answer: Answer) -> EndpointFact:
    usable = answer.target not in _LISTS or isinstance(answer.document, list)
    if answer.served and usable and (answer.kind is Body.JSON or "locale=" in answer.target):
        return EndpointFact(served=True)
    code = {401: "not_permitted", 403: "not_permitted", 404: "endpoint_absent", 200: "endpoint_absent"}
    reason = Reason(code.get(answer.status, "endpoint_failed"), {"endpoint": answer.target, "status": answer.status})
    return EndpointFact(served=False, reason=reason)


# --- devices ---------------------------------------------------------------------------------------------------------

_FORGOTTEN: Final = 30 * 86400
"""Seconds without a report after which an inverter that the gateway does not count any more was removed."""


def _listed(answers: Answers) -> Iterator[DeviceFact]:
    yield from devices.inventory_facts(answers.get(devices.INVENTORY_ALL))
    yield from devices.inventory_facts(answers.get(devices.INVENTORY))
    yield from ensemble.ensemble_facts(answers.get(ensemble.ENSEMBLE))
    reported = {(device.subject, device.serial) for device in devices.report_facts(answers.get(devices.REPORTS))}
    yield from devices.report_facts(answers.get(devices.REPORTS))
    for device in devices.device_data_facts(answers.get(devices.DEVICE_DATA)):
        # The reports list every inverter, device_data but fifty: it adds nothing but who was removed.
        if (
            not reported
            or device.retired
            or device.subject is Subject.RELAY
            or (device.subject, device.serial) in reported
        ):
            yield device


def _devices(facts: Facts, answers: Answers) -> tuple[DeviceFact, ...]:
    by_serial: dict[tuple[Subject, str], DeviceFact] = {}
    for device in _listed(answers):
        earlier = by_serial.setdefault((device.subject, device.serial), device)
        if device.retired and not earlier.retired and earlier.part_number is None:
            by_serial[device.subject, device.serial] = replace(earlier, retired=True)
    for serial in _forgotten(answers) - {s for (_, s), d in by_serial.items() if d.part_number is not None}:
        device = by_serial[Subject.INVERTER, serial]
        by_serial[Subject.INVERTER, serial] = replace(device, retired=True)
    for device in facts.devices:
        if (device.subject, device.serial) not in by_serial and _still_asked(device, answers):
            by_serial[device.subject, device.serial] = replace(device, retired=True)
        else:
            by_serial.setdefault((device.subject, device.serial), device)
    return tuple(by_serial.values())


def _still_asked(device: DeviceFact, answers: Answers) -> bool:
    """Return whether a list was read that should have shown the device."""
    lists = (devices.INVENTORY_ALL, devices.INVENTORY, devices.REPORTS, ensemble.ENSEMBLE)
    storage = device.subject not in {Subject.INVERTER, Subject.RELAY} and device.model != devices.AC_BATTERY
    return any(_is_json(answers, target) for target in (lists[3:] if storage else lists[:3]))


def _forgotten(answers: Answers) -> set[str]:
    """Find removed inverters where only their last reports tell (Q13)."""
    reported = [
        (serial, node.get("lastReportDate"))
        for subject, serial, node in devices.reported(answers.get(devices.REPORTS))
        if subject is Subject.INVERTER
    ]
    counted = production.element(answers.get(production.DETAILS), production.INVERTERS).get("activeCount")
    if not isinstance(counted, int) or not 0 < counted < len(reported):
        return set()
    dates = [date for _, date in reported if isinstance(date, int)]
    newest = max(dates, default=0)
    return {serial for serial, date in reported if isinstance(date, int) and newest - date > _FORGOTTEN}


# --- plan ------------------------------------------------------------------------------------------------------------


def _plan(facts: Facts, answers: Answers) -> Plan:
    cadence = {target: seconds for seconds, targets in _questions(facts, answers) for target in reversed(targets)}
    questions = (Question(target, cadence[target]) for target in sorted(cadence, key=lambda t: (cadence[t], t)))
    served = {target for target, fact in facts.endpoints.items() if fact.served} | {info.TARGET}
    if devices.INVENTORY_ALL in served:
        served.add(devices.INVENTORY)
    return Plan(tuple(question for question in questions if question.target in served))


def _questions(facts: Facts, answers: Answers) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield what would be asked how often, slowest first, so that the fastest rhythm wins."""
    yield HOUR, (info.TARGET, site.HOME, meters.METERS, ensemble.STATUS, site.TARIFF, ensemble.DRY_CONTACT_SETTINGS)
    yield HOUR, (site.EXPORT_LIMIT, site.PRODUCTION_LIMIT, ensemble.GENERATOR_CONFIG, legacy.HOME_PAGE)
    yield HOUR, (production.DETAILS, ensemble.CONTROL)
    yield DEVICES, (devices.REPORTS, devices.INVENTORY, devices.DEVICE_DATA, production.ENERGY, meters.READINGS)
    if _has_ac_battery(answers):
        # AC Batteries report every five minutes at best, whichever endpoint is asked.
        yield DEVICES, (production.DETAILS,)
        if _lists("ENCHARGE")(facts, answers):
            yield DEVICES, (ensemble.CONTROL,)
    if facts.of(Subject.BATTERY) or facts.of(Subject.CONTROLLER) or facts.of(Subject.COLLAR):
        yield DEVICES, (ensemble.ENSEMBLE,)
    if facts.of(Subject.CONTROLLER):
        yield DEVICES, (ensemble.DRY_CONTACTS,)
    if _generates(answers):
        yield HOUR, (ensemble.GENERATOR_MODE,)
        yield DEVICES, (ensemble.GENERATOR,)
    if production.METER_PRODUCTION in _speakers(facts, answers) or _metered_consumption(facts, answers):
        yield DEVICES, (production.DETAILS,)
    yield MINUTE, _every_minute(facts, answers)


def _generates(answers: Answers) -> bool:
    answer, config = answers.get(ensemble.GENERATOR), answers.get(ensemble.GENERATOR_CONFIG)
    document = answer.document if answer is not None and answer.served else None
    configured = isinstance(document, dict) and document.get("admin_state") != "unknown"
    return configured or bool(config is not None and config.served and config.document)


def _speakers(facts: Facts, answers: Answers) -> set[str]:
    """Return the sources that still say something of the present production after the quirks have spoken."""
    at = max((answer.at for answer in answers.values()), default=0)
    evidence, _ = evaluate(facts, answers, at)
    return set(evidence.about(evidence.whole).get("production_power", {}))


def _metered_consumption(facts: Facts, answers: Answers) -> bool:
    elements = (production.element(answers.get(production.DETAILS), s) for s in (METER_NET, METER_CONSUMPTION))
    configured = facts.meters is None or facts.meter("net-consumption", "total-consumption") is not None
    return configured and any(element.get("activeCount") for element in elements)


def _every_minute(facts: Facts, answers: Answers) -> tuple[str, ...]:
    speakers = _speakers(facts, answers)
    # Around the house alone (load-only wiring) the transformers do not tell the net, and production.json does.
    grid = facts.meter("production", "net-consumption") is not None and facts.meter("total-consumption") is None
    readings = _is_json(answers, meters.READINGS) and grid
    targets = [meters.READINGS] if readings else []
    told_by_readings = readings and facts.meter("production") is not None
    if _is_json(answers, ensemble.POWER):
        targets.append(ensemble.POWER)
    elif _blind_battery(facts, answers):
        targets.append(production.LIVEDATA)
    metered = METER_PRODUCTION in speakers or _metered_consumption(facts, answers)
    if metered and not told_by_readings:
        targets.append(production.DETAILS)
    elif SUMMARY in speakers and not metered:
        targets.append(production.V1)
    elif not metered:
        targets.append(production.DETAILS)
    if not _is_json(answers, production.DETAILS) and SUMMARY not in speakers:
        targets.append(legacy.PAGE)
    return tuple(targets)
