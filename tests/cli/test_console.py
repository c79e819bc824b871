import io

import pytest
from rich.table import Table
from rich.text import Text

from heliograph.cli.console import SafeConsole
from heliograph.cli.desk import Desk
from heliograph.cli.words import Words

HOSTILE = "\x1b]0;owned\x9b2J\u202e"
SHOWN = "\\u001b]0;owned\\u009b2J\\u202e"


def test_a_terminal_executes_nothing_that_a_text_holds() -> None:
    screen = io.StringIO()
    console = SafeConsole(file=screen, force_terminal=True, width=80, color_system=None)
    table = Table(box=None)
    table.add_column("id")
    table.add_row(Text(HOSTILE))
    console.print(table)
    console.print(HOSTILE, markup=False)

    assert screen.getvalue().count(SHOWN) == 1
    assert "\\u001b]0;o" in screen.getvalue().splitlines()[1], "a cell is cut to its width after it was made visible"
    assert not set(screen.getvalue()) & set("\x07\x9b\u202e\x1b")


def test_our_own_colours_stay() -> None:
    screen = io.StringIO()
    SafeConsole(file=screen, force_terminal=True, width=80, color_system="standard").print(Text("a", style="red"))
    assert screen.getvalue() == "\x1b[31ma\x1b[0m\n"


def test_every_way_out_of_a_command_is_guarded(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(Words("en"))
    desk.write(HOSTILE)
    desk.print(HOSTILE)
    desk.show(Text(HOSTILE))
    desk.note(HOSTILE)
    desk.warn(HOSTILE)
    desk.fail(HOSTILE)
    streams = capsys.readouterr()

    assert streams.out.count(SHOWN) == 3
    assert streams.err.count(SHOWN) == 3
    assert not set(streams.out + streams.err) & set("\x07\x9b\u202e\x1b")
