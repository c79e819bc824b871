import math

import pytest

from heliograph.ledger.books import Baseline, Counter
from heliograph.ledger.counters import SHAPES, WRAP, Bounds, begun_anew, count, grain, proven

ROOF = Bounds(6_000.0)
T0 = 1_780_000_000.0


def begun(raw: float = 10_000_000.0, source: str = "meter") -> Counter:
    return count(None, raw, source, T0, ROOF)


def fed(counter: Counter, *raws: float, source: str = "meter", every: float = 60.0, bounds: Bounds = ROOF) -> Counter:
    at = max(counter.at, counter.doubt.at if counter.doubt else 0.0)
    for raw in raws:
        at += every
        counter = count(counter, raw, source, at, bounds)
    return counter


def code(counter: Counter) -> str:
    return "" if counter.doubt is None else counter.doubt.code


def test_growth_is_believed() -> None:
    counter = fed(begun(), 10_000_050, 10_000_090)
    assert (counter.given, counter.doubt, counter.baseline.offset) == (10_000_090, None, 0.0)


def test_standing_still_is_believed_and_remembered() -> None:
    counter = fed(begun(), 10_000_000, 10_000_000)
    assert (counter.at, counter.moved) == (T0 + 120, T0)


@pytest.mark.parametrize("wraps", [1, 2, 7])
def test_overflow_is_held_then_put_right(wraps: int) -> None:
    low = 10_000_000 - wraps * WRAP
    held = fed(begun(), low + 10, low + 20)
    assert (code(held), held.given) == ("counter_wrapped", 10_000_000)
    settled = fed(held, low + 30)
    assert settled.given == pytest.approx(10_000_030)
    baseline = settled.baseline
    assert (baseline.code, baseline.wraps, baseline.since) == ("counter_wrapped", wraps, T0 + 60)


def test_second_overflow_adds_to_the_first() -> None:
    once = fed(begun(), *[10_000_000 - WRAP + n for n in (1, 2, 3)])
    twice = fed(once, *[10_000_000 - 2 * WRAP + n for n in (4, 5, 6)])
    assert twice.given == pytest.approx(10_000_006)
    assert (twice.baseline.wraps, twice.baseline.since) == (2, T0 + 60)


def test_overflow_that_heals_by_a_firmware_update_is_no_energy() -> None:
    once = fed(begun(), *[10_000_000 - WRAP + n for n in (1, 2, 3)])
    healed = fed(once, 10_000_004)
    assert (healed.given, healed.baseline.offset, healed.doubt) == (10_000_004, 0.0, None)


def test_fall_near_an_overflow_is_none() -> None:
    low = 10_000_000 - WRAP - 40_000
    assert code(fed(begun(), low)) == "counter_fell"


def test_fall_below_zero_is_no_overflow() -> None:
    counter = fed(begun(2 * WRAP - 30), -50.0)
    assert code(counter) == "counter_fell"


def test_fall_of_what_an_inverter_had_produced() -> None:
    bounds = Bounds(6_000.0, departed={"1219": 2_345_678.0})
    low = 10_000_000 - 2_345_678
    settled = fed(begun(), low + 20, low + 60, low + 90, bounds=bounds)
    assert settled.baseline.code == "inverter_gone"
    assert settled.given == pytest.approx(10_000_070)
    assert code(fed(begun(), low - 100_000, bounds=bounds)) == "counter_fell"


def test_unexplained_fall_is_held_then_offset() -> None:
    held = fed(begun(), 7_000_000, 7_000_010, 7_000_020)
    assert (code(held), held.given) == ("counter_fell", 10_000_000)
    settled = fed(held, *[7_000_030 + 10 * n for n in range(4)])
    assert (settled.baseline.code, settled.given) == ("counter_fell", 10_000_060)


def test_values_that_disagree_are_never_settled() -> None:
    counter = fed(begun(), *[7_000_000 - n * 50_000 for n in range(40)])
    assert (code(counter), counter.given, counter.baseline.offset) == ("counter_fell", 10_000_000, 0.0)


def test_zero_is_held_for_ever() -> None:
    counter = fed(begun(), *[0.0] * 500)
    assert (code(counter), counter.given) == ("counter_zero", 10_000_000)


def test_first_zero_is_not_given_until_it_lasts() -> None:
    counter = fed(begun(0.0), 0.0, 0.0)
    assert not proven(counter)
    assert fed(counter, 9_000_000).given == 9_000_000
    lasting = fed(counter, *[0.0] * 58)
    assert proven(lasting)
    assert lasting.given == 0.0
    assert fed(lasting, 40.0).given == 40.0


def test_a_counter_that_never_counted_begins_with_its_first_number() -> None:
    zero = fed(begun(0.0), *[0.0] * 70)
    held = fed(zero, 9_000_000, 9_000_020)
    assert (code(held), held.given) == ("counter_begun", 0.0)
    started = fed(held, 9_000_040)
    assert (started.given, started.baseline, started.former) == (9_000_040, Baseline("meter"), ())
    assert begun_anew(held, started)
    assert not begun_anew(zero, held)


def test_exact_half_is_held_for_an_hour() -> None:
    start = begun(800_000)
    held = fed(start, *[400_000.0] * 59)
    assert (code(held), held.given) == ("counter_halved", 800_000)
    assert fed(held, 800_010).given == 800_010
    settled = fed(held, 400_000, 400_000)
    assert settled.baseline.code == "counter_halved"
    assert fed(settled, 800_020).given == 800_020


def test_a_fall_to_less_than_half_is_no_half() -> None:
    assert code(fed(begun(800_000), 380_000)) == "counter_fell"


def test_jump_is_held_then_offset_and_its_end_is_no_energy() -> None:
    held = fed(begun(), 16_780_000, 16_780_020)
    assert (code(held), held.given) == ("counter_jumped", 10_000_000)
    settled = fed(held, 16_780_040)
    assert (settled.baseline.code, settled.given) == ("counter_jumped", 10_000_040)
    assert fed(settled, 10_000_070).given == 10_000_070


def test_a_jump_does_not_become_true_because_time_passes() -> None:
    slow = fed(begun(), 10_001_300, 10_001_320, every=300)
    assert (code(slow), slow.given) == ("counter_jumped", 10_000_000)
    assert fed(slow, 10_000_050, every=300).given == 10_000_050


def test_former_baseline_is_forgotten_only_by_what_continues_the_present_one() -> None:
    settled = fed(begun(), 10_030_000, 10_030_020, 10_030_040)
    month = fed(settled, *[10_030_040 + n * 1000 for n in range(1, 721)], every=3600)
    assert month.given == settled.given + 720_000


def test_one_bad_value_leaves_no_trace() -> None:
    counter = fed(begun(), 5_000_000, 10_000_060, 10_000_080)
    assert (counter.given, counter.baseline, counter.former) == (10_000_080, Baseline("meter"), ())


def test_step_after_a_gap_needs_two_that_agree() -> None:
    first = count(begun(), 10_020_000, "meter", T0 + 36_000, ROOF)
    assert (code(first), first.given) == ("after_gap", 10_000_000)
    second = count(first, 10_020_040, "meter", T0 + 36_060, ROOF)
    assert (code(second), second.given) == ("", 10_020_040)


def test_first_value_after_a_gap_that_is_taken_back_leaves_no_trace() -> None:
    first = count(begun(), 10_020_000, "meter", T0 + 36_000, ROOF)
    second = count(first, 10_001_000, "meter", T0 + 36_060, ROOF)
    third = count(second, 10_001_020, "meter", T0 + 36_120, ROOF)
    assert (code(second), third.given) == ("after_gap", 10_001_020)


def test_gap_without_a_step_needs_no_second_value() -> None:
    counter = count(begun(), 10_000_000, "meter", T0 + 36_000, ROOF)
    assert counter.doubt is None


def test_more_than_can_flow_in_a_gap_is_a_jump() -> None:
    assert code(count(begun(), 10_090_000, "meter", T0 + 36_000, ROOF)) == "counter_jumped"


def test_other_source_is_held_then_offset_then_recognised_on_return() -> None:
    held = fed(begun(), 4_000_000, 4_000_020, source="inverters")
    assert (code(held), held.given) == ("source_changed", 10_000_000)
    settled = fed(held, 4_000_040, source="inverters")
    assert (settled.given, settled.baseline.source) == (10_000_040, "inverters")
    back = fed(settled, 10_000_110)
    assert (back.given, back.baseline.offset, back.baseline.code) == (10_000_110, 0.0, "")
    again = fed(back, 4_000_110, source="inverters")
    assert (again.given, again.doubt) == (10_000_110, None)


def test_what_is_exact_outlives_any_number_of_guesses() -> None:
    counter = begun()
    for n in range(1, 9):
        counter = fed(counter, *[10_000_000 - n * 400_000 + 10 * k for k in range(3)], source=f"other {n}")
    assert counter.baseline.code == "source_changed"
    back = fed(counter, counter.given + 20)
    assert (back.baseline.code, back.baseline.offset, back.given) == ("", 0.0, counter.given + 20)


def test_other_name_of_the_same_counter_is_no_change() -> None:
    counter = fed(begun(), 10_000_010, source="readings")
    assert (counter.given, counter.doubt, counter.baseline.code) == (10_000_010, None, "")


def test_return_of_a_source_that_lags_holds_until_it_has_caught_up() -> None:
    away = fed(begun(), *[4_000_000 + 90 * n for n in range(30)], source="inverters")
    ahead = away.given
    back = fed(away, ahead - 150)
    assert (back.given, back.slack) == (ahead, 150)
    assert fed(back, ahead - 100, ahead - 20).given == ahead
    assert fed(back, ahead - 60, ahead + 20).given == ahead + 20


def test_ripple_is_no_fall() -> None:
    counter = fed(begun(), 10_000_050, 10_000_030, 10_000_049, 10_000_070)
    assert (counter.given, counter.doubt) == (10_000_070, None)


def test_slow_decline_is_a_fall() -> None:
    counter = fed(begun(), *[10_000_000 - 20 * n for n in range(1, 20)])
    assert (code(counter), counter.given) == ("counter_fell", 10_000_000)


def test_coarse_counter_may_step_by_its_resolution() -> None:
    counter = fed(begun(1_240_000), 1_240_000, 1_250_000)
    assert (counter.given, counter.doubt) == (1_250_000, None)


@pytest.mark.parametrize(
    ("raw", "step"), [(1_240_000, 10_000), (1_300_000, 100_000), (1_234_567, 1), (0, 1), (952.4, 1)]
)
def test_resolution_is_judged_by_roundness(raw: float, step: float) -> None:
    assert grain(raw) == step


def test_power_bounds_a_step_after_standstill() -> None:
    still = fed(begun(), *[10_000_000.0] * 300)
    within = count(still, 10_002_900, "meter", still.at + 60, ROOF)
    assert within.doubt is None
    beyond = count(still, 10_002_900, "meter", still.at + 60, ROOF, flow=10.0)
    assert code(beyond) == "counter_jumped"
    flowed = count(still, 10_002_900, "meter", still.at + 60, ROOF, flow=2_800.0)
    assert flowed.given == 10_002_900


def test_signed_counter_goes_both_ways() -> None:
    signed = Bounds(6_000.0, signed=True)
    counter = fed(begun(-500.0), -550, -520, -600, bounds=signed)
    assert (counter.given, counter.doubt) == (-600, None)
    held = fed(counter, 4_000_000, bounds=signed)
    assert (code(held), held.given) == ("counter_jumped", -600)
    settled = fed(held, 4_000_010, 3_999_980, bounds=signed)
    assert settled.given == -620


def test_clock_set_back_is_no_fault() -> None:
    counter = count(begun(), 10_000_040, "meter", T0 - 7_200, ROOF)
    assert (counter.given, counter.doubt) == (10_000_040, None)
    assert fed(counter, 10_000_080).given == 10_000_080


def test_negative_lifetime_is_a_fall() -> None:
    assert code(fed(begun(), -300.0)) == "counter_fell"


def test_every_shape_says_how_long_it_is_held() -> None:
    assert all(shape.polls >= 2 for shape in SHAPES)
    assert [shape.code for shape in SHAPES if shape.polls == math.inf] == ["counter_zero"]
