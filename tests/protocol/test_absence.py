"""Why a value is absent."""

from typing import Any

import pytest

from heliograph.model import CATALOG, EndpointFact, Facts, Metric, Reason, Subject
from heliograph.model.labels import LANGUAGES, sentence
from heliograph.protocol import Statement
from heliograph.protocol.absence import CARRIERS, Reasons
from heliograph.protocol.evidence import READERS, Evidence
from tests.protocol.asking import NOW, SERIAL, battery, facts, inverter, meter

WHOLE = (Subject.SYSTEM, SERIAL)
ABSENT = Reason("endpoint_absent", {"endpoint": "/ivp/pdm/device_data", "status": 404})
REFUSED = Reason("not_permitted", {"endpoint": "/inventory.json", "status": 401})


def _why(
    name: str, *said: tuple[str, Any], known: Facts | None = None, identifier: str = "1", struck: Reason | None = None
) -> Reason:
    subject, _, key = name.partition(".")
    owner = WHOLE if subject == "system" else (Subject(subject), identifier)
    evidence = Evidence(known or facts(), {}, NOW)
    for said_key, value in said:
        evidence.record(Statement(*owner, said_key, value, NOW, "list"))
    if struck is not None:
        evidence.excluded[owner[0], key] = {"meter.production": struck}
    return Reasons(evidence, owner)[key]


@pytest.mark.parametrize("metric_", CATALOG, ids=lambda each: each.name)
def test_every_metric_has_a_reason_on_an_empty_gateway(metric_: Metric) -> None:
    reason = _why(metric_.name)

    assert all(sentence(reason, language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [
        ("system.inverter_count", (), "not_reported"),
        ("system.battery_count", (), "batteries_unknown"),
        ("system.battery_power", (), "batteries_unknown"),
        ("system.battery_power", (("battery_count", 0),), "no_battery"),
        ("system.battery_power", (("battery_count", 2),), "not_reported"),
        ("system.charged_lifetime", (("battery_count", 0),), "no_battery"),
        ("system.charged_lifetime", (("battery_count", 2),), "no_storage_meter"),
        ("system.charged_today", (("battery_count", 2),), "needs_history"),
        ("system.charged_today", (("battery_count", 0),), "no_battery"),
        ("system.production_today", (), "needs_history"),
        ("system.production_lifetime", (), "not_reported"),
        ("system.consumption_power", (), "no_consumption_meter"),
        ("system.consumption_power", (("net_power", 5),), "not_reported"),
        ("system.consumption_today", (), "no_consumption_meter"),
        ("system.net_today", (("net_lifetime", 5),), "needs_history"),
        ("system.import_lifetime", (), "no_consumption_meter"),
        ("system.import_lifetime", (("net_power", 5),), "no_meter_readings"),
    ],
)
def test_of_the_system(name: str, said: tuple[tuple[str, Any], ...], code: str) -> None:
    assert _why(name, *said).code == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("phase.net_power", "no_consumption_meter"),
        ("phase.current", "no_consumption_meter"),
        ("phase.consumption_power", "no_consumption_meter"),
        ("phase.production_power", "not_reported"),
    ],
)
def test_of_a_phase_without_a_consumption_meter(name: str, code: str) -> None:
    assert _why(name, identifier="L1").code == code


def test_of_a_phase_beside_a_battery() -> None:
    evidence = Evidence(facts(devices=(battery("B"),)), {}, NOW)
    evidence.record(Statement(*WHOLE, "net_power", 5, NOW, "meter.net"))
    reasons = Reasons(evidence, (Subject.PHASE, "L1"))

    assert [reasons[key].code for key in ("consumption_power", "current")] == ["battery_in_total", "not_reported"]


def test_inverters_that_are_not_listed_for_us_are_not_counted() -> None:
    refused = Reason("not_permitted", {"endpoint": "/api/v1/production/inverters", "status": 401})
    known = facts(endpoints={"/api/v1/production/inverters": EndpointFact(served=False, reason=refused)})

    assert _why("system.inverter_count", known=known) == refused


def test_a_meter_of_the_house_does_not_count_the_grid() -> None:
    known = facts(meters=(meter("total-consumption"),))

    assert _why("system.export_lifetime", ("net_power", 5), known=known) == Reason("house_metered")


@pytest.mark.parametrize("name", ["system.production_power", "phase.production_power", "battery.power"])
def test_what_was_struck_says_why(name: str) -> None:
    assert _why(name, struck=Reason("stalled"), identifier="L1") == Reason("stalled")


def test_of_several_struck_sources_the_best_says_why() -> None:
    evidence = Evidence(facts(), {}, NOW)
    evidence.excluded[Subject.SYSTEM, "production_power"] = {"html": Reason("zeros"), "summary": Reason("stalled")}

    assert Reasons(evidence, WHOLE)["production_power"] == Reason("stalled")


ENDPOINTS = {
    "/ivp/pdm/device_data": EndpointFact(served=False, reason=ABSENT),
    "/inventory.json": EndpointFact(served=False, reason=REFUSED),
}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("inverter.dc_voltage", ABSENT),
        ("inverter.status", REFUSED),
        ("battery.state_of_health", ABSENT),
        ("relay.temperature", ABSENT),
        ("collar.temperature", Reason("not_reported")),
        ("dry_contact.name", Reason("not_reported")),
    ],
)
def test_the_endpoint_that_would_carry_it_says_why(name: str, reason: Reason) -> None:
    assert _why(name, ("last_report", NOW), known=facts(endpoints=ENDPOINTS)) == reason


def test_an_endpoint_that_is_served_does_not_report_it() -> None:
    known = facts(endpoints={"/ivp/pdm/device_data": EndpointFact(served=True)})

    assert _why("inverter.dc_voltage", ("last_report", NOW), known=known) == Reason("not_reported")


def test_an_inverter_that_never_reported_has_no_power() -> None:
    known = facts(devices=(inverter("1"),))

    assert _why("inverter.power", known=known) == Reason("never_reported")
    assert _why("inverter.power", ("last_report", NOW), known=known) == Reason("not_reported")


@pytest.mark.parametrize(
    ("name", "identifier", "known", "code"),
    [
        ("meter.state", "production.L1", facts(), "whole_meter"),
        ("meter.power", "production.L1", facts(meters=(meter("production"),)), "not_reported"),
        ("meter.power", "storage", facts(meters=(meter("storage", enabled=False),)), "meter_disabled"),
        ("meter.power", "storage", facts(meters=(meter("storage"),)), "not_reported"),
        (
            "meter.power",
            "storage",
            facts(endpoints={"/ivp/meters/readings": EndpointFact(served=False, reason=Reason("endpoint_absent"))}),
            "endpoint_absent",
        ),
    ],
)
def test_of_a_meter(name: str, identifier: str, known: Facts, code: str) -> None:
    assert _why(name, known=known, identifier=identifier).code == code


def test_of_a_meter_whose_value_was_struck() -> None:
    assert _why("meter.power_factor", identifier="storage", struck=Reason("implausible", {"value": 2})).code == (
        "implausible"
    )


def test_of_the_token_and_the_settings() -> None:
    assert _why("firmware.token_role") == Reason("no_token")
    assert _why("storage.mode").code == "batteries_unknown"
    assert _why("storage.mode", known=facts(devices=(battery("B"),))) == Reason("not_reported")
    assert _why("storage.export_limited") == Reason("not_reported")


def test_carriers_are_read() -> None:
    assert {target for targets in CARRIERS.values() for target in targets} <= READERS.keys()
