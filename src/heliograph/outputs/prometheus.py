"""Prometheus: everything that holds at the moment of the scrape, and the service's own health."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from heliograph import extras
from heliograph.gateway import Gateway
from heliograph.live import Live, Update
from heliograph.model import Subject
from heliograph.outputs.base import Output, Sleep, Status, hand_on, there
from heliograph.outputs.exposition import Values

if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

LOGGER: Final = logging.getLogger("heliograph.outputs.prometheus")
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SERVICE: Final = "service"
"""Names the service's own health where subjects are asked for."""
SUBJECTS: Final = (*map(str, Subject), SERVICE)
"""What the page can be narrowed to."""


@dataclass(slots=True)
class Polls:
    """What became of the polls of one gateway."""

    done: int = 0
    failed: Counter[str] | None = None


class Prometheus:
    """The way out to Prometheus: counts polls while it runs, and renders the page whenever it is asked to."""

    name = "prometheus"

    def __init__(
        self,
        live: Live,
        *,
        version: str,
        clients: Callable[[], Mapping[str, Gateway]] = dict,
        outputs: Callable[[], Iterable[Output]] = tuple,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Prepare.

        Args:
            live: what is rendered.
            version: of Heliograph.
            clients: the clients in use, by the owner's name, for what each endpoint costs.
            outputs: the other ways out, for their health.
            clock: tells the time, epoch seconds UTC.
            sleep: waits for some seconds.
        """
        self._live = live
        self._version = version
        self._clients = clients
        self._outputs = outputs
        self._clock = clock
        self._sleep = sleep
        self._status = Status(LOGGER)
        self._polls: dict[str, Polls] = {}
        self._values = Values()
        self._writing = Lock()

    def status(self) -> Status:
        """Return how it is doing."""
        return self._status

    async def run(self, live: Live) -> None:
        """Count what is polled until cancelled or live is closed."""
        await hand_on(live, self._count, self._status, sleep=self._sleep)

    async def _count(self, update: Update) -> None:
        polls = self._polls.setdefault(update.name, Polls(failed=Counter()))
        polls.done += 1
        if not update.fresh and polls.failed is not None:
            polls.failed[update.condition.error.code if update.condition.error is not None else "unknown"] += 1

    def render(self, subjects: Collection[str] = ()) -> bytes:
        """Write the page, whose content type is `CONTENT_TYPE`; may be called in any thread.

        `subjects` narrows it to values of these, and to the service's own health where `SERVICE` is among them.

        Raises:
            UsageError: `missing_extra`.
        """
        try:
            from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - optional
        except ImportError as err:
            raise extras.missing("prometheus") from err
        updates = self._updates()
        with self._writing:
            page = self._values.page(updates, subjects)
        if subjects and SERVICE not in subjects:
            return page
        registry = CollectorRegistry()
        registry.register(self)
        return page + generate_latest(registry)

    def _updates(self) -> list[Update]:
        return [update for update in self._live.latest.values() if update.snapshot.gateway.serial]

    def collect(self) -> Iterator["Family"]:
        """Return every family of the service's own health, as prometheus-client asks a collector for them."""
        yield from self._health(self._updates())

    def describe(self) -> tuple[()]:
        """Promise nothing in advance: what there is depends on the roof."""
        return ()

    # The service's own health.

    def _health(self, updates: Iterable[Update]) -> Iterator["Family"]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - optional

        build = GaugeMetricFamily("heliograph_build_info", "Which Heliograph this is.", labels=("version",))
        build.add_metric((self._version,), 1)
        yield build
        rows = tuple(self._gateway_rows(updates)) + tuple(self._endpoint_rows()) + tuple(self._output_rows())
        for row in HEALTH:
            make = CounterMetricFamily if row.counter else GaugeMetricFamily
            family: Any = make(row.name, row.help, labels=row.labels)
            for key, who, value in rows:
                if key == row.name:
                    family.add_metric(who, value)
            if family.samples:
                yield family

    def _gateway_rows(self, updates: Iterable[Update]) -> Iterator["_Row"]:
        for update in updates:
            who = (update.name, update.snapshot.gateway.serial)
            yield "heliograph_gateway_up", who, float(there(update))
            if update.zone is not None:
                yield "heliograph_gateway_info", (*who, update.zone), 1
            yield "heliograph_findings", who, len(update.snapshot.findings)
            yield "heliograph_snapshot_timestamp_seconds", who, update.snapshot.at
            polls = self._polls.get(update.name, Polls())
            yield "heliograph_polls", who, polls.done
            for code, count in (polls.failed or {}).items():
                yield "heliograph_poll_failures", (*who, code), count
            firmware = update.snapshot.find(Subject.FIRMWARE)
            expiry = None if firmware is None else firmware.value("token_expiry")
            if isinstance(expiry, int | float):
                yield "heliograph_token_remaining_seconds", who, expiry - self._clock()

    def _endpoint_rows(self) -> Iterator["_Row"]:
        for owner, client in dict(self._clients()).items():
            serial = client.facts.serial if client.facts is not None else ""
            for target, latency in dict(client.latency).items():
                who = (owner, serial, target)
                yield "heliograph_endpoint_latency_seconds", who, latency.last
                yield "heliograph_endpoint_latency_worst_seconds", who, latency.worst
                yield "heliograph_endpoint_answers", who, latency.count

    def _output_rows(self) -> Iterator["_Row"]:
        for output in self._outputs():
            status = output.status()
            yield "heliograph_output_up", (output.name,), float(status.ok)
            yield "heliograph_output_deliveries", (output.name,), status.delivered
            yield "heliograph_output_failures", (output.name,), status.failures


_Row = tuple[str, tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Health:
    """One row of what the service says of itself."""

    name: str
    help: str
    labels: tuple[str, ...]
    counter: bool = False


_WHO: Final = ("gateway", "gateway_serial")
HEALTH: Final = (
    Health("heliograph_gateway_up", "1 while the gateway answers, if only in part.", _WHO),
    Health("heliograph_gateway_info", "The time zone in which the gateway's days begin.", (*_WHO, "zone")),
    Health("heliograph_snapshot_timestamp_seconds", "When the gateway was last read.", _WHO),
    Health("heliograph_polls", "Polls, successful or not.", _WHO, counter=True),
    Health("heliograph_poll_failures", "Polls that failed, by what went wrong.", (*_WHO, "code"), counter=True),
    Health("heliograph_findings", "What is noticed at present about what the gateway says.", _WHO),
    Health("heliograph_token_remaining_seconds", "Time left until the access token expires.", _WHO),
    Health("heliograph_endpoint_latency_seconds", "How long an endpoint took last.", (*_WHO, "endpoint")),
    Health("heliograph_endpoint_latency_worst_seconds", "How long an endpoint took at worst.", (*_WHO, "endpoint")),
    Health("heliograph_endpoint_answers", "Answers of an endpoint.", (*_WHO, "endpoint"), counter=True),
    Health("heliograph_output_up", "1 while a way out works.", ("output",)),
    Health("heliograph_output_deliveries", "What a way out has delivered.", ("output",), counter=True),
    Health("heliograph_output_failures", "What a way out could not deliver.", ("output",), counter=True),
)
"""What the service says of itself; counters get their `_total` on the page."""
