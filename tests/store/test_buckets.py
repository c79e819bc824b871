"""Roll-ups against an account kept second by second."""

from bisect import bisect_right
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.model import Kind, Quantity
from heliograph.store.buckets import BRIDGE, Bucket, Rollup, Rule, join, roll
from heliograph.store.grain import shape
from heliograph.store.samples import GAP, STALE, STEP, Run, Sample, silent

HOLD = 500
POWER = Rule(shape(Quantity.POWER, Kind.NOW), 1, HOLD, falls=True)
COUNTER = Rule(shape(Quantity.ENERGY, Kind.TOTAL), 1, HOLD, falls=False)
NET = Rule(shape(Quantity.ENERGY, Kind.NET_TOTAL), 1, HOLD, falls=True)

FLAGS = st.sampled_from([0, 0, 0, 0, 1, 2, STALE, GAP, STEP])
SAMPLES = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(-500, 500), FLAGS), min_size=1, max_size=40, unique_by=lambda s: s[0]
).map(lambda rows: Run.of(Sample(*row) for row in rows))
EDGES = st.lists(st.integers(-100, 3200), min_size=2, max_size=12, unique=True).map(sorted)


def by_the_second(run: Run, edges: list[int]) -> dict[int, tuple[int, int, int, int, int]]:
    """Give covered seconds, first, last, lowest, highest and weight of each bucket."""
    found: dict[int, list[int]] = {}
    samples = list(run)
    for second in range(edges[0], edges[-1]):
        place = bisect_right(run.at, second) - 1
        if place < 0 or silent(samples[place].flag) or second - samples[place].at >= HOLD:
            continue
        found.setdefault(edges[bisect_right(edges, second) - 1], []).append(samples[place].value)
    return {start: (len(values), values[0], values[-1], min(values), max(values)) for start, values in found.items()}


@given(SAMPLES, EDGES)
def test_powers_roll_up_as_by_the_second(run: Run, edges: list[int]) -> None:
    rolled = {
        bucket.start: (bucket.covered, bucket.first, bucket.last, bucket.low, bucket.high)
        for bucket in roll(run, edges, POWER)
    }

    assert rolled == by_the_second(run, edges)


@given(SAMPLES, EDGES)
def test_means_are_weighted_by_time(run: Run, edges: list[int]) -> None:
    samples = list(run)
    for bucket in roll(run, edges, POWER):
        end = edges[edges.index(bucket.start) + 1]
        held = [
            samples[place].value
            for second in range(bucket.start, end)
            if (place := bisect_right(run.at, second) - 1) >= 0
            and not silent(samples[place].flag)
            and second - samples[place].at < HOLD
        ]
        assert bucket.mean == pytest.approx(sum(held) / len(held), abs=0.51)


@given(SAMPLES, EDGES, st.booleans())
def test_energy_over_all_buckets_is_what_the_counter_counted(run: Run, edges: list[int], falls: bool) -> None:
    spoken = [sample for sample in run if not sample.flag & GAP]
    wide = [min(run.at[0], edges[0]) - 1, *edges, max(run.at[-1], edges[-1]) + 1]
    wide = sorted(set(wide))
    counted = sum(bucket.energy for bucket in roll(run, wide, NET if falls else COUNTER))

    truth = sum(
        after.value - before.value
        for before, after in pairwise(spoken)
        if not after.flag & STEP and (falls or after.value > before.value)
    )
    assert counted == truth


@given(SAMPLES, EDGES)
def test_energy_of_neighbours_adds_up(run: Run, edges: list[int]) -> None:
    fine = sum(bucket.energy for bucket in roll(run, edges, COUNTER))
    coarse = sum(bucket.energy for bucket in roll(run, [edges[0], edges[-1]], COUNTER))

    assert fine == coarse


@given(SAMPLES, EDGES)
def test_joined_buckets_are_those_of_the_larger_span(run: Run, edges: list[int]) -> None:
    whole = [edges[0], edges[-1]]
    joined, direct = join(roll(run, edges, NET), whole), roll(run, whole, NET)

    assert [(b.start, b.covered, b.energy) for b in joined] == [(b.start, b.covered, b.energy) for b in direct]


def test_a_counter_is_shared_out_evenly_over_a_silence() -> None:
    run = Run.of([Sample(0, 0), Sample(100, 0, GAP), Sample(7200, 720)])

    assert [bucket.energy for bucket in roll(run, [0, 3600, 7200], COUNTER)] == [360, 360]


def test_a_counter_that_was_away_for_days_counts_where_it_is_seen_again() -> None:
    run = Run.of([Sample(0, 0), Sample(BRIDGE + 10, 1000)])
    edges = [0, BRIDGE, BRIDGE + 3600]

    assert [bucket.energy for bucket in roll(run, edges, COUNTER)] == [0, 1000]


def test_a_step_and_a_fall_are_no_energy() -> None:
    run = Run.of([Sample(0, 100), Sample(60, 5000, STEP), Sample(120, 5010), Sample(180, 20), Sample(240, 25)])

    assert [bucket.energy for bucket in roll(run, [0, 300], COUNTER)] == [15]


def test_nothing_rolls_up_to_nothing() -> None:
    assert roll(Run(), [0, 60], POWER) == []
    assert roll(Run.of([Sample(0, 1)]), [0], POWER) == []


@given(st.lists(st.tuples(*[st.integers(-1000, 1000)] * 8), unique_by=lambda row: row[0]))
def test_a_block_comes_back_from_its_bytes(rows: list[tuple[int, ...]]) -> None:
    buckets = sorted(Bucket(*row) for row in rows)
    powers = Rollup(POWER.shape, [bucket._replace(energy=0) for bucket in buckets])
    counters = Rollup(NET.shape, [bucket._replace(low=0, high=0, mean=0) for bucket in buckets])

    if buckets:
        assert Rollup.from_bytes(powers.to_bytes(), POWER.shape) == powers
        assert Rollup.from_bytes(counters.to_bytes(), NET.shape) == counters
