from dataclasses import replace

import pytest

from heliograph.ledger import Books, Settings, advance
from heliograph.ledger.counters import WRAP
from heliograph.model import METRICS, Equipment, Quality, Reading, Reason, Snapshot, Subject
from tests.ledger.life import GATEWAY, PARIS, SERIAL, SPRING

SETTINGS = Settings(zone=PARIS)


def inverter(energy: float, at: float) -> Equipment:
    values = {
        "energy_lifetime": Reading(METRICS["inverter.energy_lifetime"], energy, at, "device_data"),
        "last_report": Reading(METRICS["inverter.last_report"], at - 100, at, "device_data"),
    }
    return Equipment(Subject.INVERTER, "1219", values)


def storage(delivered: float, received: float, at: float) -> Equipment:
    metrics = {"energy_delivered": delivered, "energy_received": received}
    values = {key: Reading(METRICS[f"meter.{key}"], value, at, "readings") for key, value in metrics.items()}
    return Equipment(Subject.METER, "storage", values)


def fed(*equipment: Equipment, every: float = 300.0) -> tuple[Snapshot, Books]:
    books = Books.open(SERIAL)
    for index, item in enumerate(equipment):
        at = SPRING + (index + 1) * every
        given = advance(books, Snapshot(GATEWAY, at, (item,)), at, SETTINGS)
        books = given.books
    return given.snapshot, books


def test_overflow_of_one_inverter_is_put_right_with_it() -> None:
    energies = [1_193_000.0, 1_193_020.0, *[1_193_040.0 + 20 * n - WRAP for n in range(1, 5)]]
    snapshot, books = fed(*[inverter(energy, SPRING + 300 * n) for n, energy in enumerate(energies)])
    reading = snapshot.equipment[0].values["energy_lifetime"]
    assert reading.value == pytest.approx(1_193_120.0)
    assert reading.quality is Quality.CORRECTED
    assert [(finding.code, finding.id) for finding in books.findings.values()] == [("counter_wrapped", "1219")]


def test_honest_devices_pass_as_they_are() -> None:
    item = inverter(500_000.0, SPRING)
    snapshot, books = fed(item, item)
    assert snapshot.equipment[0] is item
    assert books.findings == {}


def test_half_of_a_meter_is_held() -> None:
    snapshot, books = fed(storage(800_000, 900_000, SPRING), storage(400_000, 900_010, SPRING), every=60)
    values = snapshot.equipment[0].values
    assert (values["energy_delivered"].value, values["energy_delivered"].raw) == (800_000, 400_000)
    assert values["energy_received"].value == 900_010
    assert [finding.key for finding in books.findings.values()] == ["energy_delivered"]


def test_first_zero_of_a_meter_is_not_given_yet() -> None:
    snapshot, _ = fed(storage(0, 900_000, SPRING))
    assert snapshot.equipment[0].absent == {"energy_delivered": Reason("unproven_zero")}


def test_retired_inverters_keep_what_they_had() -> None:
    item = replace(inverter(500_000.0, SPRING), retired=True)
    snapshot, books = fed(item)
    assert snapshot.equipment == (item,)
    assert books.panels == {}
