from hypothesis import given
from hypothesis import strategies as st

from heliograph.emulator.site.books import Books, split

powers = st.floats(-20_000, 20_000)
parts = st.floats(0, 1)


@given(powers, powers)
def test_the_whole_way_is_the_mean_power(start: float, end: float) -> None:
    positive, negative = split(start, end, 1.0)

    assert positive >= 0
    assert negative >= 0
    assert abs(positive - negative - (start + end) / 2) < 1e-6


@given(powers, powers, parts, parts)
def test_nothing_ever_falls(start: float, end: float, one: float, other: float) -> None:
    sooner, later = sorted((one, other))

    for before, after in zip(split(start, end, sooner), split(start, end, later), strict=True):
        assert after >= before - 1e-9


def test_a_crossing_counts_on_both_sides() -> None:
    assert split(100.0, -300.0, 1.0) == (12.5, 112.5)
    assert split(-100.0, 300.0, 0.25) == (0.0, 12.5)


def test_consumption_is_what_is_left() -> None:
    books = Books.of(0, [[1000], [10], [500], [200], [50], [70]], [0.0])

    assert books.consumed == (1000 - 10 + 500 - 200 + 50 - 70,)
    assert books.minus(books).consumed == (0,)
