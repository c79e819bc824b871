import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.store.pack import pack, unpack

NUMBERS = st.integers(-(2**53), 2**53)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.integers(0, 3))), st.lists(st.integers(0, 2), min_size=3, max_size=3))
def test_what_is_packed_comes_back(rows: list[tuple[int, int, int]], orders: list[int]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]

    assert unpack(pack(columns, orders), orders) == columns


def test_a_missing_column_stays_missing() -> None:
    assert unpack(pack(([1, 2], [], [3, 4]), (1, 1, 0)), (1, 1, 0)) == [[1, 2], [], [3, 4]]


def test_regular_columns_take_next_to_nothing() -> None:
    assert len(pack((range(1_750_000_000, 1_750_086_400, 60), [5] * 1440), (2, 1))) < 40


@pytest.mark.parametrize("body", [b"", b"nonsense", pack(([1, 2, 3],), (1,))[:-2]], ids=["empty", "nonsense", "cut"])
def test_what_was_not_packed_here_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="no columns"):
        unpack(body, (1,))
