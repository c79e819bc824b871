"""Where values go beside the page: an output is one entry here."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from heliograph import __version__
from heliograph.app.settings import Settings
from heliograph.gateway import Gateway
from heliograph.live import Live
from heliograph.outputs import mqtt
from heliograph.outputs.base import Order, Output
from heliograph.outputs.files import Files
from heliograph.outputs.influx import Influx
from heliograph.outputs.influx import Options as InfluxOptions
from heliograph.outputs.mqtt.discovery import Manner
from heliograph.outputs.mqtt.topics import Topics
from heliograph.outputs.notifications import Notifications
from heliograph.outputs.notifications.rules import Case
from heliograph.outputs.prometheus import CONTENT_TYPE, SUBJECTS, Prometheus
from heliograph.web.house import Exposition, Health

DIARY: Final = "notifications.json"
"""What was told already, in the data folder."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an output may be made of beside the settings."""

    live: Live
    order: Order
    language: str
    zone: str
    folder: Path
    """The data folder."""
    clients: Callable[[], Mapping[str, Gateway]]
    problems: Callable[[], Sequence[Health]] = lambda: ()
    """The parts of the service itself of which messages tell when they do not work."""
    clock: Callable[[], float] = time.time
    running: list[Output] = field(default_factory=list)
    """All outputs that are made, for whoever tells of their health."""


Maker = Callable[[Settings, Surroundings], Output | None]
"""Makes an output of the settings; None where it is not wanted."""


def _mqtt(settings: Settings, around: Surroundings) -> Output | None:
    wish = settings.mqtt
    if not wish.host:
        return None
    options = mqtt.Options(
        wish.host,
        wish.port,
        user=wish.user,
        password=wish.password,
        version=wish.version,
        tls=wish.tls,
        authority=wish.authority,
        certificate=wish.certificate,
        key=wish.key,
        verify=wish.verify,
    )
    manner = Manner(
        Topics(wish.base),
        around.language,
        __version__,
        prefix=wish.prefix,
        form=wish.discovery,
        details=wish.details,
    )
    return mqtt.Mqtt(options, manner, each=wish.topics, order=around.order)


def _prometheus(settings: Settings, around: Surroundings) -> Output | None:
    if not settings.prometheus.enabled:
        return None
    return Prometheus(
        around.live,
        version=__version__,
        clients=around.clients,
        outputs=lambda: around.running,
        clock=around.clock,
    )


def _notifications(settings: Settings, around: Surroundings) -> Output | None:
    addresses = settings.notifications.to.split()
    if not addresses:
        return None
    return Notifications(
        addresses,
        language=around.language,
        zone=ZoneInfo(around.zone),
        silenced=settings.notifications.silenced,
        diary=around.folder / DIARY,
        problems=lambda language: problem_cases(around.problems(), language),
    )


def _influx(settings: Settings, _: Surroundings) -> Output | None:
    wish = settings.influx
    return Influx(InfluxOptions(wish.to, wish.token)) if wish.to else None


def _files(settings: Settings, around: Surroundings) -> Output | None:
    folder = settings.files.folder
    return Files(Path(folder).expanduser(), ZoneInfo(around.zone)) if folder else None


OUTPUTS: Final[Sequence[Maker]] = (_mqtt, _prometheus, _notifications, _influx, _files)


def make_all(settings: Settings, around: Surroundings) -> Sequence[Output]:
    """Make every output that is wanted."""
    around.running.extend(made for maker in OUTPUTS if (made := maker(settings, around)) is not None)
    return around.running


def exposition(outputs: Sequence[Output]) -> Exposition | None:
    """Return the page for Prometheus, where it is wanted."""
    pages = (Exposition(one.render, SUBJECTS, CONTENT_TYPE) for one in outputs if isinstance(one, Prometheus))
    return next(pages, None)


def problem_cases(parts: Sequence[Health], language: str) -> list[Case]:
    """Return what messages tell of the parts that do not work; other files that are damaged are told anew."""
    return [
        Case(part.name, str(part.problem.details.get("files", "")), {"problem": part.problem.text(language)})
        for part in parts
        if not part.ok and part.problem is not None
    ]


def health_of(output: Output) -> Health:
    """Return how an output is doing."""
    status = output.status()
    details = {"delivered": status.delivered, "failures": status.failures, **status.details}
    return Health(f"output {output.name}", ok=status.ok, details={**details, "problem": status.problem})
