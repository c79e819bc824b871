"""A storage transformer that is wrong beside the batteries: all that follows from its power goes by their reports."""

from dataclasses import dataclass, field

import pytest

from heliograph.ledger import Books, Settings, advance
from heliograph.ledger.ledger import Advance
from heliograph.model import METRICS, Equipment, Identity, Quality, Reading, Snapshot, Subject, Value

START = 1_780_000_000.0
GATEWAY = Identity("122300000001", "D8.3.5169", "800-00654-r08", "192.0.2.1")
BATTERIES = 5


@dataclass
class House:
    """A roof of 3000 W, 1934 W consumed, five batteries; a transformer that measures something else."""

    at: float = START
    own: float = 18.0
    """W of each battery, by its own report."""
    level: int = 100
    measured: float = -1012.0
    """W that the transformer measures."""
    charged: float = 3_000_000.0
    discharged: float = 2_500_000.0
    battery: float = 90.0
    """What all batteries truly give, W."""
    reported_at: float | None = None
    silent: int = 0
    """How many of the batteries are not listed."""
    books: Books = field(default_factory=lambda: Books(serial=GATEWAY.serial))

    @property
    def net(self) -> float:
        return 1934.0 - 3000.0 - self.battery

    def _system(self, values: dict[str, Value]) -> Equipment:
        sources = dict.fromkeys(("battery_power", "charged_lifetime", "discharged_lifetime"), "meter.storage")
        readings = {
            key: Reading(METRICS[f"system.{key}"], value, self.at, sources.get(key, "meter.net"))
            for key, value in values.items()
        }
        return Equipment(Subject.SYSTEM, GATEWAY.serial, readings)

    def _battery(self, number: int) -> Equipment:
        at = self.at if self.reported_at is None else self.reported_at
        readings = {
            key: Reading(METRICS[f"battery.{key}"], value, at, "ensemble.power")
            for key, value in (("power", self.own), ("level", self.level))
        }
        return Equipment(Subject.BATTERY, f"B{number}", readings)

    def poll(self, seconds: float = 60.0) -> Advance:
        """Let time pass, and take one more snapshot into the books."""
        self.at += seconds
        self.charged += max(0.0, -self.measured) * seconds / 3600
        self.discharged += max(0.0, self.measured) * seconds / 3600
        passed = (self.at - START) / 3600
        values: dict[str, Value] = {
            "production_power": 3000.0,
            "net_power": self.net,
            "battery_power": self.measured,
            "battery_state": "charging" if self.measured < -150 else "discharging" if self.measured > 150 else "idle",
            "battery_count": BATTERIES,
            "production_lifetime": 9_000_000 + 3000 * passed,
            "import_lifetime": 1_000_000.0,
            "export_lifetime": 4_000_000 - self.net * passed,
            "charged_lifetime": self.charged,
            "discharged_lifetime": self.discharged,
        }
        follows = 3000.0 + self.net + self.measured
        if follows > -60:
            values["consumption_power"] = follows
        batteries = tuple(self._battery(number) for number in range(BATTERIES - self.silent))
        raw = Snapshot(GATEWAY, self.at, (self._system(values), *batteries))
        result = advance(self.books, raw, self.at, Settings())
        self.books = result.books
        return result

    def polls(self, count: int) -> Advance:
        for _ in range(count - 1):
            self.poll()
        return self.poll()


def _codes(result: Advance) -> set[str]:
    return {finding.code for finding in result.snapshot.findings}


@pytest.mark.parametrize("measured", [-1012.0, -2500.0], ids=["consumption 0", "consumption not given"])
def test_full_batteries_at_rest_are_not_charged_from_the_first_look_on(measured: float) -> None:
    house = House(measured=measured)
    system = house.poll().snapshot.system
    assert {key: system.value(key) for key in ("battery_power", "battery_state", "consumption_power")} == {
        "battery_power": 90.0,
        "battery_state": "idle",
        "consumption_power": 1934.0,
    }
    assert system.values["battery_power"].raw == measured
    assert system.values["battery_power"].quality is Quality.CORRECTED
    finding = house.poll().snapshot.findings[0]
    assert (finding.code, finding.key, finding.raw, finding.given) == (
        "storage_differs",
        "battery_power",
        measured,
        90.0,
    )


def test_a_days_energies_go_by_the_batteries_and_consumption_with_them() -> None:
    house = House()
    first = house.poll().snapshot.system
    system = house.polls(600).snapshot.system
    grown = {
        key: float(system.value(f"{key}_lifetime") or 0) - float(first.value(f"{key}_lifetime") or 0)
        for key in ("charged", "discharged", "consumption")
    }
    # Five batteries that give 18 W each rest: what they lose by standing by is no flow.
    assert grown == pytest.approx({"charged": 0.0, "discharged": 0.0, "consumption": 19_340 - 900}, abs=1.0)
    assert system.value("consumption_power") == 1934.0


def test_half_full_batteries_at_rest_convince_after_a_quarter_of_an_hour() -> None:
    house = House(level=50)
    early = house.polls(14)
    assert early.snapshot.system.value("battery_power") == -1012.0
    assert "storage_differs" not in _codes(early)
    late = house.polls(3)
    assert late.snapshot.system.value("battery_power") == 90.0
    assert "storage_differs" in _codes(late)


@pytest.mark.parametrize("measured", [90.0, 250.0, -150.0])
def test_what_standby_and_losses_explain_is_believed(measured: float) -> None:
    result = House(measured=measured).polls(60)
    assert result.snapshot.system.value("battery_power") == measured
    assert "storage_differs" not in _codes(result)


def test_a_battery_that_reports_late_is_no_contradiction() -> None:
    house = House(level=50)
    for _ in range(6):
        house.own, house.measured = 18.0, -1012.0
        assert house.polls(5).snapshot.system.value("battery_power") == -1012.0
        house.own = -200.0
        assert house.polls(5).snapshot.system.value("battery_power") == -1012.0
    assert "storage_differs" not in _codes(house.poll())


def test_what_works_goes_by_the_batteries_once_the_transformer_is_not_believed() -> None:
    house = House()
    house.polls(3)
    house.own, house.level, house.battery = -300.0, 80, -1500.0
    system = house.poll().snapshot.system
    assert system.value("battery_power") == -1500.0
    assert system.value("battery_state") == "charging"
    assert system.value("consumption_power") == 1934.0


def test_without_reports_of_the_batteries_the_power_is_absent() -> None:
    house = House()
    house.polls(3)
    house.reported_at = house.at - 240
    system = house.polls(3).snapshot.system
    for key in ("battery_power", "battery_state", "consumption_power"):
        assert key not in system.values
        assert system.absent[key].code == "storage_differs"


def test_a_mended_transformer_is_believed_again_and_its_counter_goes_on() -> None:
    house = House()
    before = float(house.polls(120).snapshot.system.value("charged_lifetime") or 0)
    house.measured = 90.0
    system = house.polls(3).snapshot.system
    assert system.value("battery_power") == 90.0
    assert system.values["battery_power"].quality is Quality.MEASURED
    house.own, house.measured, house.battery = -200.0, -1000.0, -1000.0
    result = house.polls(60)
    after = float(result.snapshot.system.value("charged_lifetime") or 0)
    assert after - before == pytest.approx(1000.0, abs=20.0)
    assert ("storage_differs", "battery_power") not in {(one.code, one.key) for one in result.snapshot.findings}


@pytest.mark.parametrize("share", [0.0, 0.5, -1.0], ids=["nothing", "half", "turned round"])
def test_batteries_at_work_convince_after_a_quarter_of_an_hour(share: float) -> None:
    house = House(level=50, own=-400.0, battery=-2000.0, measured=-2000.0 * share)
    early = house.polls(15)
    assert early.snapshot.system.value("battery_power") == -2000.0 * share
    before = float(early.snapshot.system.value("charged_lifetime") or 0)
    late = house.polls(61)
    system = late.snapshot.system
    assert system.value("battery_power") == -2000.0
    assert system.value("battery_state") == "charging"
    assert system.value("consumption_power") == 1934.0
    assert float(system.value("charged_lifetime") or 0) - before == pytest.approx(2000.0, abs=70.0)
    assert _codes(late) >= {"storage_mismatch"}
    # At rest, a transformer that shows nothing does not show that it is right.
    house.own = house.battery = house.measured = 0.0
    assert "storage_mismatch" in _codes(house.polls(5))


def test_a_transformer_that_measures_what_batteries_report_at_work_is_believed_again() -> None:
    house = House(level=50, own=-400.0, battery=-2000.0, measured=0.0)
    house.polls(20)
    house.measured = -1900.0
    late = house.polls(2)
    assert late.snapshot.system.value("battery_power") == -1900.0
    assert late.snapshot.system.values["battery_power"].quality is Quality.MEASURED
    assert "storage_mismatch" not in {one.code for one in late.snapshot.findings if one.key == "battery_power"}


@pytest.mark.parametrize("measured", [-1500.0, -2500.0], ids=["a quarter less", "a quarter more"])
def test_losses_and_calibration_between_batteries_and_transformer_are_no_mismatch(measured: float) -> None:
    house = House(level=50, own=-400.0, battery=-2000.0, measured=measured)
    result = house.polls(60)
    assert result.snapshot.system.value("battery_power") == measured
    assert not {"storage_differs", "storage_mismatch"} & _codes(result)


def test_batteries_of_which_one_is_silent_are_no_witness() -> None:
    house = House()
    house.silent = 1
    assert "storage_differs" not in _codes(house.polls(20))


def test_what_no_counter_counts_begins_at_zero_in_both_directions_at_once() -> None:
    power = Reading(METRICS["system.battery_power"], -500.0, START, "ensemble.power")
    raw = Snapshot(GATEWAY, START, (Equipment(Subject.SYSTEM, GATEWAY.serial, {"battery_power": power}),))
    system = advance(Books(serial=GATEWAY.serial), raw, START, Settings()).snapshot.system
    assert (system.value("charged_lifetime"), system.value("discharged_lifetime")) == (0.0, 0.0)
    assert system.values["discharged_lifetime"].quality is Quality.DERIVED
