from hypothesis import given
from hypothesis import strategies as st

from heliograph.emulator.site.noise import chance, drift


@given(st.integers(0, 10_000), st.integers(-(10**9), 10**9))
def test_chance_is_a_share_that_depends_on_seed_and_index_alone(seed: int, index: int) -> None:
    assert 0.0 <= chance(seed, index) < 1.0
    assert chance(seed, index) == chance(seed, index)


def test_chance_is_spread_evenly() -> None:
    values = [chance(7, index) for index in range(10_000)]

    assert abs(sum(values) / len(values) - 0.5) < 0.02
    assert len(set(values)) > 9_990


@given(st.integers(0, 100), st.floats(-1e6, 1e6))
def test_drift_is_smooth(seed: int, position: float) -> None:
    assert abs(drift(seed, position + 0.01) - drift(seed, position)) < 0.02


def test_drift_passes_through_the_chances_of_whole_positions() -> None:
    assert drift(3, 5.0) == chance(3, 5)
