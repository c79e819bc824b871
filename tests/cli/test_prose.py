from io import StringIO

import pytest
from rich.console import Console

from heliograph.cli.prose import Prose


@pytest.mark.parametrize(
    ("text", "mark", "lines"),
    [
        ("one two three", "", ["one two", "three"]),
        ("one two three", "• ", ["• one two", "  three"]),
        ("un deux mot : x", "", ["un deux", "mot\u00a0: x"]),
        ("a-b-c-d-e-f-g", "", ["a-b-c-d-e-f", "-g"]),
        ("[bold]x[/]", "", ["[bold]x[/]"]),
    ],
)
def test_lines_are_broken_where_they_may_be(text: str, mark: str, lines: list[str]) -> None:
    screen = StringIO()
    Console(file=screen, width=11).print(Prose(text, mark=mark))

    assert [line.rstrip() for line in screen.getvalue().splitlines()] == lines
