import pytest

from heliograph.model import (
    UNITS,
    Equipment,
    Identity,
    Quality,
    Quantity,
    Reading,
    Reason,
    Snapshot,
    Subject,
    metric,
)

POWER = metric(Subject.INVERTER, "power")
FIRST = Equipment(Subject.INVERTER, "1", values={"power": Reading(POWER, 12, 5.0, "reports")})
SECOND = Equipment(Subject.INVERTER, "2", absent={"power": Reason("never_reported")})
WHOLE = Equipment(Subject.SYSTEM, "S")
GATEWAY = Identity("S", "D8.3.5169", "800", "gateway")


def test_every_quantity_has_a_unit() -> None:
    assert UNITS.keys() == set(Quantity)


def test_a_metric_knows_its_name_and_unit() -> None:
    assert (POWER.name, POWER.unit) == ("inverter.power", "W")
    assert metric(Subject.INVERTER, "status").unit == ""


def test_a_value_that_is_absent_is_none() -> None:
    assert FIRST.value("power") == 12
    assert SECOND.value("power") is None


def test_a_reading_is_measured_unless_told_otherwise() -> None:
    assert FIRST.values["power"].quality is Quality.MEASURED


def test_equipment_is_found_by_subject_and_id() -> None:
    snapshot = Snapshot(GATEWAY, 5.0, (FIRST, SECOND, WHOLE))

    assert list(snapshot.of(Subject.INVERTER)) == [FIRST, SECOND]
    assert snapshot.find(Subject.INVERTER) is FIRST
    assert snapshot.find(Subject.INVERTER, "2") is SECOND
    assert snapshot.find(Subject.INVERTER, "3") is None
    assert snapshot.system is WHOLE


def test_a_snapshot_of_devices_has_no_system() -> None:
    with pytest.raises(LookupError, match="no system values"):
        _ = Snapshot(GATEWAY, 5.0, (FIRST,)).system


def test_what_is_said_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        FIRST.values["power"].value = 13  # type: ignore[misc]  # that is the test
