"""Where values go beside the page: an output is one entry here."""

from typing import Final, Protocol

from heliograph.app.settings import Settings
from heliograph.live import Live


class Output(Protocol):
    """Hands on what the gateways say."""

    @property
    def name(self) -> str:
        """Its name, as logs and health tell it."""

    async def run(self, live: Live, settings: Settings) -> None:
        """Hand on until cancelled; an output that is not wanted returns at once."""


OUTPUTS: Final[list[Output]] = []
