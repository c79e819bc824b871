"""The evening report on inverters: which have been below their neighbours for days, and which are silent."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from heliograph.live import Update
from heliograph.model import Subject
from heliograph.outputs.base import zone_of
from heliograph.outputs.jeedom.settings import Roof, groups
from heliograph.outputs.jeedom.values import Worth
from heliograph.outputs.notifications.rules import CODES, WEAK, WEAK_DAYS
from heliograph.outputs.notifications.watch import Watch, shares

HOUR: Final = 22
"""The hour of the report, at the gateway: after sunset on any day."""
RULES: Final = frozenset({"inverter_silent", "panel_weak"})
TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "line": {"fr": "{day:%d/%m/%Y} : {text}", "en": "{day:%Y-%m-%d}: {text}"},
    "silent": {"fr": "{name} ne communique plus", "en": "{name} is silent"},
    "weak": {
        "fr": "{name} à {share} % du groupe, depuis {days} jours",
        "en": "{name} at {share}% of its group, for {days} days",
    },
    "and": {"fr": " ; ", "en": "; "},
    "well": {"fr": "rien à signaler", "en": "nothing to report"},
    "dark": {
        "fr": "trop peu de soleil, ou de micro-onduleurs, pour comparer",
        "en": "too little sun, or too few microinverters, to compare",
    },
    "message": {"fr": "Micro-onduleurs de {name}, {report}", "en": "Microinverters of {name}, {report}"},
}


@dataclass(frozen=True, slots=True)
class EveningReport:
    """What is to be read of one evening."""

    texts: Mapping[str, str]
    """Roof → report."""
    message: str
    """For the owner; empty where there is nothing to do."""


class EveningState(msgspec.Struct):
    """What must outlast a restart."""

    reported: str = ""
    """The last day with a report, ISO."""
    texts: dict[str, str] = msgspec.field(default_factory=dict)
    diary: bytes = b""


@dataclass(slots=True)
class Evening:
    """Watches the inverters of one gateway."""

    zone: ZoneInfo
    """Of a gateway whose own is not known."""
    state: EveningState = field(default_factory=EveningState)
    _watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        """Begin with what was remembered; what is damaged is begun anew."""
        self._watch = Watch(self.zone, frozenset(CODES) - RULES)
        if self.state.diary:
            try:
                self._watch.decode(self.state.diary)
            except ValueError:
                self.state.reported = ""

    def encode(self) -> bytes:
        """Write everything that is to survive a restart."""
        self.state.diary = self._watch.encode()
        return msgspec.json.encode(self.state)

    @classmethod
    def decode(cls, zone: ZoneInfo, content: bytes | None) -> "Evening":
        """Return one with what was written; nothing remembered where it is damaged or not there."""
        try:
            return cls(zone, msgspec.json.decode(content or b"{}", type=EveningState))
        except msgspec.MsgspecError:
            return cls(zone)

    def observe(self, update: Update, whole: Roof, roofs: Iterable[Roof], language: str) -> EveningReport | None:
        """Take one moment of the gateway; return the report when it is time for it, once a day.

        Args:
            update: what the gateway gave.
            whole: all of its inverters, under the name of the gateway.
            roofs: the groups that the owner made, and perhaps the whole roof.
            language: of the report.
        """
        roofs = tuple(roofs)
        self._watch.groups = groups(roofs)
        self._watch.observe(update)
        now = datetime.fromtimestamp(update.at, zone_of(update, self.zone))
        day = now.date().isoformat()
        if now.hour < HOUR or self.state.reported == day or not whole.inverters:
            return None
        self.state.reported = day
        compared = self._shares(update)
        self.state.texts = {roof.id: self._text(roof, update, compared, now, language) for roof in roofs}
        urgent = any(True for _ in self._cases(whole, update, compared, language))
        report = self._text(whole, update, compared, now, language)
        message = _say("message", language, name=whole.name, report=report) if urgent else ""
        return EveningReport(self.state.texts, message)

    def values(self, roof: Roof, serial: str) -> dict[str, Worth]:
        """Return what is known of a roof's inverters over the days; the report once there has been one."""
        silent = self._watch.silent(serial)
        diary = self._watch.diaries.get(serial)
        weak = {} if diary is None else diary.weak_days
        values: dict[str, Worth] = {
            "silent": sum(id_ in silent for id_ in roof.inverters),
            "weak": sum(weak.get(id_, 0) >= WEAK_DAYS for id_ in roof.inverters),
        }
        if roof.id in self.state.texts:
            values["report"] = self.state.texts[roof.id]
        return values

    def _shares(self, update: Update) -> dict[str, float]:
        diary = self._watch.diaries.get(update.snapshot.gateway.serial)
        panels = [item for item in update.snapshot.of(Subject.INVERTER) if not item.retired]
        return {} if diary is None else shares(diary.energy, panels, self._watch.groups)

    def _text(self, roof: Roof, update: Update, compared: Mapping[str, float], now: datetime, language: str) -> str:
        cases = list(self._cases(roof, update, compared, language))
        known = any(id_ in compared for id_ in roof.inverters)
        text = _say("and", language).join(cases) or _say("well" if known else "dark", language)
        return _say("line", language, day=now, text=text)

    def _cases(self, roof: Roof, update: Update, compared: Mapping[str, float], language: str) -> Iterator[str]:
        serial = update.snapshot.gateway.serial
        silent = self._watch.silent(serial)
        weak = self._watch.diaries[serial].weak_days if serial in self._watch.diaries else {}
        for id_, name in roof.inverters.items():
            # Of a day that is not over yet, what is bad counts.
            days = weak.get(id_, 0) + (compared.get(id_, 1.0) < WEAK)
            if silent.get(id_):
                yield _say("silent", language, name=name)
            elif days >= WEAK_DAYS and id_ in compared:
                yield _say("weak", language, name=name, share=round(100 * compared[id_]), days=days)


def _say(code: str, language: str, **details: object) -> str:
    texts = TEXTS[code]
    return texts.get(language, texts["en"]).format(**details)
