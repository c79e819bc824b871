"""Prometheus: everything that holds, in base units, made at the moment of the scrape from what live holds.

Energy is in joules. A watt-hour is no base unit of Prometheus's conventions, the joule is; and a counter of joules has
a meaning at once: its `rate()` is watts. A kilowatt-hour is 3.6e6 of them, which the dashboard divides by.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from heliograph import extras
from heliograph.gateway import Gateway
from heliograph.live import Live, Update
from heliograph.model import CATALOG, Equipment, Kind, Metric, Quantity, Reading, Subject
from heliograph.model.labels import label
from heliograph.model.labels import words as labels
from heliograph.outputs.base import Output, Sleep, Status, hand_on, holds, known_away, split, there

if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

LOGGER: Final = logging.getLogger("heliograph.outputs.prometheus")
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
LABELS: Final = ("gateway", "gateway_serial", "serial", "part", "phase")
"""Labels that every value has; `serial` is that of the equipment, or what stands for it: a meter's measurement."""
JOULES: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Words:
    """How Prometheus says a quantity."""

    unit: str = ""
    """The name's last part, in base units."""
    factor: float = 1.0
    """From our unit to the base unit."""
    form: str = "number"
    """`number`, `state` (one series per state, 1 or 0) or `text` (a series that carries it as a label)."""


_Q = Quantity

QUANTITIES: Final[Mapping[Quantity, Words]] = MappingProxyType(
    {
        _Q.POWER: Words("watts"),
        _Q.APPARENT_POWER: Words("voltamperes"),
        _Q.REACTIVE_POWER: Words("voltamperes_reactive"),
        _Q.POWER_FACTOR: Words("ratio"),
        _Q.ENERGY: Words("joules", JOULES),
        _Q.CAPACITY: Words("joules", JOULES),
        _Q.VOLTAGE: Words("volts"),
        _Q.CURRENT: Words("amperes"),
        _Q.FREQUENCY: Words("hertz"),
        _Q.TEMPERATURE: Words("celsius"),
        _Q.LEVEL: Words("ratio", 0.01),
        _Q.RATIO: Words("ratio", 0.01),
        _Q.COUNT: Words("number"),
        _Q.FLAG: Words(),
        _Q.STATE: Words(form="state"),
        _Q.TIME: Words("timestamp_seconds"),
        _Q.TEXT: Words("info", form="text"),
    }
)
"""One row per quantity."""


def name(metric: Metric) -> str:
    """Name a metric, without the `_total` that a counter gets: `heliograph_system_production_joules`."""
    # A count would be taken for a histogram's, and days for a unit of time.
    key = metric.key.removesuffix("_count").replace("_7_days", "_week")
    if metric.kind is Kind.TOTAL:
        key = key.removesuffix("_lifetime")
    unit = QUANTITIES[metric.quantity].unit
    return "_".join(part for part in ("heliograph", str(metric.subject), key, unit) if part)


def exported(metric: Metric) -> str:
    """Name a metric as it stands on the page."""
    return name(metric) + ("_total" if metric.kind is Kind.TOTAL else "")


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
        self._floors: dict[tuple[str, tuple[str, ...]], float] = {}
        """The highest that each counter has stood, by name and labels."""

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

    def render(self) -> bytes:
        """Write the page, whose content type is `CONTENT_TYPE`.

        Raises:
            UsageError: `missing_extra`.
        """
        try:
            from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - optional
        except ImportError as err:
            raise extras.missing("prometheus") from err
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator["Family"]:
        """Yield every family, as prometheus-client asks a collector for them."""
        updates = [update for update in self._live.latest.values() if update.snapshot.gateway.serial]
        for metric in CATALOG:
            family = self._family(metric, updates)
            if family.samples:
                yield family
        yield from self._health(updates)

    def describe(self) -> tuple[()]:
        """Promise nothing in advance: what there is depends on the roof."""
        return ()

    # Values.

    def _family(self, metric: Metric, updates: Iterable[Update]) -> "Family":
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - optional

        words, help_ = QUANTITIES[metric.quantity], _help(metric)
        extra = {"state": ("state",), "text": ("value",)}.get(words.form, ())
        make = CounterMetricFamily if metric.kind is Kind.TOTAL else GaugeMetricFamily
        family: Any = make(name(metric), help_, labels=(*LABELS, *extra))
        for update in updates:
            for item in update.snapshot.of(metric.subject):
                reading = item.values.get(metric.key)
                if reading is not None and not item.retired and _speaks(update, reading):
                    self._add(family, metric, _labels(update, item), reading)
        return family  # type: ignore[no-any-return] # the classes are chosen above

    def _add(self, family: Any, metric: Metric, labels: tuple[str, ...], reading: Reading) -> None:
        words, value = QUANTITIES[metric.quantity], reading.value
        if words.form == "text":
            family.add_metric((*labels, str(value)), 1)
        elif words.form == "state":
            for state in dict.fromkeys((*metric.states, str(value))):
                family.add_metric((*labels, state), float(state == value))
        elif isinstance(value, int | float):
            number = value * words.factor
            family.add_metric(labels, self._floor(metric, labels, number) if metric.kind is Kind.TOTAL else number)

    def _floor(self, metric: Metric, labels: tuple[str, ...], value: float) -> float:
        """Keep a counter from falling: a correction downwards would read as a reset, and count everything twice."""
        _, *who, _, phase = labels
        key = metric.name, (*who, phase)
        self._floors[key] = max(value, self._floors.get(key, value))
        return self._floors[key]

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


def _speaks(update: Update, reading: Reading) -> bool:
    """Whether a reading is said: of a gateway away only what lasts, and that it is away."""
    lasting = reading.metric.kind is not Kind.NOW or known_away(reading.metric)
    return holds(reading) and (lasting or there(update))


def _labels(update: Update, item: Equipment) -> tuple[str, ...]:
    gateway = update.snapshot.gateway
    base, phase = split(item)
    part = item.part_number or (gateway.part_number if item.id in {"", gateway.serial} else "")
    return update.name, gateway.serial, base or gateway.serial, part, phase


def _help(metric: Metric) -> str:
    return f"{labels('en')[f'subject.{metric.subject}']}: {label(metric, 'en')}."
