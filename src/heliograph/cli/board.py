"""The live view: the house in one small table, the devices in a few lines, and how old everything is."""

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from heliograph.cli.figures import age, clock_time, figure, quantity
from heliograph.cli.prose import Prose
from heliograph.cli.tables import DASH, direction_of
from heliograph.cli.words import Words
from heliograph.errors import HeliographError
from heliograph.gateway import Requests
from heliograph.model import Equipment, Finding, Quality, Quantity, Reading, Snapshot, Subject
from heliograph.model.labels import noticed

_ROWS: Final = ("production", "consumption", "net", "import", "export")
_COLUMNS: Final = ("power", "today", "7_days", "lifetime")
_FINDINGS: Final = 4
_DEVICES: Final = 6
_BAR: Final = 10


class Board:
    """Draws what `watch` shows."""

    def __init__(self, say: Words) -> None:
        self._say = say
        self._language = say.language

    def line(self, snapshot: Snapshot, problems: Sequence[HeliographError] = ()) -> str:
        """Return a reading in one line, for where nothing can be drawn."""
        system = snapshot.system
        parts = [clock_time(snapshot.at)]
        for row in ("production", "consumption", "net"):
            reading = system.values.get(f"{row}_power")
            if reading is not None:
                parts.append(f"{self._say(f'board.{row}')} {self._with_direction(reading)}")
        if "battery_level" in system.values or "battery_power" in system.values:
            told = [self._figure(system, "battery_level"), self._figure(system, "battery_power")]
            parts.append(" ".join([self._say("board.battery"), *(text for text in told if text != DASH)]))
        inverters = [item for item in snapshot.of(Subject.INVERTER) if not item.retired]
        if inverters:
            producing = sum(item.value("producing") is True for item in inverters)
            parts.append(self._say("board.inverters_line", n=producing, all=len(inverters)))
        if snapshot.findings:
            parts.append(self._say.count("read.findings", len(snapshot.findings)))
        parts += [problem.text(self._language) for problem in problems]
        return " · ".join(parts)

    def draw(
        self,
        snapshot: Snapshot,
        *,
        title: str,
        now: float,
        next_at: float,
        requests: Requests,
        recent: int,
        problems: Sequence[HeliographError] = (),
        footer: str = "",
    ) -> RenderableType:
        """Draw a reading, as old as it is by now."""
        parts: list[RenderableType] = [self._heading(snapshot, title), Text(), self._house(snapshot.system)]
        battery = self._battery(snapshot)
        if battery is not None:
            parts += [Text(), battery]
        inverters = [item for item in snapshot.of(Subject.INVERTER) if not item.retired]
        if inverters:
            parts += [Text(), self._inverters(inverters)]
        if snapshot.findings:
            parts += [Text(), *self._findings(snapshot.findings)]
        parts += [Prose(problem.text(self._language), style="red") for problem in problems]
        parts += [Text(), self._foot(snapshot, now, next_at, requests, recent)]
        if footer:
            parts.append(Text(footer, style="dim"))
        return Group(*parts)

    def _heading(self, snapshot: Snapshot, title: str) -> Text:
        gateway = snapshot.gateway
        text = Text(title, style="bold")
        return text.append(f"  {gateway.serial}  {gateway.firmware}  {clock_time(snapshot.at)}", style="dim")

    def _house(self, system: Equipment) -> Table:
        """Put energies in rows, spans of time in columns."""
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_column(min_width=14, no_wrap=True)
        for column in _COLUMNS:
            table.add_column(
                Text(self._say(f"board.{column}"), style="dim"), justify="right", min_width=11, no_wrap=True
            )
        table.add_column(style="dim")
        for row in _ROWS:
            readings = [system.values.get(f"{row}_{column}") for column in _COLUMNS]
            if any(readings):
                direction = direction_of(readings[0], self._say) if readings[0] else ""
                table.add_row(self._say(f"board.{row}"), *(self._cell(reading) for reading in readings), direction)
        return table

    def _cell(self, reading: Reading | None) -> Text:
        if reading is None:
            return Text(DASH, style="dim")
        style = {Quality.CORRECTED: "yellow", Quality.STALE: "dim"}.get(reading.quality, "bold")
        return Text(figure(reading.metric, reading.value, self._language), style=style)

    def _battery(self, snapshot: Snapshot) -> RenderableType | None:
        system = snapshot.system
        level = system.value("battery_level")
        batteries = [item for item in snapshot.of(Subject.BATTERY) if not item.retired]
        if level is None and not batteries:
            return None
        text = Text(f"{self._say('board.battery'):<16}")
        if isinstance(level, int | float):
            full = round(min(max(level, 0), 100) / 100 * _BAR)
            text.append("█" * full, style="green").append("░" * (_BAR - full), style="dim")
            text.append(f" {self._figure(system, 'battery_level')}", style="bold")
        for key in ("battery_power", "battery_state"):
            if key in system.values:
                text.append(f"  {self._figure(system, key)}", style="bold" if key == "battery_power" else "")
        for item in batteries[:_DEVICES] if len(batteries) > 1 else ():
            told = [self._figure(item, key) for key in ("level", "power", "max_temperature") if key in item.values]
            text.append(f"\n  {item.id}  {'  '.join(told)}", style="dim")
        return text

    def _inverters(self, inverters: Sequence[Equipment]) -> RenderableType:
        """Return how many produce, and which are the strongest and the weakest."""
        producing = sum(item.value("producing") is True for item in inverters)
        silent = [item for item in inverters if item.value("communicating") is False]
        powers = [power for item in inverters if isinstance(power := item.value("power"), int | float)]
        text = Text(f"{self._say('board.inverters'):<16}")
        text.append(self._say("board.producing", n=producing, all=len(inverters)), style="bold")
        if powers:
            low, high = (quantity(power, Quantity.POWER, "W", self._language) for power in (min(powers), max(powers)))
            text.append(f"  {self._say('board.span', low=low, high=high)}", style="dim")
        if silent:
            names = ", ".join(item.id for item in silent[:_DEVICES]) + (" …" if len(silent) > _DEVICES else "")
            text.append(f"\n  {self._say('board.silent', names=names)}", style="yellow")
        return text

    def _findings(self, findings: Sequence[Finding]) -> list[RenderableType]:
        shown: list[RenderableType] = [
            Prose(noticed(finding, self._language), mark="• ", style="yellow") for finding in findings[:_FINDINGS]
        ]
        if len(findings) > _FINDINGS:
            shown.append(Text(self._say("board.more", n=len(findings) - _FINDINGS), style="dim"))
        return shown

    def _foot(self, snapshot: Snapshot, now: float, next_at: float, requests: Requests, recent: int) -> Text:
        devices = [
            reading.at
            for subject in (Subject.INVERTER, Subject.BATTERY)
            for item in snapshot.of(subject)
            for key, reading in item.values.items()
            if key == "power"
        ]
        said = [self._say("board.age", age=age(now - snapshot.at, self._say))]
        if devices:
            said.append(self._say("board.device_age", age=age(now - max(devices), self._say)))
        said.append(self._say("board.next", age=age(next_at - now, self._say)))
        requested = self._say("board.requests", recent=recent, all=requests.sent)
        return Text(f"{' · '.join(said)}\n{requested}", style="dim")

    def _figure(self, item: Equipment, key: str) -> str:
        reading = item.values.get(key)
        return DASH if reading is None else figure(reading.metric, reading.value, self._language)

    def _with_direction(self, reading: Reading) -> str:
        direction = direction_of(reading, self._say)
        text = figure(reading.metric, reading.value, self._language)
        return f"{text} ({direction})" if direction else text
