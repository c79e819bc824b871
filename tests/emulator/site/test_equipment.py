from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from heliograph.emulator.site import equipment
from heliograph.emulator.site.equipment import Equipment, combined, lay_out, metered, serial_of
from heliograph.emulator.site.plan import Condition, Measurement, Plan, Storage


def plan(kit: Equipment, *, inverters: int | None = None, batteries: int | None = None, seed: int = 0) -> Plan:
    return lay_out(
        kit,
        serial=None,
        inverters=inverters,
        batteries=batteries,
        retired=None,
        dead=None,
        seed=seed,
        latitude=45.0,
        longitude=5.0,
        zone=ZoneInfo("Europe/Paris"),
        commissioned=1_600_000_000,
    )


def test_serial_numbers_are_twelve_digits_and_all_different() -> None:
    site = plan(Equipment(retired=5, dead=2, encharges=3, acbs=2, relays=1), inverters=400)
    serials = [each.serial for group in (site.inverters, site.batteries, site.relays) for each in group]

    assert all(len(serial) == 12 and serial.isdigit() for serial in [*serials, site.serial])
    assert len(set(serials)) == len(serials)


def test_two_seeds_share_no_serial() -> None:
    one, two = (plan(Equipment(), inverters=60, seed=seed) for seed in (1, 2))

    assert not {each.serial for each in one.inverters} & {each.serial for each in two.inverters}
    assert one.serial != two.serial


def test_the_ninety_nines_show_that_a_serial_is_invented() -> None:
    assert serial_of("48", 3, 1)[2:4] == "99"


def test_retired_and_dead_units_are_counted_apart() -> None:
    site = plan(Equipment(inverters=10, retired=3, dead=2))

    conditions = [each.condition for each in site.inverters]
    assert [conditions.count(each) for each in Condition] == [8, 2, 3]
    assert len(site.active) == 10


@pytest.mark.parametrize(
    ("encharges", "acbs", "wanted", "expected"),
    [(2, 0, 5, (5, 0)), (0, 2, 3, (0, 3)), (1, 3, 5, (3, 2)), (0, 0, 2, (2, 0)), (2, 2, 0, (0, 0))],
)
def test_batteries_are_of_the_family_s_kind(encharges: int, acbs: int, wanted: int, expected: tuple[int, int]) -> None:
    site = plan(Equipment(encharges=encharges, acbs=acbs), batteries=wanted)

    assert (len(site.kept(Storage.ENCHARGE)), len(site.kept(Storage.ACB))) == expected


def test_the_leans_of_batteries_cancel_out() -> None:
    site = plan(Equipment(encharges=2, acbs=3))

    assert sum(each.lean * each.model.capacity for each in site.batteries) == pytest.approx(0, abs=1e-9)


def test_meters_keep_their_numbers() -> None:
    assert [each.eid for each in metered(storage=True)] == [704643328, 704643584, 704643840]
    assert [each.eid for each in combined()][3:] == [704644352, 704644608, 704644864, 704645120]


def test_a_disabled_meter_measures_nothing() -> None:
    site = plan(replace(Equipment(), wiring=equipment.SPLIT_PHASE, meters=metered(consumption=False)))

    assert site.measures(Measurement.PRODUCTION)
    assert not site.measures(Measurement.NET)
    assert not site.measures(Measurement.STORAGE)
