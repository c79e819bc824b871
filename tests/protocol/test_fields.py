from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.model import Subject
from heliograph.protocol.fields import (
    MISSING,
    Statement,
    above_zero,
    celsius_of_fahrenheit,
    check_rows,
    conditions,
    count,
    epoch,
    factor,
    flag,
    items,
    joules,
    matches,
    milli,
    number,
    percent,
    phase,
    read_rows,
    relay_state,
    row,
    state,
    text,
    texts,
    walk,
)

DOCUMENT = {"a": {"b": [{"c": 1, "t": "x"}, 7, {"c": 2, "t": "y"}]}, "n": None}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda child: st.lists(child) | st.dictionaries(st.text(), child),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ((), DOCUMENT),
        (("a", "b", 0, "c"), 1),
        (("a", "b", 1), 7),
        (("a", "b", {"t": "y"}, "c"), 2),
        (("a", "b", {"t": ("q", "y")}, "c"), 2),
        (("n",), None),
        (("a", "b", 3), MISSING),
        (("a", "b", {"t": "z"}), MISSING),
        (("a", "b", "c"), MISSING),
        (("a", 0), MISSING),
        (("a", {"b": 1}), MISSING),
        (("x", "y"), MISSING),
    ],
)
def test_a_path_leads_somewhere_or_nowhere(path: tuple[Any, ...], found: Any) -> None:
    assert walk(DOCUMENT, path) is found or walk(DOCUMENT, path) == found


@given(node=anything, path=st.lists(st.text() | st.integers(0, 5) | st.dictionaries(st.text(), st.integers())))
def test_a_path_never_fails(node: Any, path: list[Any]) -> None:
    walk(node, path)


def test_nowhere_is_no_value() -> None:
    assert repr(MISSING) == "MISSING"


def test_a_filter_allows_an_absent_key() -> None:
    assert matches({"type": "eim"}, {"type": "eim", "measurementType": ("production", None)})
    assert not matches({"type": "eim", "measurementType": "net"}, {"measurementType": ("production", None)})


def test_only_objects_are_elements() -> None:
    assert list(items([1, {"a": 1}, None, [], {"b": 2}])) == [{"a": 1}, {"b": 2}]
    assert list(items({"a": 1})) == []


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        (1, 1),
        (-2.5, -2.5),
        (-0.0, 0),
        (0, 0),
        (True, None),
        ("1", None),
        (None, None),
        ([], None),
        (float("nan"), None),
        (float("inf"), None),
        (1e15, None),
        (-(10**30), None),
        (999_999_999_999_999, 999_999_999_999_999),
    ],
)
def test_numbers(value: Any, accepted: Any) -> None:
    assert number(value) == accepted
    assert str(number(value)) != "-0.0"


@pytest.mark.parametrize(
    ("value", "accepted"), [(3, 3), (0, 0), (-1, None), (1.0, None), (True, None), (1 << 32, None)]
)
def test_counts(value: Any, accepted: Any) -> None:
    assert count(value) == accepted


@pytest.mark.parametrize(
    ("value", "accepted"), [(0, 0), (100, 100), (55.5, 55.5), (-1, None), (101, None), ("5", None)]
)
def test_percents(value: Any, accepted: Any) -> None:
    assert percent(value) == accepted


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        (1_785_593_200, 1_785_593_200),
        ("1785593200", 1_785_593_200),
        (0, None),
        ("0", None),
        (-5, None),
        (True, None),
        (1.5, None),
        ("١٢٣", None),
        ("", None),
        (1 << 33, None),
    ],
)
def test_epochs(value: Any, accepted: Any) -> None:
    assert epoch(value) == accepted


@pytest.mark.parametrize(
    ("value", "accepted"), [(True, True), (False, False), ("true", True), ("false", False), ("yes", None), (1, None)]
)
def test_flags(value: Any, accepted: Any) -> None:
    assert flag(value) is accepted


def test_texts() -> None:
    assert [text(" a "), text(""), text("  "), text(5)] == ["a", None, None, None]
    assert text("a" * 501) is None
    assert texts(["a", 5, "b"]) == ("a", "b")
    assert texts("ab") == ()


def test_factors_round_to_the_resolution_of_the_gateway() -> None:
    assert milli(32_816) == 32.816
    assert joules(354_281_850) == 98_411.625
    assert factor(0.1, 1)(55) == 5.5
    assert milli("5") is None


@pytest.mark.parametrize(("value", "celsius"), [(32, 0), (88, 31.1), (-40, -40), ("88", None)])
def test_fahrenheit(value: Any, celsius: Any) -> None:
    assert celsius_of_fahrenheit(value) == celsius


def test_states_are_told_by_their_spellings() -> None:
    assert [phase(name) for name in ("ph-a", "ph-b", "ph-c", "ph-all", "ph-unk", "ph-x", 1)] == [
        "L1", "L2", "L3", "all", "unknown", None, None,
    ]  # fmt: skip
    assert [relay_state(name) for name in ("open", "closed", "close", "unknown", "ajar")] == [
        "open", "closed", "closed", "unknown", None,
    ]  # fmt: skip
    assert state(a_b="c")("a-b") == state(a_b="c")("a_b") == "c"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (["envoy.global.ok"], "ok"),
        (["prop.done"], None),
        (["envoy.global.ok", "prop.done"], "ok"),
        (["envoy.cond_flags.pcu_ctrl.dc-pwr-low", 5, "envoy.cond_flags.obs_strs.failure"],
         "pcu_ctrl.dc-pwr-low, obs_strs.failure"),
        ([], None),
        ("envoy.global.ok", None),
    ],
)  # fmt: skip
def test_conditions(value: Any, said: str | None) -> None:
    assert conditions(value) == said


ROWS = (row("power", "w"), row("max_power", "deep", "w", convert=milli), row("last_report", "t", convert=epoch))


def test_rows_say_what_is_there_and_nothing_else() -> None:
    node = {"w": 5, "deep": {"w": 7000}, "t": "never"}
    said = read_rows(ROWS, node, Subject.INVERTER, "1", at=9.0, source="s")

    assert said == [
        Statement(Subject.INVERTER, "1", "power", 5, 9.0, "s"),
        Statement(Subject.INVERTER, "1", "max_power", 7.0, 9.0, "s"),
    ]


@pytest.mark.parametrize("node", [None, [], {}, 5, "x", {"w": None}, MISSING])
def test_rows_of_nothing_say_nothing(node: Any) -> None:
    assert read_rows(ROWS, node, Subject.INVERTER, "1", at=9.0, source="s") == []


@pytest.mark.parametrize(("value", "expected"), [(50_021, 50.021), (0, None), (-1, None), ("50", None)])
def test_nothing_alternates_at_zero_hertz(value: Any, expected: float | None) -> None:
    assert above_zero(milli)(value) == expected


def test_rows_are_of_metrics() -> None:
    assert check_rows(Subject.INVERTER, ROWS) is ROWS
    with pytest.raises(LookupError, match="no metric of inverter: weather"):
        check_rows(Subject.INVERTER, (row("weather", "w"),))
