import pytest

from heliograph.ledger import Books, Settings, advance
from heliograph.ledger.trust import INTEGRAL
from heliograph.model import Quality, Reading, Snapshot, Value
from tests.ledger.lies import told
from tests.ledger.life import PARIS, SERIAL, SPRING, WRAP, Lie, Life, Values
from tests.ledger.story import Story, lead

DAY, HOUR = 86400.0, 3600.0


def reading(story: Story, key: str) -> Reading:
    assert story.snapshot is not None
    return story.snapshot.system.values[key]


def value(snapshot: Snapshot | None, key: str) -> Value | None:
    assert snapshot is not None
    return snapshot.system.value(key)


class Sum(Life):
    """A gateway without meter, whose lifetime is the sum of the inverters that it lists."""

    gone: frozenset[int] = frozenset()

    def system(self) -> tuple[Values, dict[str, str]]:
        values, sources = super().system()
        listed = [energy for index, energy in enumerate(self.energies) if index not in self.gone]
        values["production_lifetime"] = round(sum(listed), 3)
        values["inverter_count"] = len(listed)
        return values, sources

    def _panels_left(self) -> None:
        self._devices = (0.0, ())


def test_what_a_removed_inverter_had_produced_stays_counted() -> None:
    life = Sum(SPRING, meter=False)
    story = lead(life, 0.45)
    before = reading(story, "production_lifetime").value
    life.stopped = {3}
    life.gone = frozenset({3})
    life.panels = lambda: tuple(p for p in Life.panels(life) if p.id != "121900000003")  # type: ignore[method-assign]
    story = lead(life, 0.2, story=story)
    assert story.codes() == {"inverter_gone"}
    given = reading(story, "production_lifetime")
    assert given.value == pytest.approx(sum(life.energies), abs=60)
    assert isinstance(before, float)
    assert story.fallen == []


def test_overflows_of_the_past_are_seen_at_first_sight_where_the_inverters_tell_their_own() -> None:
    life = Life(SPRING + 0.4 * DAY)
    life.lies = (told("wrapped_twice", SPRING, SPRING + DAY),)
    story = lead(life, 0.01)
    assert reading(story, "production_lifetime").value == pytest.approx(life.truth["production"], abs=1)
    assert story.open() == {"counter_wrapped"}
    assert story.fallen == []


def test_overflows_of_the_past_are_unknown_where_the_inverters_tell_nothing() -> None:
    life = Life(SPRING + 0.4 * DAY, own_energy=False)
    life.lies = (told("wrapped", SPRING, SPRING + DAY),)
    story = lead(life, 0.01)
    assert reading(story, "production_lifetime").value == pytest.approx(life.truth["production"] - WRAP, abs=1)
    assert story.codes() == set()


def test_net_is_import_less_export() -> None:
    def drifting(life: Life, values: Values, sources: dict[str, str]) -> None:
        values["net_lifetime"] = life.lifetime("net") + 4_321.0

    life = Life(SPRING)
    life.lies = (Lie("drift", SPRING, SPRING + DAY, drifting),)
    story = lead(life, 0.3)
    net = reading(story, "net_lifetime")
    assert net.value == pytest.approx(life.lifetime("net"), abs=0.01)
    assert (net.source, net.quality) == ("ledger: import − export", Quality.DERIVED)
    assert net.raw == pytest.approx(life.lifetime("net") + 4_321.0, abs=0.01)


def without_counters(life: Life, values: Values, sources: dict[str, str]) -> None:
    del values["import_lifetime"], values["export_lifetime"]


def test_without_counters_import_and_export_are_integrated_and_net_is_the_gateway_s() -> None:
    life = Life(SPRING)
    life.lies = (Lie("bare", SPRING, SPRING + 9 * DAY, without_counters),)
    story = lead(life, 1.6)
    for name in ("import", "export"):
        energy, day = reading(story, f"{name}_lifetime"), reading(story, f"{name}_today")
        assert (energy.quality, energy.source) == (Quality.DERIVED, INTEGRAL)
        assert day.value == pytest.approx(life.day(name), rel=0.01)
    assert reading(story, "net_lifetime").value == pytest.approx(life.lifetime("net"), abs=0.01)
    assert reading(story, "net_today").value == pytest.approx(life.day("net"), abs=1)
    assert story.codes() == set()


def test_battery_energy_is_integrated_where_no_meter_counts_it() -> None:
    life = Life(SPRING, battery=9000.0, storage_meter=False)
    story = lead(life, 2.9)
    for name in ("charged", "discharged"):
        energy, day = reading(story, f"{name}_lifetime"), reading(story, f"{name}_today")
        assert energy.quality is Quality.DERIVED
        assert energy.reason is not None
        assert energy.reason.code == "integrated"
        assert day.value == pytest.approx(life.day(name), rel=0.01)


@pytest.mark.parametrize("name", ["frozen_production", "production_zero"])
def test_how_the_gateway_counts_a_battery_is_not_doubted_for_a_wrong_production(name: str) -> None:
    life = Life(SPRING, battery=9000.0, storage_meter=False)
    life.lies = (told(name, SPRING + 32 * HOUR, SPRING + 40 * HOUR),)
    story = lead(life, 3.0)
    assert not any(finding.key == "consumption_lifetime" for _, finding in story.opened)
    assert story.off(share=0.01, floor=60.0) == {}


def test_a_total_that_is_the_net_is_mended_with_what_the_battery_gave() -> None:
    life = Life(SPRING, battery=9000.0)
    life.lies = (told("total_is_net", SPRING + 32 * HOUR, SPRING + 40 * HOUR),)
    story = lead(life, 2.0)
    assert story.open() == set()
    assert story.off(share=0.01, floor=25.0) == {}


@pytest.mark.parametrize("seconds", [900.0, 3600.0])
def test_counters_that_step_by_the_quarter_or_the_hour_are_not_frozen(seconds: float) -> None:
    def slow(life: Life, values: Values, sources: dict[str, str]) -> None:
        for key in ("production_lifetime", "import_lifetime", "export_lifetime", "charged_lifetime"):
            step = life.at // seconds
            if life.memory.get(f"{key} step") != step:
                life.memory |= {f"{key} step": step, key: float(values[key])}
            values[key] = life.memory[key]

    life = Life(SPRING, battery=9000.0)
    life.lies = (Lie("slow", SPRING, SPRING + 9 * DAY, slow),)
    story = lead(life, 2.5, every=120)
    assert not any(finding.code == "counter_frozen" for _, finding in story.opened)
    assert story.off(share=0.01, floor=600.0) == {}


def test_idle_battery_neither_charges_nor_discharges() -> None:
    def idle(life: Life, values: Values, sources: dict[str, str]) -> None:
        values |= {"battery_count": 2, "battery_power": 48.0}

    life = Life(SPRING)
    life.lies = (Lie("idle", SPRING, SPRING + 9 * DAY, idle),)
    story = lead(life, 0.5)
    assert value(story.snapshot, "discharged_lifetime") == 0.0


def test_counter_that_is_silent_for_a_moment_is_not_mixed_with_its_power() -> None:
    def silent(life: Life, values: Values, sources: dict[str, str]) -> None:
        del values["import_lifetime"]

    life = Life(SPRING)
    start = SPRING + 0.5 * DAY
    life.lies = (Lie("silent", start, start + 600, silent),)
    story = lead(life, 0.503)
    assert "import_lifetime" not in story.snapshot.system.values  # type: ignore[union-attr]
    assert "net_lifetime" not in story.snapshot.system.values  # type: ignore[union-attr]
    story = lead(life, 0.1, story=story)
    assert story.codes() == set()
    assert reading(story, "import_lifetime").value == pytest.approx(life.truth["import"], abs=0.01)
    assert reading(story, "net_lifetime").value == pytest.approx(life.lifetime("net"), abs=0.01)


def test_shares_of_the_day() -> None:
    life = Life(SPRING)
    story = lead(life, 1.8)
    kept = 100 * (1 - life.day("export") / life.day("production"))
    own = 100 * (1 - life.day("import") / life.day("consumption"))
    assert value(story.snapshot, "self_consumption") == pytest.approx(kept, abs=0.1)
    assert value(story.snapshot, "autarky") == pytest.approx(own, abs=0.1)


def test_shares_of_nothing_are_absent() -> None:
    story = lead(Life(SPRING), 1.1)
    assert story.snapshot is not None
    assert story.snapshot.system.absent["self_consumption"].code == "nothing_yet"
    assert value(story.snapshot, "autarky") == 0.0


def test_gateway_without_lifetime_keeps_its_credible_day() -> None:
    def bare(life: Life, values: Values, sources: dict[str, str]) -> None:
        del values["production_lifetime"]

    life = Life(SPRING + 0.5 * DAY, meter=False)
    life.lies = (Lie("bare", SPRING, SPRING + DAY, bare),)
    story = lead(life, 0.01)
    assert story.snapshot is not None
    assert reading(story, "production_today").quality is Quality.MEASURED
    assert "production_lifetime" in story.snapshot.system.absent


def test_more_power_than_was_thought_possible_is_believed_where_power_says_so() -> None:
    class Big(Life):
        """Another roof behind the same meter, unknown to the gateway."""

        def system(self) -> tuple[Values, dict[str, str]]:
            values, sources = super().system()
            for key in ("production_power", "production_lifetime", "production_today"):
                values[key] = float(values[key]) * 8
            return values, sources

    life = Big(SPRING, meter=False, own_energy=False, inverters=2)
    story = lead(life, 0.6)
    assert story.codes() == set()
    assert reading(story, "production_lifetime").value == pytest.approx(8 * life.truth["production"], abs=0.01)


def test_rated_power_of_the_settings_bounds_what_is_believed() -> None:
    life = Life(SPRING + 0.5 * DAY, meter=False)
    books = Books.open(SERIAL)
    for jump in (0.0, 0.0, 900.0):
        life.live(60)
        life.truth["production"] += jump
        given = advance(books, life.snapshot(), life.at, Settings(zone=PARIS, rated_power=2400.0))
        books = given.books
    assert [finding.code for finding in given.opened] == ["counter_jumped"]
