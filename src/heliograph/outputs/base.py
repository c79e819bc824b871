"""What every way out is, and what all of them share: only what holds is told, and nobody is ever waited for."""

import asyncio
import logging
import math
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from heliograph.errors import HeliographError
from heliograph.live import CONDITION, Live, Patience, State, Update
from heliograph.model import Equipment, Kind, Metric, Quality, Quantity, Reading, Subject, Value

PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between two tries at a peer that fails; the last for as long as it does."""
PEER_PATIENCE: Final = 30.0
"""Seconds that a peer may take for one delivery."""

Sleep = Callable[[float], Awaitable[object]]
Order = Callable[[str, str], None]
"""Has something done (`refresh`, `sync`) by the gateway of a serial; KeyError where nobody has this serial."""


def private(path: Any, flags: int) -> int:
    """Open a file that its owner alone may read, as an `opener` of `open`."""
    return os.open(path, flags, 0o600)


class PeerError(Exception):
    """The peer did not take what it was given; the text holds no secret."""


@dataclass(slots=True)
class Status:
    """How a way out is doing."""

    logger: logging.Logger
    delivered: int = 0
    failures: int = 0
    in_a_row: int = 0
    """Failures since the latest success."""
    problem: str = ""
    """What went wrong at the latest try; empty where nothing did."""
    details: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """The peer takes what it is given."""
        return not self.in_a_row

    @property
    def pause(self) -> float:
        """Seconds to leave the peer in peace."""
        return PAUSES[min(self.in_a_row, len(PAUSES)) - 1] if self.in_a_row else 0.0

    def succeeded(self) -> None:
        """Note a delivery; the first after failures is worth a line."""
        if self.in_a_row:
            self.logger.info("works again")
        self.delivered += 1
        self.in_a_row, self.problem = 0, ""

    def failed(self, problem: object) -> None:
        """Note a failure; the first is worth a line, its repetitions are not."""
        self.problem = str(problem) or type(problem).__name__
        self.logger.log(logging.DEBUG if self.in_a_row else logging.WARNING, "does not work: %s", self.problem)
        self.failures += 1
        self.in_a_row += 1


class Output(Protocol):
    """A way out."""

    @property
    def name(self) -> str:
        """Its name, as logs, settings and health tell it."""

    async def run(self, live: Live) -> None:
        """Hand on until cancelled or live is closed; a peer that fails, or is slow, is tried again for ever.

        Raises:
            HeliographError: `missing_extra`, or settings that cannot work.
        """

    def status(self) -> Status:
        """Return how it is doing."""


async def keep_running(output: Output, live: Live, *, sleep: Sleep = asyncio.sleep) -> None:
    """Run an output so that nothing that happens to it touches the rest of the house."""
    status = output.status()
    while True:
        try:
            await output.run(live)
        except HeliographError as err:
            # Trying again would not help: somebody must install or change something.
            status.failed(err)
            return
        except Exception as err:
            status.logger.exception("failed unexpectedly")
            status.failed(err)
        else:
            return
        await sleep(status.pause)


async def hand_on(
    live: Live,
    take: Callable[[Update], Awaitable[None]],
    status: Status,
    *,
    sleep: Sleep = asyncio.sleep,
    patience: float = PEER_PATIENCE,
) -> None:
    """Send every gateway's latest update to a peer; what comes while the peer fails is superseded, never piled up.

    Args:
        live: where updates come from.
        take: delivers one; OSError, TimeoutError or PeerError where the peer fails.
        status: is told how it went.
        sleep: waits for some seconds.
        patience: seconds that one delivery may take.
    """
    with live.subscribe(Patience.LATEST, replay=True) as heard:
        async for update in heard:
            try:
                async with asyncio.timeout(patience):
                    await take(update)
            except TimeoutError:
                status.failed(f"no answer within {patience:g} s")
                await sleep(status.pause)
            except (OSError, PeerError) as err:
                status.failed(err)
                await sleep(status.pause)
            else:
                status.succeeded()


PRECISION: Final[Mapping[Quantity, int | None]] = MappingProxyType(
    {
        Quantity.POWER: 1,
        Quantity.APPARENT_POWER: 1,
        Quantity.REACTIVE_POWER: 1,
        Quantity.POWER_FACTOR: 3,
        Quantity.ENERGY: 0,
        Quantity.CAPACITY: 0,
        Quantity.VOLTAGE: 2,
        Quantity.CURRENT: 3,
        Quantity.FREQUENCY: 3,
        Quantity.TEMPERATURE: 1,
        Quantity.LEVEL: 1,
        Quantity.RATIO: 1,
        Quantity.COUNT: 0,
        Quantity.TIME: 0,
        Quantity.FLAG: None,
        Quantity.STATE: None,
        Quantity.TEXT: None,
    }
)
"""Decimals worth sending; None where the value is no number."""


def rounded(metric: Metric, value: Value) -> Value:
    """Return a value with the decimals worth sending; whole numbers without any."""
    decimals = PRECISION[metric.quantity]
    if decimals is None or isinstance(value, bool | str):
        return value
    return round(value, decimals) if decimals else round(value)


def holds(reading: Reading) -> bool:
    """Whether a reading may be told as the present: a power that is too old says nothing of now."""
    if isinstance(reading.value, float) and not math.isfinite(reading.value):
        return False
    return reading.quality is not Quality.STALE or not _is_instantaneous(reading.metric)


def _is_instantaneous(metric: Metric) -> bool:
    return metric.kind is Kind.NOW and metric.quantity is not Quantity.TIME


def told(equipment: Equipment) -> dict[str, Value]:
    """Return what an equipment says that holds, rounded; what is absent or too old is not there."""
    return {key: rounded(reading.metric, reading.value) for key, reading in equipment.values.items() if holds(reading)}


def known_away(metric: Metric) -> bool:
    """Whether a metric is known just when the gateway does not answer."""
    return metric.subject is Subject.NETWORK and metric.key in CONDITION


def describes_the_present(metric: Metric) -> bool:
    """Return whether a value of this metric means nothing once its gateway does not answer."""
    return _is_instantaneous(metric) and not known_away(metric)


def zone_of(update: Update, otherwise: ZoneInfo) -> ZoneInfo:
    """Return the time zone in which a gateway's days begin; `otherwise` while it is not known."""
    return otherwise if update.zone is None else ZoneInfo(update.zone)


def there(update: Update) -> bool:
    """Whether the gateway answers, if only in part."""
    return update.condition.state is not State.AWAY


def split(equipment: Equipment) -> tuple[str, str]:
    """Return an equipment's own id and its phase: (`production`, `L1`), (`122…`, `L2`); empty where there is none."""
    base, dot, phase = equipment.id.partition(".")
    if dot:
        return base, phase
    if equipment.subject == "phase":
        return "", equipment.id
    known = equipment.values.get("phase")
    return equipment.id, str(known.value) if known is not None and known.value != "unknown" else ""
