"""Applies the rules moment by moment: what began, what is over, each told once. No clock, no I/O."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from heliograph.live import State, Update
from heliograph.model import Equipment, Snapshot, Subject
from heliograph.outputs.base import holds, zone_of
from heliograph.outputs.notifications.rules import DAY, RULES, SERVICE, WEAK, WELL, Case, Rule, View

SLOT: Final = 1800
"""Seconds of the parts of a day for which it is remembered whether the sun was seen."""
MEMORY_OF_LIGHT: Final = 7 * DAY
USUAL_LIGHT: Final = range(10, 16)
"""Hours taken for daylight where nothing has been seen yet: those of the shortest day."""
LIGHT: Final = 20.0
"""Watts of one gateway that prove daylight."""
LONGEST_STEP: Final = 900.0
"""Seconds between two moments that count; a longer gap says nothing of what was in it."""
LEAST_DAY: Final = 200.0
"""Wh that the median panel must have made for a day to be compared."""
LEAST_GROUP: Final = 3
SILENCE: Final = 7200.0
"""Seconds of daylight without a word after which an inverter is silent: longer than dusk and the next dawn."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell."""

    rule: str
    gateway: str
    """As the owner calls it; empty where the service itself is meant."""
    at: float
    over: bool
    """It has ended."""
    cases: tuple[Case, ...]


class Held(msgspec.Struct):
    """One case under way."""

    case: Case
    lasted: float = 0.0
    """Seconds that count."""
    gone: float = 0.0
    """Seconds since it was last found."""
    told: str | None = None
    """The stage last told; None where nothing was told yet."""


class Diary(msgspec.Struct):
    """What is remembered of one gateway; survives restarts."""

    at: float = 0.0
    firmware: str = ""
    light: dict[int, float] = msgspec.field(default_factory=dict)
    """When the sun was last seen in each part of the day (UTC)."""
    day: str = ""
    energy: dict[str, float] = msgspec.field(default_factory=dict)
    """Wh of each panel today."""
    weak_days: dict[str, int] = msgspec.field(default_factory=dict)
    held: dict[str, dict[str, Held]] = msgspec.field(default_factory=dict)
    """Cases by rule and id."""


@dataclass(slots=True)
class Watch:
    """Keeps a diary of every gateway and says what is to be told."""

    zone: ZoneInfo
    """Of gateways whose own is not known."""
    silenced: Collection[str] = ()
    """Codes of rules that are off."""
    diaries: dict[str, Diary] = field(default_factory=dict)
    """By serial."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Inverters that see the same sun, by serial; the rest is compared with its kind."""

    def observe(self, update: Update) -> list[Message]:
        """Take one update."""
        away = update.condition.state is State.AWAY
        return self.see(update.name, update.snapshot, update.at, away=away, zone=zone_of(update, self.zone))

    def see(
        self, name: str, snapshot: Snapshot, at: float, *, away: bool, zone: ZoneInfo | None = None
    ) -> list[Message]:
        """Take one moment of a gateway, and give what is to be told of it; its days begin in `zone`."""
        zone = zone or self.zone
        serial = snapshot.gateway.serial
        if not serial:
            return []
        diary = self.diaries.setdefault(serial, Diary(at=at))
        step = min(max(at - diary.at, 0.0), LONGEST_STEP)
        if not away:
            self._note_light(diary, snapshot, at)
            self._note_energy(diary, snapshot, at, step, zone)
        light = self._daylight(diary, at, zone)
        told = [
            message
            for rule in RULES
            if rule.code not in self.silenced and (rule.away or not away)
            for message in self._apply(rule, diary, name, snapshot, at=at, step=step, light=light, away=away)
        ]
        diary.at = at
        diary.firmware = snapshot.gateway.firmware or diary.firmware
        return told

    def see_service(self, cases: Iterable[Case], at: float) -> list[Message]:
        """Take what is wrong with the service at one moment, and give what is to be told of it."""
        if SERVICE.code in self.silenced:
            return []
        # No gateway is without a serial number.
        diary = self.diaries.setdefault("", Diary(at=at))
        step = min(max(at - diary.at, 0.0), LONGEST_STEP)
        diary.at = at
        held = diary.held.setdefault(SERVICE.code, {})
        found = {case.id: case for case in cases}
        for id_, case in found.items():
            # A new one lasts from now on: where the service did not run, nothing was wrong with it.
            held.setdefault(id_, Held(case, lasted=-step))
        begun, over = _changes(SERVICE, held, found, step)
        return list(_messages(SERVICE, "", at, begun, over))

    def encode(self) -> bytes:
        """Write everything that is to survive a restart."""
        return msgspec.json.encode(self.diaries)

    def decode(self, kept: bytes) -> None:
        """Take what was written.

        Raises:
            ValueError: it is damaged.
        """
        self.diaries = msgspec.json.decode(kept, type=dict[str, Diary])

    # Cases.

    def _apply(
        self,
        rule: Rule,
        diary: Diary,
        name: str,
        snapshot: Snapshot,
        *,
        at: float,
        step: float,
        light: bool,
        away: bool,
    ) -> Iterator[Message]:
        held = diary.held.setdefault(rule.code, {})
        raised = frozenset(id_ for id_, one in held.items() if one.told is not None)
        view = View(snapshot, at, away, diary.weak_days, diary.firmware, raised)
        found = {case.id: case for case in rule.find(view)}
        begun, over = _changes(rule, held, found, step if light or not rule.daylight else 0.0, gone=step)
        # What was taken off the roof has not begun to speak again.
        retired = {item.id for item in snapshot.equipment if item.retired}
        yield from _messages(rule, name, at, begun, [case for case in over if case.id not in retired])

    def silent(self, serial: str) -> dict[str, bool]:
        """Return the inverters of a gateway that are silent in daylight; True for those that are told of."""
        diary = self.diaries.get(serial, Diary())
        held = diary.held.get("inverter_silent", {})
        return {id_: case.told is not None for id_, case in held.items() if case.lasted >= SILENCE}

    # Daylight, learned from what is produced: no place on earth need be known.

    @staticmethod
    def _note_light(diary: Diary, snapshot: Snapshot, at: float) -> None:
        system = snapshot.find(Subject.SYSTEM)
        power = None if system is None else system.values.get("production_power")
        if power is not None and holds(power) and isinstance(power.value, int | float) and power.value >= LIGHT:
            diary.light[_slot(at)] = at

    @staticmethod
    def _daylight(diary: Diary, at: float, zone: ZoneInfo) -> bool:
        recent = [slot for slot, seen in diary.light.items() if at - seen <= MEMORY_OF_LIGHT]
        if not recent:
            return datetime.fromtimestamp(at, zone).hour in USUAL_LIGHT
        return _slot(at) in recent

    # Panels, compared day by day with the median of their kind.

    def _note_energy(self, diary: Diary, snapshot: Snapshot, at: float, step: float, zone: ZoneInfo) -> None:
        panels = [item for item in snapshot.of(Subject.INVERTER) if not item.retired]
        day = datetime.fromtimestamp(at, zone).date().isoformat()
        if day != diary.day:
            _judge_day(diary, panels, self.groups)
            diary.day, diary.energy = day, {}
        for item in panels:
            power = item.values.get("power")
            if power is not None and holds(power) and isinstance(power.value, int | float):
                diary.energy[item.id] = diary.energy.get(item.id, 0.0) + power.value * step / 3600
        known = {item.id for item in panels}
        diary.weak_days = {id_: days for id_, days in diary.weak_days.items() if id_ in known}


def _changes(
    rule: Rule, held: dict[str, Held], found: Mapping[str, Case], step: float, *, gone: float | None = None
) -> tuple[list[Case], list[Case]]:
    """Note which cases are there, and return those to be told as begun and those to be told as over.

    `step` are the seconds that count for cases that last, `gone` for those that are over, where they differ.
    """
    begun, over = [], []
    for id_, case in found.items():
        one = held.setdefault(id_, Held(case))
        one.case, one.gone = case, 0.0
        one.lasted += step
        if one.lasted >= rule.lasting and one.told != case.stage:
            one.told = case.stage
            begun.append(case)
    for id_ in held.keys() - found.keys():
        one = held[id_]
        one.gone += step if gone is None else gone
        if one.told is None or one.gone >= rule.settled:
            del held[id_]
            if one.told is not None and rule.ends:
                over.append(one.case)
    return begun, over


def _messages(rule: Rule, gateway: str, at: float, begun: list[Case], over: list[Case]) -> Iterator[Message]:
    for cases, ended in ((begun, False), (over, True)):
        if cases:
            yield Message(rule.code, gateway, at, ended, tuple(sorted(cases, key=lambda case: case.id)))


def _judge_day(diary: Diary, panels: Iterable[Equipment], groups: Mapping[str, str]) -> None:
    for id_, share in shares(diary.energy, panels, groups).items():
        if share < WEAK:
            diary.weak_days[id_] = diary.weak_days.get(id_, 0) + 1
        elif share >= WELL:
            diary.weak_days.pop(id_, None)


def shares(energy: Mapping[str, float], panels: Iterable[Equipment], groups: Mapping[str, str]) -> dict[str, float]:
    """Return what each panel has made of a day in relation to the median of its group; none where that says nothing."""
    members: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in panels:
        if item.id in energy:
            members[groups.get(item.id, ""), item.part_number or item.model or ""].append(item.id)
    compared: dict[str, float] = {}
    for group in members.values():
        usual = median(energy[id_] for id_ in group)
        # A day of snow or of half an hour says nothing about a single panel.
        if len(group) >= LEAST_GROUP and usual >= LEAST_DAY:
            compared |= {id_: energy[id_] / usual for id_ in group}
    return compared


def _slot(at: float) -> int:
    moment = datetime.fromtimestamp(at, UTC)
    return (moment.hour * 3600 + moment.minute * 60) // SLOT
