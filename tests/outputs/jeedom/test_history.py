import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from heliograph.live import Condition, State, Update
from heliograph.model import Subject
from heliograph.outputs.jeedom import shelf as shelf_module
from heliograph.outputs.jeedom.history import PanelHistory
from heliograph.outputs.jeedom.shelf import write_private
from tests.outputs.jeedom.sample import equipment, snapshot, stale

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 6, 18, 12, tzinfo=PARIS).timestamp()


def _update(at: float, **values: float) -> Update:
    item = equipment(Subject.SYSTEM, "1", at=at, retired=False, **values)
    return Update("1", snapshot(item, at=at), Condition(State.ONLINE, at), at)


def _day(folder: Path, day: str = "2026-06-18") -> Any:
    return json.loads((folder / f"1/day-{day}.json").read_text())


def _year(folder: Path, year: int = 2026) -> Any:
    return json.loads((folder / f"1/year-{year}.json").read_text())


def test_a_point_is_the_average_of_five_minutes_in_each_direction(tmp_path: Path) -> None:
    history = PanelHistory(tmp_path)
    for minute, (net, battery) in enumerate(((300.0, -100.0), (-100.0, 50.0), (100.0, 50.0), (-100.0, 0.0))):
        history.record(
            "1",
            _update(NOON + 60 * minute, production_power=1000.0 + minute, net_power=net, battery_power=battery),
            PARIS,
        )
    history.record("1", _update(NOON + 300, production_power=2000.0), PARIS)
    history.close()
    curve = _day(tmp_path)
    at = curve["times"].index("12:00")
    assert (len(curve["times"]), curve["times"][0], curve["times"][-1]) == (288, "00:00", "23:55")
    row = {column: values[at] for column, values in curve["columns"].items()}
    assert row == {
        "production": 1001.5,
        "consumption": None,
        "import": 100.0,
        "export": 50.0,
        "discharge": 25.0,
        "charge": 25.0,
        "level": None,
    }
    assert curve["columns"]["production"][at + 1] == 2000
    assert curve["columns"]["import"][at + 1] is None


def test_the_stop_waits_for_what_another_thread_still_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writing, go_on = threading.Event(), threading.Event()
    order: list[str] = []
    write_private = shelf_module.write_private

    def slow(path: Path, content: bytes) -> None:
        order.append(f"{threading.current_thread().name} begins")
        writing.set()
        assert go_on.wait(30)
        write_private(path, content)
        order.append(f"{threading.current_thread().name} ends")

    monkeypatch.setattr("heliograph.outputs.jeedom.history.write_private", slow)
    history = PanelHistory(tmp_path)
    reader = threading.Thread(
        target=history.record, args=("1", _update(NOON, production_power=1.0), PARIS), name="reader"
    )
    reader.start()
    assert writing.wait(30)
    stop = threading.Thread(target=history.close, name="stop")
    stop.start()
    stop.join(0.05)
    go_on.set()
    reader.join()
    stop.join()
    assert order == ["reader begins", "reader ends", "stop begins", "stop ends"]


def test_what_was_not_read_or_does_not_hold_is_absent_and_zero_is_zero(tmp_path: Path) -> None:
    history = PanelHistory(tmp_path)
    history.record("1", _update(NOON, production_power=0.0), PARIS)
    old = snapshot(stale(Subject.SYSTEM, "1", "production_power", 500.0))
    history.record("1", Update("1", old, Condition(State.ONLINE, NOON), NOON + 900), PARIS)
    history.close()
    production = _day(tmp_path)["columns"]["production"]
    assert [production[144 + i] for i in range(4)] == [0.0, None, None, None]
    assert not (tmp_path / "1/year-2026.json").exists()


def test_energies_of_days_add_up_to_their_month_with_the_number_of_days(tmp_path: Path) -> None:
    history = PanelHistory(tmp_path)
    for day in range(3):
        for hour, part in ((10, 0.4), (11, 1.0)):
            at = NOON + 86400 * day + 3600 * (hour - 12)
            more = {"import_today": 2000.0} if day == 2 else {}
            history.record("1", _update(at, production_today=10000.0 * part, **more), PARIS)
    history.close()
    year = _year(tmp_path)
    assert year["days"] == {
        "06-18": {"production": 10000},
        "06-19": {"production": 10000},
        "06-20": {"production": 10000, "import": 2000},
    }
    sums = {"production": {"energy": 30000, "days": 3}, "import": {"energy": 2000, "days": 1}}
    assert year["months"] == {"06": sums}
    history.record("1", _update(NOON + 86400 * 14, production_today=500.0), PARIS)
    history.close()
    assert _year(tmp_path)["months"]["07"] == {"production": {"energy": 500, "days": 1}}
    assert _year(tmp_path)["total"] == {"production": {"energy": 30500, "days": 4}, "import": sums["import"]}


def test_a_restart_goes_on_and_a_damaged_file_begins_anew(tmp_path: Path) -> None:
    for minute in (0, 10):
        history = PanelHistory(tmp_path)
        history.record("1", _update(NOON + 60 * minute, production_power=100.0, production_today=5.0), PARIS)
        history.close()
    assert _day(tmp_path)["columns"]["production"][144:147] == [100.0, None, 100.0]
    (tmp_path / "1/day-2026-06-18.json").write_text("{")
    history = PanelHistory(tmp_path)
    history.record("1", _update(NOON, production_power=7.0), PARIS)
    history.close()
    assert [value for value in _day(tmp_path)["columns"]["production"] if value is not None] == [7.0]
    assert _year(tmp_path)["days"] == {"06-18": {"production": 5}}


@pytest.mark.parametrize(("day", "points", "after"), [("2026-03-29", 276, "03:00"), ("2026-10-25", 300, "02:00")])
def test_days_of_another_length_have_their_own_times(tmp_path: Path, day: str, points: int, after: str) -> None:
    history = PanelHistory(tmp_path)
    at = datetime.fromisoformat(f"{day}T01:00:00").replace(tzinfo=UTC).timestamp()
    history.record("1", _update(at, production_power=1.0), PARIS)
    history.close()
    curve = _day(tmp_path, day)
    assert len(curve["times"]) == points == len(curve["columns"]["production"])
    # Where the clock is put forward, two o'clock does not come; where it is put back, it comes twice.
    assert curve["times"][24 if points < 288 else 36] == after
    assert curve["columns"]["production"][24 if points < 288 else 36] == 1


def test_files_are_private_old_curves_go_and_a_gateway_is_forgotten(tmp_path: Path) -> None:
    history = PanelHistory(tmp_path)
    history.record("1", _update(NOON, production_power=1.0, production_today=5.0), PARIS)
    for days in (400, 401):
        history.record("1", _update(NOON + 86400 * days, production_power=1.0, production_today=5.0), PARIS)
    names = sorted(path.name for path in (tmp_path / "1").iterdir())
    assert names == ["day-2027-07-23.json", "day-2027-07-24.json", "year-2026.json", "year-2027.json"]
    assert {oct(path.stat().st_mode)[-3:] for path in (tmp_path / "1").iterdir()} == {"600"}
    history.forget("1")
    assert list(tmp_path.iterdir()) == []


def test_a_close_waits_for_the_thread_that_still_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slowly(path: Path, content: bytes) -> None:
        begun.set()
        may_end.wait(10)
        write_private(path, content)

    monkeypatch.setattr("heliograph.outputs.jeedom.history.write_private", slowly)
    history = PanelHistory(tmp_path)
    threads = [
        threading.Thread(target=history.record, args=("1", _update(NOON, production_power=1.0), PARIS)),
        threading.Thread(target=history.close),
    ]
    threads[0].start()
    assert begun.wait(10)
    threads[1].start()
    threads[1].join(0.05)
    assert threads[1].is_alive()
    may_end.set()
    for thread in threads:
        thread.join(10)
    assert _day(tmp_path)["columns"]["production"][144] == 1
