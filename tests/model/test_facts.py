from dataclasses import replace

import pytest

from heliograph.model import Authentication, DeviceFact, Facts, MeterFact, Subject, firmware_version

FACTS = Facts("122300000001", "D8.3.5169", "800-00654-r08", Authentication.TOKEN)
PRODUCTION = MeterFact(704643328, "production", True, 1)
NET = MeterFact(704643584, "net-consumption", False, 1)


@pytest.mark.parametrize(
    ("firmware", "version"),
    [
        ("D8.3.5169", (8, 3, 5169)),
        ("R3.9.36", (3, 9, 36)),
        ("M4.2.33", (4, 2, 33)),
        ("08.03.5169", (8, 3, 5169)),
        ("", ()),
        ("unknown", ()),
        ("D8." + "1" * 5000, (8, *[111_111_111] * 6, 1_111_111)),
    ],
)
def test_firmware_becomes_numbers(firmware: str, version: tuple[int, ...]) -> None:
    assert firmware_version(firmware) == version
    assert replace(FACTS, firmware=firmware).version == version


def test_versions_compare_as_numbers() -> None:
    assert firmware_version("D3.17.3") > firmware_version("R3.9.36")
    assert firmware_version("D8.2.4264") > firmware_version("D8.2.127")


def test_meters_count_where_they_are_enabled() -> None:
    facts = replace(FACTS, meters=(PRODUCTION, NET))

    assert facts.meter("production") is PRODUCTION
    assert facts.meter("net-consumption", "total-consumption") is None
    assert facts.meter("net-consumption", "production") is PRODUCTION
    assert FACTS.meter("production") is None


def test_devices_count_where_they_are_in_service() -> None:
    here, gone = DeviceFact(Subject.INVERTER, "1"), DeviceFact(Subject.INVERTER, "2", retired=True)
    facts = replace(FACTS, devices=(here, gone, DeviceFact(Subject.BATTERY, "3")))

    assert facts.of(Subject.INVERTER) == (here,)
    assert facts.of(Subject.RELAY) == ()
