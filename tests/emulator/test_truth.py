import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.emulator.families import FAMILIES, build
from heliograph.emulator.lies import LIES
from heliograph.emulator.site.truth import Energies, Truth
from tests.emulator.asking import MIDNIGHT, MORNING, NIGHT, NOON, ask


def balance(energies: Energies) -> float:
    return round(
        energies.production
        - energies.production_received
        + energies.imported
        - energies.exported
        + energies.discharged
        - energies.charged,
        3,
    )


@settings(max_examples=30)
@given(st.sampled_from(sorted(FAMILIES)), st.integers(0, 10 * 86400), st.integers(0, 99))
def test_it_adds_up(name: str, seconds: int, seed: int) -> None:
    truth = build(name, start=MORNING, seed=seed).truth(MORNING + seconds)

    assert truth.net_power == pytest.approx(truth.consumption_power - truth.production_power - truth.battery_power)
    for energies in (truth.lifetime, truth.today, truth.seven_days):
        assert energies.consumption == balance(energies)
    for name_ in ("production_power", "consumption_power", "net_power", "battery_power"):
        assert sum(getattr(phase, name_) for phase in truth.phases) == pytest.approx(getattr(truth, name_), abs=1e-6)
    assert sum(each.power for each in truth.batteries.values()) == pytest.approx(truth.battery_power, abs=0.01)
    assert (truth.state_of_charge is None) is (not truth.batteries)


def test_lies_do_not_touch_it() -> None:
    def after(lies: set[str]) -> Truth:
        gateway = build("iq-encharge-8.2", start=MORNING, lies=lies)
        ask(gateway, "/production.json", MORNING)
        return gateway.truth(NOON)

    assert after(set(LIES)) == after(set())


def test_days_begin_at_local_midnight() -> None:
    gateway = build("iq-metered-7.6", start=MORNING)

    assert gateway.truth(MIDNIGHT - 1).today.production > 10_000
    assert gateway.truth(MIDNIGHT).today.production == 0
    assert gateway.truth(MIDNIGHT).midnight == MIDNIGHT


def test_inverters_are_heard_by_day() -> None:
    gateway = build("iq-metered-8.2", start=MORNING, retired=1, dead=1)

    by_day = gateway.truth(NOON).inverters.values()
    assert [each.communicating for each in by_day].count(True) == 11
    assert [each.retired for each in by_day].count(True) == 1
    assert not any(each.communicating for each in gateway.truth(NIGHT).inverters.values())


def test_lifetime_reaches_back_to_the_commissioning() -> None:
    old, new = (
        build("iq-metered-7.6", start=MORNING, commissioned=MORNING - years * 31_557_600).truth(NOON).lifetime
        for years in (8, 1)
    )

    assert old.production == pytest.approx(8 * new.production, rel=0.05)
    assert build("iq-metered-7.6", start=MORNING, commissioned=MORNING).truth(NOON).lifetime.production < 60_000
