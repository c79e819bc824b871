import pytest

from heliograph.model.text import plain_cell, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Envoy-S é — 23,4 °C\n\ttab", "Envoy-S é — 23,4 °C\n\ttab"),
        ("a\x1b[2Jb", "a\\u001b[2Jb"),
        ("a\x9b31mb", "a\\u009b31mb"),
        ("\x07\x08\r\x00\x7f", "\\u0007\\u0008\\u000d\\u0000\\u007f"),
        ("abc\u202efdp.exe", "abc\\u202efdp.exe"),
        ("\u2066x\u2069\u200e\u061c\u2028", "\\u2066x\\u2069\\u200e\\u061c\\u2028"),
    ],
)
def test_control_and_direction_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_is_no_formula(text: str) -> None:
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize("cell", [-1.5, 0, None, "a=1", "", True])
def test_other_cells_stay_as_they_are(cell: object) -> None:
    assert plain_cell(cell) is cell
