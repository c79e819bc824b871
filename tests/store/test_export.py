import csv
import os
from pathlib import Path
from typing import Any

import pytest

from heliograph.errors import UsageError
from heliograph.model import Quality, Reason, Subject
from heliograph.store import Asked, Store
from tests.store.conftest import Opening
from tests.store.saying import DAY, HOUR, MIDNIGHT, SERIAL, ZONE, reading, snapshot, system

START = MIDNIGHT + 22 * HOUR


@pytest.fixture
async def filled(opening: Opening) -> Store:
    store = await opening()
    for number in range(4 * 60):
        at = START + 60 * number
        values: dict[str, Any] = {
            "production_lifetime": 1000.0 + number,
            "battery_state": "idle" if number % 2 else "charging",
        }
        if number == 5:
            values["net_power"] = reading(
                Subject.SYSTEM, "net_power", 1.0, at, quality=Quality.CORRECTED, raw=9.0, reason=Reason("frozen")
            )
        done = store.post(snapshot(at, values, panel_values={"producing": True}), zone=ZONE)
    await done
    await store.tidy()
    return store


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


async def test_csv_holds_every_sample(filled: Store, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = tmp_path / "all.csv"

    count = await filled.export(Asked(SERIAL, 0, 2**40), path, "csv", lambda done, of: told.append((done, of)))

    found = rows(path)
    assert count == len(found)
    assert told == [(1, 2), (2, 2)]
    counter = [row for row in found if row["key"] == "production_lifetime"]
    assert [float(row["value"]) for row in counter] == [1000.0 + number for number in range(240)]
    assert counter[0] == {
        "gateway": SERIAL,
        "subject": "system",
        "id": SERIAL,
        "key": "production_lifetime",
        "unit": "Wh",
        "time": "2025-06-15T20:00:00Z",
        "value": "1000.0",
        "quality": "measured",
        "raw": "",
        "reason": "",
    }
    (corrected,) = (row for row in found if row["key"] == "net_power")
    assert (corrected["quality"], corrected["raw"], corrected["reason"]) == ("corrected", "9.0", "frozen")
    assert {row["value"] for row in found if row["key"] == "battery_state"} == {"idle", "charging"}
    assert {row["value"] for row in found if row["key"] == "producing"} == {"1"}


@pytest.mark.parametrize(
    ("grain", "energies"), [("hour", ["60.0", "60.0", "60.0", "59.0"]), ("day", ["120.0", "119.0"])]
)
async def test_hours_and_days(filled: Store, tmp_path: Path, grain: Any, energies: list[str]) -> None:
    path = tmp_path / "rolled.csv"
    asked = Asked(SERIAL, MIDNIGHT, MIDNIGHT + 2 * DAY, grain, (system("production_lifetime"),))

    await filled.export(asked, path)

    assert [row["energy"] for row in rows(path) if row["energy"] not in {"", "0.0"}] == energies


@pytest.mark.parametrize("kind", ["csv", "parquet"])
async def test_only_its_owner_may_read_the_file(filled: Store, tmp_path: Path, kind: Any) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"all.{kind}"
    before = os.umask(0o022)
    try:
        await filled.export(Asked(SERIAL, MIDNIGHT, MIDNIGHT + DAY, "day"), path, kind)
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("grain", ["raw", "day"])
async def test_parquet_says_the_same(filled: Store, tmp_path: Path, grain: Any) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    asked = Asked(SERIAL, MIDNIGHT, MIDNIGHT + 2 * DAY, grain)
    await filled.export(asked, tmp_path / "all.parquet", "parquet")
    await filled.export(asked, tmp_path / "all.csv", "csv")

    table = parquet.read_table(tmp_path / "all.parquet").to_pylist()

    plain = rows(tmp_path / "all.csv")
    assert len(table) == len(plain)
    for packed, row in zip(table, plain, strict=True):
        assert (packed["key"], packed["unit"]) == (row["key"], row["unit"])
        assert packed["time"].isoformat().replace("+00:00", "Z") == row["time"]
        said = packed["text"] if packed["value"] is None else packed["value"]
        assert said == row["value"] or float(said) == float(row["value"])


@pytest.mark.parametrize(
    ("asked", "name", "code"),
    [
        (Asked("0", 0, 1), "out.csv", "history_unknown_gateway"),
        (Asked(SERIAL, 1, 1), "out.csv", "bad_span"),
        (Asked(SERIAL, 0, 1), "out.xls", "bad_format"),
        (Asked(SERIAL, 0, 1), "nowhere/out.csv", "unwritable_file"),
    ],
)
async def test_what_cannot_be_leaves_no_file(filled: Store, tmp_path: Path, asked: Asked, name: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        await filled.export(asked, tmp_path / name, name.rpartition(".")[2])

    assert caught.value.code == code
    assert left_of(tmp_path) == []


async def test_a_csv_file_is_its_owners_alone_and_holds_no_formula(opening: Opening, tmp_path: Path) -> None:
    store = await opening()
    await store.post(snapshot(START, {"production_power": -5.0, "battery_state": "=HYPERLINK(1)"}), zone=ZONE)

    await store.export(Asked(SERIAL, 0, 2**40), tmp_path / "all.csv", "csv")

    assert (tmp_path / "all.csv").stat().st_mode & 0o777 == 0o600
    found = {row["key"]: row["value"] for row in rows(tmp_path / "all.csv")}
    assert found == {"production_power": "-5.0", "battery_state": "'=HYPERLINK(1)"}


async def test_a_parquet_file_is_its_owners_alone(filled: Store, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    await filled.export(Asked(SERIAL, 0, 2**40), tmp_path / "all.parquet", "parquet")
    assert (tmp_path / "all.parquet").stat().st_mode & 0o777 == 0o600


def left_of(folder: Path) -> list[Path]:
    return list(folder.rglob("out*"))


async def test_an_empty_span_is_a_header(filled: Store, tmp_path: Path) -> None:
    assert await filled.export(Asked(SERIAL, 0, 60), tmp_path / "out.csv") == 0
    assert rows(tmp_path / "out.csv") == []
