import pytest

from heliograph.emulator.site.household import Household

MIDNIGHT = 1_750_000_000 // 86400 * 86400
DAY = range(0, 86400, 300)


@pytest.mark.parametrize("phases", [1, 2, 3])
def test_every_phase_always_uses_something(phases: int) -> None:
    house = Household(4, phases)

    for second in DAY:
        powers = house.powers(MIDNIGHT + second, second)
        assert len(powers) == phases
        assert min(powers) >= 50


def test_uses_about_fifteen_kilowatt_hours_a_day_and_most_in_the_evening() -> None:
    house = Household(4, 1)
    days = [[house.powers(MIDNIGHT + 86400 * day + s, s)[0] for s in DAY] for day in range(20)]

    assert 9_000 < sum(map(sum, days)) / 20 / 12 < 25_000
    night, evening = (sum(sum(day[a:b]) for day in days) for a, b in ((24, 60), (220, 256)))
    assert evening > 2 * night


def test_takes_more_in_winter() -> None:
    house = Household(4, 1)
    january, july = 1_736_900_000 // 86400 * 86400, 1_752_600_000 // 86400 * 86400

    def month(start: int) -> float:
        return sum(house.powers(start + 86400 * day + s, s)[0] for day in range(30) for s in DAY)

    assert month(january) > 1.2 * month(july)
