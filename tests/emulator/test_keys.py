import pytest

from heliograph.emulator import keys


def test_select_leaves_out() -> None:
    assert keys.select("a b c", without=("b",)) == ("a", "c")


def test_after_puts_in_place() -> None:
    assert keys.after(("a", "b"), "a", "x", "y") == ("a", "x", "y", "b")


@pytest.mark.parametrize("name", [name for name, value in vars(keys).items() if isinstance(value, tuple)])
def test_no_key_is_named_twice(name: str) -> None:
    named = getattr(keys, name)

    assert len(set(named)) == len(named)
