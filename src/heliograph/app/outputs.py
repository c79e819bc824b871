"""Where values go beside the page: an output is one entry here."""

from collections.abc import Callable
from typing import Final

from heliograph.app.settings import Settings
from heliograph.outputs.base import Order, Output

Maker = Callable[[Settings, Order], Output | None]
"""Makes an output of the settings; None where it is not wanted."""

OUTPUTS: Final[list[Maker]] = []
