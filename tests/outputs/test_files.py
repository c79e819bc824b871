"""CSV by day: one row a value, appended, nothing invented."""

import asyncio
import csv
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from heliograph.live import Live, State, Update
from heliograph.model import Subject
from heliograph.outputs.files import COLUMNS, Files
from tests.outputs.samples import AT, NAME, SERIAL, aged, changed, empty, everything, full, update


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


async def fed(folder: Path, *updates: Update) -> Files:
    live, output = Live(), Files(folder, ZoneInfo("Europe/Paris"), sleep=at_once)
    task = asyncio.create_task(output.run(live))
    for count, one in enumerate(updates, 1):
        live.publish(one)
        async with asyncio.timeout(90):
            while output.status().delivered + output.status().failures < count:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0)
    live.close()
    await task
    return output


def only(folder: Path) -> list[list[str]]:
    (path,) = folder.iterdir()
    return rows(path)[2:]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


async def test_every_value_is_a_row_once_and_days_have_their_files(tmp_path: Path) -> None:
    await fed(tmp_path, update(everything()), update(everything()), update(everything(AT + 43_200), at=AT + 43_200))
    assert names(tmp_path) == [
        f"heliograph-{SERIAL}-2026-06-18.csv",
        f"heliograph-{SERIAL}-2026-06-19.csv",
    ]
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in names(tmp_path)} == {0o600}
    head, zone, *body = rows(tmp_path / f"heliograph-{SERIAL}-2026-06-18.csv")
    assert tuple(head) == COLUMNS
    assert zone[2:] == [SERIAL, "system", SERIAL, "zone", "Europe/Paris", "", ""]
    assert len(body) == sum(len(item.values) for item in everything())
    assert [
        "2026-06-18T10:00:00+00:00", NAME, SERIAL, "battery", "492200000001", "level", "71.0", "%", "measured",
    ] in body  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "day"), [(None, "2026-06-18"), ("Pacific/Auckland", "2026-06-19"), ("America/Los_Angeles", "2026-06-18")]
)
async def test_days_are_those_of_the_gateway(tmp_path: Path, zone: str | None, day: str) -> None:
    # 15:00 UTC: 17:00 in Paris, of which the output knows; 03:00 of the next day in Auckland.
    at = AT + 5 * 3600
    await fed(tmp_path, replace(update(everything(at), at=at), zone=zone))
    assert names(tmp_path) == [f"heliograph-{SERIAL}-{day}.csv"]


async def test_absent_old_and_retired_values_are_no_rows(tmp_path: Path) -> None:
    panel = aged(full(Subject.INVERTER, "1"))
    await fed(tmp_path, update([panel, empty(Subject.BATTERY, "2")]), update(everything(), state=State.AWAY))
    keys = {row[5] for row in only(tmp_path)}
    assert "power" not in keys
    assert "energy_lifetime" in keys
    assert all(row[3] == "inverter" for row in only(tmp_path))


async def test_a_text_is_no_formula(tmp_path: Path) -> None:
    await fed(tmp_path, update([changed(full(Subject.INVERTER, "1"), status="=HYPERLINK(1)")]))
    assert "'=HYPERLINK(1)" in {row[6] for row in only(tmp_path)}


async def test_a_folder_that_cannot_be_written_is_a_problem_and_rows_come_later(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    output = await fed(tmp_path / "taken", update(everything()))
    assert not output.status().ok
    (tmp_path / "taken").unlink()
