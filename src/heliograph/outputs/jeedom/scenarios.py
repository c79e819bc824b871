"""What scenarios act on: a surplus that is never old, totals of whole days, months and years, and what to watch."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from heliograph.live import Update
from heliograph.model import Finding, Reading, Snapshot, Subject
from heliograph.model.labels import noticed
from heliograph.outputs.base import holds, there, zone_of
from heliograph.outputs.jeedom.layout import FLOWS_COUNTED, SCENARIO_COMMANDS, SPANS_COUNTED
from heliograph.outputs.jeedom.remarks import Remark, about
from heliograph.outputs.jeedom.values import ABSENT, Wish, Worth, clean_text, moment
from heliograph.protocol.token import TokenInfo

SMOOTHED: Final = 300.0
"""Seconds over which the surplus is averaged."""
OLDEST: Final = 150.0
"""Seconds after which what was read last says nothing of the present: two readings were missed."""

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "surplus": {
        "fr": "la passerelle n’indique pas en ce moment ce qui est échangé avec le réseau.",
        "en": "the gateway does not report at present what is exchanged with the grid.",
    },
    "yesterday": {
        "fr": "connue le lendemain du premier jour où le plugin a compté.",
        "en": "known from the day after the plugin first counted.",
    },
    "month": {
        "fr": "connue à partir du premier jour du mois prochain : le plugin n’a pas compté dès le premier de celui-ci.",
        "en": "known from the first day of next month: the plugin did not count from the first of this one.",
    },
    "year": {
        "fr": "connue à partir du 1er janvier prochain : le plugin n’a pas compté dès celui de cette année.",
        "en": "known from 1 January next: the plugin did not count from that of this year.",
    },
    "token_days": {"fr": "il n’y a pas de jeton.", "en": "there is no token."},
    "none": {"fr": "aucune", "en": "none"},
    "finding": {"fr": "{at} : {what} – {why}", "en": "{at}: {what} – {why}"},
}
"""Why a value is absent, by the end of its command's name; and what else there is to say."""


class Totals(msgspec.Struct):
    """What the counters were when days began: differences are the energies between."""

    serial: str = ""
    marks: dict[str, dict[str, float]] = msgspec.field(default_factory=dict)
    """Flow → day, ISO → what its counter was at the midnight when the day began, Wh."""


@dataclass(slots=True)
class Scenarios:
    """Follows one gateway for its owner's scenarios."""

    zone: ZoneInfo
    """Of a gateway whose own is not known."""
    totals: Totals = field(default_factory=Totals)
    _exchange: deque[tuple[float, float]] = field(default_factory=deque)
    """When, and how much was drawn from the grid, W."""
    _latest: Reading | None = None

    @classmethod
    def decode(cls, zone: ZoneInfo, content: bytes | None) -> "Scenarios":
        """Return one with what was written; nothing remembered where it is damaged or not there."""
        try:
            return cls(zone, msgspec.json.decode(content or b"{}", type=Totals))
        except msgspec.MsgspecError:
            return cls(zone)

    def encode(self) -> bytes:
        """Write what must survive a restart."""
        return msgspec.json.encode(self.totals)

    def observe(self, update: Update) -> None:
        """Take what was just read."""
        snapshot = update.snapshot
        if not update.fresh:
            return
        self._note_exchange(_reading(snapshot, "net_power"), update.at)
        if self.totals.serial != snapshot.gateway.serial:
            self.totals = Totals(snapshot.gateway.serial)
        today = datetime.fromtimestamp(update.at, zone_of(update, self.zone)).date()
        wanted = {day.isoformat() for day in (today, *_begins(today).values())}
        for flow in FLOWS_COUNTED:
            marks = self.totals.marks.setdefault(flow, {})
            lifetime, since_midnight = _number(snapshot, f"{flow}_lifetime"), _number(snapshot, f"{flow}_today")
            if lifetime is not None and since_midnight is not None:
                marks[today.isoformat()] = lifetime - since_midnight
            for day in marks.keys() - wanted:
                del marks[day]

    def _note_exchange(self, reading: Reading | None, at: float) -> None:
        if reading is None:
            self._exchange.clear()
        elif reading != self._latest:
            # An answer that is only there still, because the next one failed, is no new one.
            self._exchange.append((at, float(reading.value)))
        self._latest = reading

    def values(self, update: Update, token: TokenInfo | None, silent: Worth, wish: Wish) -> dict[str, Worth]:
        """Return the value of each command, `ABSENT` where there is none."""
        days = ABSENT if token is None else token.days_left(update.at)
        return {
            "surplus": self._surplus(update),
            **dict(self._energies(update)),
            "token_days": days,
            "silent_inverters": silent,
            "last_finding": _last_finding(update.snapshot, wish),
        }

    def _surplus(self, update: Update) -> Worth:
        while self._exchange and not 0 <= update.at - self._exchange[0][0] < SMOOTHED:
            self._exchange.popleft()
        if not there(update) or not self._exchange or update.at - self._exchange[-1][0] > OLDEST:
            return ABSENT
        return round(-sum(drawn for _, drawn in self._exchange) / len(self._exchange))

    def _energies(self, update: Update) -> Iterator[tuple[str, Worth]]:
        today = datetime.fromtimestamp(update.at, zone_of(update, self.zone)).date()
        begins = _begins(today)
        for flow in FLOWS_COUNTED:
            marks = self.totals.marks.get(flow, {})
            ends = {"yesterday": marks.get(today.isoformat())}
            for span in SPANS_COUNTED:
                begin = marks.get(begins[span].isoformat())
                end = ends.get(span, _number(update.snapshot, f"{flow}_lifetime"))
                yield f"{flow}_{span}", ABSENT if begin is None or end is None else max(round(end - begin), 0)


def scenario_gaps(values: Mapping[str, Worth], language: str) -> list[Remark]:
    """Return which of the values are missing, and why; what has one reason stands together."""
    missing: dict[str, list[str]] = {}
    for key, value in values.items():
        if value == ABSENT:
            reason = key if key in TEXTS else key.rpartition("_")[2]
            names = SCENARIO_COMMANDS[key].name
            missing.setdefault(_say(reason, language), []).append(names.get(language, names["en"]))
    return [{"what": ", ".join(what), "why": why} for why, what in missing.items()]


def _begins(today: date) -> dict[str, date]:
    """Return the day with which each span begins."""
    return {
        "yesterday": today - timedelta(days=1),
        "month": today.replace(day=1),
        "year": today.replace(month=1, day=1),
    }


def _reading(snapshot: Snapshot, key: str) -> Reading | None:
    """Return a number of the whole that holds; None where there is none."""
    system = snapshot.find(Subject.SYSTEM)
    reading = None if system is None else system.values.get(key)
    if reading is None or not holds(reading) or not isinstance(reading.value, int | float):
        return None
    return reading


def _number(snapshot: Snapshot, key: str) -> float | None:
    reading = _reading(snapshot, key)
    return None if reading is None else float(reading.value)


def _last_finding(snapshot: Snapshot, wish: Wish) -> str:
    def since(finding: Finding) -> float:
        return finding.since or 0.0

    last = max(snapshot.findings, key=since, default=None)
    if last is None:
        return _say("none", wish.language)
    at = "" if last.since is None else moment(last.since, wish)
    said = _say("finding", wish.language, at=at, what=about(last, wish.language), why=noticed(last, wish.language))
    return clean_text(said)


def _say(code: str, language: str, **details: object) -> str:
    texts = TEXTS[code]
    return texts.get(language, texts["en"]).format(**details)
