from typing import Any

import pytest

from heliograph.emulator import bends
from heliograph.emulator.documents.view import View
from heliograph.emulator.families import build
from heliograph.emulator.site.plan import Measurement
from tests.emulator.asking import MORNING, NOON


@pytest.fixture
def view() -> View:
    return build("iq-acb-8.3", start=MORNING)._seen(NOON)


def test_zero_keeps_texts_and_flags(view: View) -> None:
    document = {"a": 3, "b": [1.5, {"c": "x", "d": True}], "e": None}

    assert bends.zero(document, view) == {"a": 0, "b": [0.0, {"c": "x", "d": True}], "e": None}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(b"<td> 6.63 kW</td>", b"<td>    0 W</td>"), (b"<td>  133 MWh</td>", b"<td>    0 Wh</td>")],
)
def test_zero_page_empties_amounts(view: View, cell: bytes, expected: bytes) -> None:
    assert bends.zero_page(cell, view) == expected


def test_freeze_gives_the_first_document_again(view: View) -> None:
    bend = bends.freeze("x")

    assert bend({"a": 1}, view) == {"a": 1}
    assert bend({"a": 2}, view) == {"a": 1}
    assert bends.freeze("y")({"a": 3}, view) == {"a": 3}


def test_disable_turns_off_some_meters(view: View) -> None:
    plan = bends.disable(Measurement.NET)(view.plan)

    assert [each.enabled for each in plan.meters] == [True, False]
    assert [each.enabled for each in view.plan.meters] == [True, True]


def test_pads_only_entries_that_have_lines(view: View) -> None:
    document: dict[str, Any] = {"production": [{"type": "eim", "measurementType": "production"}]}

    assert bends.pad_lines(document, view) == {"production": [{"type": "eim", "measurementType": "production"}]}


def test_removed_units_are_invented_where_the_site_has_none(view: View) -> None:
    rows = bends.removed_listed([{"serialNumber": "1", "devType": 1, "lastReportDate": 2, "lastReportWatts": 3}], view)

    assert len(rows) == 4
    assert all(row["lastReportDate"] < 1_600_000_000 for row in rows[1:])
