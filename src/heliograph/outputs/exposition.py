"""Values as Prometheus reads them: lines of text in base units, written anew only for equipment that changed.

Energy is in joules. A watt-hour is no base unit of Prometheus's conventions, the joule is; and a counter of joules has
a meaning at once: its `rate()` is watts. A kilowatt-hour is 3.6e6 of them, which the dashboard divides by.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from heliograph.live import Update
from heliograph.model import CATALOG, Equipment, Kind, Metric, Quantity, Reading
from heliograph.model.labels import label
from heliograph.model.labels import words as labels
from heliograph.outputs.base import holds, known_away, split, there

LABELS: Final = ("gateway", "gateway_serial", "serial", "part", "phase")
"""Labels that every value has; `serial` is that of the equipment, or what stands for it: a meter's measurement."""
JOULES: Final = 3600.0


@dataclass(frozen=True, slots=True)
class PrometheusUnit:
    """The unit and form in which Prometheus gets a quantity."""

    unit: str = ""
    """The name's last part, in base units."""
    factor: float = 1.0
    """From our unit to the base unit."""
    form: str = "number"
    """`number`, `state` (one series per state, 1 or 0) or `text` (a series that carries it as a label)."""


_Q = Quantity

QUANTITIES: Final[Mapping[Quantity, PrometheusUnit]] = MappingProxyType(
    {
        _Q.POWER: PrometheusUnit("watts"),
        _Q.APPARENT_POWER: PrometheusUnit("voltamperes"),
        _Q.REACTIVE_POWER: PrometheusUnit("voltamperes_reactive"),
        _Q.POWER_FACTOR: PrometheusUnit("ratio"),
        _Q.ENERGY: PrometheusUnit("joules", JOULES),
        _Q.CAPACITY: PrometheusUnit("joules", JOULES),
        _Q.VOLTAGE: PrometheusUnit("volts"),
        _Q.CURRENT: PrometheusUnit("amperes"),
        _Q.FREQUENCY: PrometheusUnit("hertz"),
        _Q.TEMPERATURE: PrometheusUnit("celsius"),
        _Q.LEVEL: PrometheusUnit("ratio", 0.01),
        _Q.RATIO: PrometheusUnit("ratio", 0.01),
        _Q.COUNT: PrometheusUnit("number"),
        _Q.FLAG: PrometheusUnit(),
        _Q.STATE: PrometheusUnit(form="state"),
        _Q.TIME: PrometheusUnit("timestamp_seconds"),
        _Q.TEXT: PrometheusUnit("info", form="text"),
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


Lines = dict[str, bytes]
"""The lines of each metric, by its name."""


@dataclass(slots=True)
class _Gateway:
    """What was written last of one gateway."""

    update: Update
    equipment: dict[tuple[str, str], tuple[Equipment, Lines]] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)


class Values:
    """The values of all gateways, each as it was written last while nothing of it changed."""

    def __init__(self) -> None:
        """Start with nothing written."""
        self._gateways: dict[str, _Gateway] = {}
        self._floors: dict[tuple[str, tuple[str, ...]], float] = {}
        """The highest that each counter has stood, by name and labels."""

    def page(self, updates: Iterable[Update], subjects: Collection[str] = ()) -> bytes:
        """Return the lines of all metrics, or of those about some subjects; a gateway without an update is dropped."""
        self._gateways = {update.name: self._gateway(update) for update in updates}
        parts: list[bytes] = []
        for metric in CATALOG:
            if subjects and metric.subject not in subjects:
                continue
            lines = [found for one in self._gateways.values() if (found := one.lines.get(metric.name))]
            if lines:
                parts.append(_HEADS[metric.name])
                parts.extend(lines)
        return b"".join(parts)

    def _gateway(self, update: Update) -> _Gateway:
        """Return what is written of a gateway, after writing what changed."""
        before = self._gateways.get(update.name)
        if before is not None and before.update is update:
            return before
        written = before.equipment if before is not None and _labels_hold(before.update, update) else {}
        now = _Gateway(update)
        parts: dict[str, list[bytes]] = {}
        for item in update.snapshot.equipment:
            key = item.subject, item.id
            was = written.get(key)
            lines = was[1] if was is not None and was[0] == item else self._equipment(update, item)
            now.equipment[key] = item, lines
            for metric, text in lines.items():
                parts.setdefault(metric, []).append(text)
        now.lines = {metric: b"".join(texts) for metric, texts in parts.items()}
        return now

    def _equipment(self, update: Update, item: Equipment) -> Lines:
        if item.retired:
            return {}
        owner = _labels(update, item)
        lines = {
            reading.metric.name: "".join(f"{line}\n" for line in self._lines(reading, owner)).encode()
            for reading in item.values.values()
            if _is_exported(update, reading)
        }
        return {metric: text for metric, text in lines.items() if text}

    def _lines(self, reading: Reading, owner: tuple[str, ...]) -> Iterator[str]:
        metric, value = reading.metric, reading.value
        words = QUANTITIES[metric.quantity]
        if words.form == "text":
            yield _line(metric, (*owner, str(value)), ("value",), 1.0)
        elif words.form == "state":
            for state in dict.fromkeys((*metric.states, str(value))):
                yield _line(metric, (*owner, state), ("state",), float(state == value))
        elif isinstance(value, int | float):
            number = value * words.factor
            yield _line(metric, owner, (), self._floor(metric, owner, number) if metric.kind is Kind.TOTAL else number)

    def _floor(self, metric: Metric, owner: tuple[str, ...], value: float) -> float:
        """Keep a counter from falling: a correction downwards would read as a reset, and count everything twice."""
        *identity, _, phase = owner
        key = metric.name, (*identity, phase)
        self._floors[key] = max(value, self._floors.get(key, value))
        return self._floors[key]


def _line(metric: Metric, values: tuple[str, ...], more: tuple[str, ...], number: float) -> str:
    pairs = zip((*LABELS, *more), values, strict=True)
    text = ",".join(f'{label}="{_escaped(value)}"' for label, value in sorted(pairs))
    return f"{exported(metric)}{{{text}}} {float(number)!r}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _labels_hold(before: Update, update: Update) -> bool:
    """Return whether lines of equipment that did not change are still right."""
    return before.snapshot.gateway == update.snapshot.gateway and there(before) == there(update)


def _is_exported(update: Update, reading: Reading) -> bool:
    """Return whether a reading is exported: of a gateway away only what lasts, and that it is away."""
    lasting = reading.metric.kind is not Kind.NOW or known_away(reading.metric)
    return holds(reading) and (lasting or there(update))


def _labels(update: Update, item: Equipment) -> tuple[str, ...]:
    gateway = update.snapshot.gateway
    base, phase = split(item)
    part = item.part_number or (gateway.part_number if item.id in {"", gateway.serial} else "")
    return update.name, gateway.serial, base or gateway.serial, part, phase


def _head(metric: Metric) -> bytes:
    kind = "counter" if metric.kind is Kind.TOTAL else "gauge"
    text = f"{labels('en')[f'subject.{metric.subject}']}: {label(metric, 'en')}."
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return f"# HELP {exported(metric)} {text}\n# TYPE {exported(metric)} {kind}\n".encode()


_HEADS: Final = {metric.name: _head(metric) for metric in CATALOG}
