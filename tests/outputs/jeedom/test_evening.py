import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from heliograph.live import Condition, State, Update
from heliograph.model import Equipment, Subject
from heliograph.outputs.jeedom.evening import Evening, EveningReport
from heliograph.outputs.jeedom.news import Watch
from heliograph.outputs.jeedom.scenarios import Scenarios
from heliograph.outputs.jeedom.settings import Roof, Settings
from heliograph.outputs.jeedom.shelf import Shelf
from heliograph.outputs.jeedom.teller import Teller, Tenant
from tests.outputs.jeedom.sample import IDENTITY, equipment, snapshot, stale

PARIS = ZoneInfo("Europe/Paris")
SERIAL = IDENTITY.serial
JUNE = datetime(2026, 6, 10, tzinfo=PARIS).timestamp()
HOUR, DAY = 3600.0, 86400.0

NAMES = {**{str(i): f"Sud {i}" for i in range(1, 5)}, **{str(i): f"Nord {i}" for i in range(5, 9)}}
WHOLE = Roof("", "General", MappingProxyType(NAMES))
ALL = Roof("roof:all", "Toit", MappingProxyType(NAMES))
SOUTH = Roof("roof:1", "Sud", MappingProxyType({id_: name for id_, name in NAMES.items() if name.startswith("Sud")}))
NORTH = Roof("roof:2", "Nord", MappingProxyType({id_: name for id_, name in NAMES.items() if name.startswith("Nord")}))
ROOFS = (ALL, SOUTH, NORTH)


def _sun(at: float) -> float:
    """Return the share of full sun: from 6 to 22 o'clock."""
    hour = datetime.fromtimestamp(at, PARIS).hour + datetime.fromtimestamp(at, PARIS).minute / 60
    return max(0.0, math.sin(math.pi * (hour - 6) / 16)) if 6 < hour < 22 else 0.0


def _update(at: float, factors: dict[str, float], silent: frozenset[str]) -> Update:
    items: list[Equipment] = []
    total = 0.0
    for id_ in NAMES:
        # The north makes half of what the south makes; a factor is an inverter's own weakness.
        power = 300 * _sun(at) * (0.5 if int(id_) > 4 else 1.0) * factors.get(id_, 1.0)
        if id_ in silent:
            items.append(stale(Subject.INVERTER, id_, "power", 100.0))
        else:
            items.append(equipment(Subject.INVERTER, id_, power=power, at=at))
            total += power
    items.append(equipment(Subject.SYSTEM, SERIAL, production_power=total, at=at))
    return Update("1", snapshot(*items, at=at), Condition(State.ONLINE, at), at, zone="Europe/Paris")


def _live(
    evening: Evening,
    days: int,
    *,
    since: int = 0,
    factors: dict[str, float] | None = None,
    silent: frozenset[str] = frozenset(),
    language: str = "fr",
) -> list[EveningReport]:
    """Let days pass, ten minutes at a time, and return the reports."""
    reports = []
    for step in range(days * 144):
        update = _update(JUNE + since * DAY + step * 600, factors or {}, silent)
        report = evening.observe(update, WHOLE, ROOFS, language)
        if report is not None:
            reports.append(report)
    return reports


def test_one_report_an_evening_and_nothing_to_do_on_a_roof_that_is_well() -> None:
    reports = _live(Evening(PARIS), 2)
    assert [report.message for report in reports] == ["", ""]
    assert reports[0].texts == dict.fromkeys(("roof:all", "roof:1", "roof:2"), "10/06/2026 : rien à signaler")
    assert reports[1].texts["roof:1"] == "11/06/2026 : rien à signaler"


def test_the_north_is_not_weak_beside_the_south_but_an_inverter_of_it_is() -> None:
    evening = Evening(PARIS)
    first = _live(evening, 2, factors={"6": 0.5})
    assert [report.message for report in first] == ["", ""]
    third = _live(evening, 1, since=2, factors={"6": 0.5})[0]
    assert third.message == "Micro-onduleurs de General, 12/06/2026 : Nord 6 à 50 % du groupe, depuis 3 jours"
    assert third.texts["roof:1"] == "12/06/2026 : rien à signaler"
    assert third.texts["roof:2"] == "12/06/2026 : Nord 6 à 50 % du groupe, depuis 3 jours"
    # Only full days are counted as such.
    assert evening.values(NORTH, SERIAL)["weak"] == 0
    _live(evening, 1, since=3, factors={"6": 0.5})
    assert evening.values(NORTH, SERIAL)["weak"] == 1
    assert evening.values(SOUTH, SERIAL)["weak"] == 0
    # Three good days later nothing is said of it any more.
    assert _live(evening, 2, since=4)[-1].message == ""


def test_a_silent_inverter_is_counted_and_told_in_the_evening() -> None:
    evening = Evening(PARIS)
    _live(evening, 2)
    assert evening.values(ALL, SERIAL)["silent"] == 0
    reports = _live(evening, 1, since=2, silent=frozenset({"3"}))
    assert reports[0].message == "Micro-onduleurs de General, 12/06/2026 : Sud 3 ne communique plus"
    assert {roof.id: evening.values(roof, SERIAL)["silent"] for roof in ROOFS} == {
        "roof:all": 1,
        "roof:1": 1,
        "roof:2": 0,
    }


def test_at_night_nobody_is_silent() -> None:
    evening = Evening(PARIS)
    _live(evening, 2)
    for step in range(24):
        at = JUNE + 2 * DAY + step * 600
        evening.observe(_update(at, {}, frozenset(NAMES)), WHOLE, ROOFS, "fr")
    assert evening.values(ALL, SERIAL)["silent"] == 0


def test_whoever_falls_silent_at_dusk_is_well() -> None:
    evening = Evening(PARIS)
    _live(evening, 2)
    counts = set()
    # From 21:20 on, half an hour before the sun is gone, until it is up again.
    for step in range(128, 128 + 56):
        evening.observe(_update(JUNE + 2 * DAY + step * 600, {}, frozenset(NAMES)), WHOLE, ROOFS, "fr")
        counts.add(evening.values(ALL, SERIAL)["silent"])
    assert counts == {0}


def test_what_was_seen_outlasts_a_restart() -> None:
    evening = Evening(PARIS)
    _live(evening, 2, factors={"6": 0.5})
    again = Evening.decode(PARIS, evening.encode())
    assert again.values(NORTH, SERIAL)["report"] == "11/06/2026 : rien à signaler"
    assert "Nord 6 à 50 %" in _live(again, 1, since=2, factors={"6": 0.5})[0].message


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"diary": "AAAA"}'])
def test_what_is_damaged_is_begun_anew(content: bytes | None) -> None:
    evening = Evening.decode(PARIS, content)
    assert evening.values(ALL, SERIAL) == {"silent": 0, "weak": 0}
    assert len(_live(evening, 1)) == 1


def test_a_day_without_sun_compares_nothing_and_english_is_spoken() -> None:
    evening = Evening(PARIS)
    dark = dict.fromkeys(NAMES, 0.001)
    report = _live(evening, 1, factors=dark, language="en")[0]
    assert report.texts["roof:all"] == "2026-06-10: too little sun, or too few microinverters, to compare"
    assert report.message == ""


def test_the_report_is_due_at_ten_in_the_gateways_evening() -> None:
    evening = Evening(ZoneInfo("UTC"))
    times = []
    for step in range(144):
        at = JUNE + step * 600
        if evening.observe(_update(at, {}, frozenset()), WHOLE, ROOFS, "fr") is not None:
            times.append(datetime.fromtimestamp(at, UTC).strftime("%H:%M"))
    assert times == ["20:00"]


class _Line:
    """Keeps what would be posted."""

    def __init__(self) -> None:
        self.parts: list[Mapping[str, Any]] = []

    def put(self, **parts: Any) -> None:
        self.parts.append(parts)

    async def post(self, **_: Any) -> bool:
        return True

    def get(self, name: str) -> list[Any]:
        return [part[name] for part in self.parts if name in part]


async def test_the_report_reaches_jeedom_as_command_and_message_and_replaces_the_one_before(tmp_path: Path) -> None:
    evening = Evening(PARIS)
    _live(evening, 2, factors={"6": 0.5})
    row = {
        "id": 1,
        "name": "General",
        "inverters": NAMES,
        "roofs": [{"id": "roof:2", "name": "N", "inverters": NORTH.inverters}],
    }
    line, shelf = _Line(), Shelf(tmp_path)
    teller = Teller(line, shelf, PARIS)
    teller.language = "fr"
    tenant = Tenant(Settings.of(row), Watch(1, "General", "fr"), evening, Scenarios(ZoneInfo("Europe/Paris")))
    for step in range(144):
        await teller.tell(tenant, _update(JUNE + 2 * DAY + step * 600, {"6": 0.5}, frozenset()), None)
    text = "12/06/2026 : Nord 6 à 50 % du groupe, depuis 3 jours"
    assert line.get("messages") == [[{"id": "report:1:", "text": f"Micro-onduleurs de General, {text}"}]]
    assert ["report:1:"] in line.get("settled")
    told = [values["1"]["roof:2"] for values in line.get("values") if "roof:2" in values.get("1", {})]
    reports = [row["report"] for row in told if "report" in row]
    assert reports[0] == "11/06/2026 : rien à signaler"
    assert reports[-1] == text
    # After a restart the command keeps what it had.
    shelf.close()
    assert (
        Evening.decode(PARIS, Shelf(tmp_path).evening("1")).values(tenant.settings.roofs[0], SERIAL)["report"] == text
    )
