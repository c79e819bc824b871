"""The terminal: it draws what we draw, and executes nothing that a gateway sent."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from heliograph.model.text import visible


class SafeConsole(Console):
    """A console on which the control characters of a text are shown, not executed."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as usual; each piece of text is made visible before its width is measured."""
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else visible(segment.text)
            yield segment if text == segment.text else Segment(text, segment.style)
