"""Sentences, broken where a typesetter would: no line begins with a colon because there is a space before it."""

import re
import textwrap
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

_BOUND: Final = re.compile(r" (?=[:;?!»])|(?<=«) ")
"""The spaces of French at which no line ends."""


class Prose:
    """One sentence, perhaps behind a mark under which its further lines do not begin."""

    def __init__(self, text: str, *, mark: str = "", style: str = "") -> None:
        self._text: Final = _BOUND.sub("\u00a0", text)
        self._mark: Final = mark
        self._style: Final = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        hanging = " " * len(self._mark)
        # Unlike rich, textwrap takes a non-breaking space for none.
        for line in textwrap.wrap(
            self._text,
            options.max_width,
            initial_indent=self._mark,
            subsequent_indent=hanging,
            break_on_hyphens=False,
        ):
            yield Text(line, style=self._style)
