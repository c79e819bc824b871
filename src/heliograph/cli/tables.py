"""A snapshot as people read it: one list for the system, one table for each kind of equipment."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from heliograph.cli.figures import age, figure
from heliograph.cli.prose import Prose
from heliograph.cli.words import Words
from heliograph.model import Equipment, Metric, Quality, Quantity, Reading, Snapshot, Subject, metrics_of
from heliograph.model.labels import called, label, noticed, sentence, words

_BRIEF: Final[dict[Subject, tuple[str, ...]]] = {
    Subject.INVERTER: ("power", "max_power", "producing", "communicating", "last_report"),
    Subject.BATTERY: ("level", "power", "state", "max_temperature", "communicating"),
    Subject.METER: ("state", "power", "voltage", "energy_delivered", "energy_received"),
    Subject.PHASE: ("production_power", "consumption_power", "net_power", "voltage", "current"),
}
"""What fits beside each other in eighty columns; the rest is shown where all is asked for."""
_STYLES: Final = {
    Quality.MEASURED: "",
    Quality.DERIVED: "",
    Quality.CORRECTED: "yellow",
    Quality.STALE: "dim",
}
_OLD: Final = 120.0
"""Seconds from which on the age of a system value is worth a word."""
_ROOMY: Final = 60
"""Columns that the longest label and value need beside each other."""
DASH: Final = "—"


class _Pairs(Table):
    """Labels and values, of which the labels are broken where there is little room, and the values never."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.columns[0].no_wrap = options.max_width >= _ROOMY
        yield from super().__rich_console__(console, options)


class Tables:
    """Draws snapshots in one language."""

    def __init__(self, say: Words, *, everything: bool = False) -> None:
        """Take whether every value is wanted, and why the others are absent."""
        self._say = say
        self._language = say.language
        self._everything = everything

    def snapshot(self, snapshot: Snapshot) -> RenderableType:
        """Draw everything."""
        parts: list[RenderableType] = [self.heading(snapshot)]
        for subject in Subject:
            items = [item for item in snapshot.of(subject) if self._everything or not item.retired]
            if items:
                parts += [Text(), *self._of(subject, items, snapshot.at)]
        if snapshot.findings:
            parts += [Text(), self.findings(snapshot)]
        return Group(*parts)

    def heading(self, snapshot: Snapshot) -> Text:
        """Name the gateway."""
        gateway = snapshot.gateway
        firmware = gateway.firmware or DASH
        text = self._say("read.heading", serial=gateway.serial, firmware=firmware, host=gateway.host)
        return Text(text, style="bold")

    def findings(self, snapshot: Snapshot) -> RenderableType:
        """List what was noticed."""
        title = Text(self._say.count("read.findings", len(snapshot.findings)), style="yellow")
        told = (Prose(noticed(finding, self._language), mark="  • ") for finding in snapshot.findings)
        return Group(title, *told)

    def _of(self, subject: Subject, items: Sequence[Equipment], at: float) -> Iterator[RenderableType]:
        if subject in _BRIEF and not self._everything:
            count = len(items)
            name = called(subject, count, self._language)
            yield Text(f"{name} ({count})" if count > 1 else name, style="bold")
            yield self._beside(subject, items, at)
            return
        name = called(subject, 1, self._language)
        for item in items:
            own = subject is Subject.SYSTEM or (len({item.id for item in items}) == 1 and not self._everything)
            title = Text(name if own else f"{name} {item.id}", style="bold")
            if item.model:
                title.append(f"  {item.model}", style="dim")
            yield title
            yield self._below(item, at)
            yield from self._missing(item)

    def _beside(self, subject: Subject, items: Sequence[Equipment], at: float) -> Table:
        """Put equipment of one kind in rows, its values in columns."""
        metrics = [
            metric
            for key in _BRIEF[subject]
            for metric in metrics_of(subject)
            if metric.key == key and any(key in item.values for item in items)
        ]
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_column(Text(self._say("word.id"), style="dim"), no_wrap=True)
        for metric in metrics:
            numeric = metric.quantity not in {Quantity.STATE, Quantity.TEXT, Quantity.FLAG}
            table.add_column(
                Text(label(metric, self._language), style="dim"), justify="right" if numeric else "left", no_wrap=False
            )
        for item in items:
            table.add_row(item.id, *(self._cell(item.values.get(metric.key), at) for metric in metrics))
        return table

    def _cell(self, reading: Reading | None, at: float) -> Text:
        if reading is None:
            return Text(DASH, style="dim")
        if reading.metric.quantity is Quantity.TIME:
            return Text(self._say("age.ago", age=age(at - float(reading.value), self._say)), style="dim")
        style = _STYLES[reading.quality]
        if reading.metric.quantity is Quantity.FLAG and not reading.value:
            style = style or "dim"
        return Text(figure(reading.metric, reading.value, self._language), style=style)

    def _below(self, item: Equipment, at: float) -> Table:
        """Put the values of one equipment below each other."""
        table = _Pairs(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_column()
        table.add_column(justify="right", no_wrap=True)
        table.add_column(style="dim")
        for metric, reading in self._told(item):
            value = Text(figure(metric, reading.value, self._language), style=_STYLES[reading.quality])
            table.add_row(label(metric, self._language), value, self._remark(reading, item.subject, at))
        return table

    def _missing(self, item: Equipment) -> Iterator[Prose]:
        """Name what is absent, together what is absent for the same reason."""
        for why, labels in self._untold(item).items():
            said = self._say("read.missing", labels=", ".join(labels), why=why)
            yield Prose(said, mark="— ", style="dim")

    @staticmethod
    def _told(item: Equipment) -> Iterable[tuple[Metric, Reading]]:
        return ((reading.metric, reading) for reading in item.values.values())

    def _untold(self, item: Equipment) -> dict[str, list[str]]:
        """Gather the labels of absent values by the sentence that says why."""
        found: dict[str, list[str]] = {}
        for metric in metrics_of(item.subject):
            reason = item.absent.get(metric.key)
            if reason is not None and (self._everything or metric.core):
                found.setdefault(sentence(reason, self._language), []).append(label(metric, self._language))
        return found

    def _remark(self, reading: Reading, subject: Subject, at: float) -> str:
        """Return what there is to say of a value beside itself."""
        said = [] if reading.quality in {Quality.MEASURED, Quality.DERIVED} else [self._quality(reading)]
        if direction := direction_of(reading, self._say):
            said.append(direction)
        if subject is Subject.SYSTEM and at - reading.at > _OLD:
            said.append(self._say("age.ago", age=age(at - reading.at, self._say)))
        if self._everything:
            said.append(reading.source)
        return ", ".join(said)

    def _quality(self, reading: Reading) -> str:
        text = words(self._language)[f"quality.{reading.quality}"]
        if reading.reason is not None:
            text += f": {sentence(reading.reason, self._language)}"
        return text


def direction_of(reading: Reading, say: Words) -> str:
    """Return which way a signed power goes; empty where it says so itself."""
    key = f"direction.{reading.metric.subject}.{reading.metric.key}"
    if isinstance(reading.value, str) or not reading.value:
        return ""
    return say.find(f"{key}.{'plus' if reading.value > 0 else 'minus'}")
