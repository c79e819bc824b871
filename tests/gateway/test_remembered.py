import logging
from pathlib import Path

import pytest

from heliograph.errors import UsageError
from heliograph.gateway import Account, CloudGuard, Credentials, Known
from heliograph.gateway.remembered import Memory, Remembered, data_folder
from heliograph.model import (
    Authentication,
    DeviceFact,
    EndpointFact,
    Facts,
    MeterFact,
    Reason,
    Subject,
)
from heliograph.protocol import Plan, Question
from tests.gateway.house import OTHER_SERIAL, SERIAL

FACTS = Facts(
    serial=SERIAL,
    firmware="D8.2.4345",
    part_number="800-00551-r02",
    authentication=Authentication.TOKEN,
    metered=True,
    timezone="Europe/Paris",
    meters=(MeterFact(704643328, "production", enabled=True, phase_count=3, flags=("a",)),),
    devices=(DeviceFact(Subject.INVERTER, "482211001122", retired=True),),
    endpoints={"/x": EndpointFact(served=False, reason=Reason("endpoint_absent", {"endpoint": "/x", "status": 404}))},
    pins={"production_power": "meters"},
)
GATEWAY = Remembered(
    SERIAL,
    "Maison",
    "192.168.1.20",
    Known(FACTS, Plan((Question("/x", 60),)), "https", "ab" * 32, CloudGuard("12345678", 1, 2.0, 3.0, 4.0)),
    Credentials("pw", "envoy", "a.b.c", Account("user@example.org", "secret")),
)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    Memory(tmp_path).save(GATEWAY)
    assert Memory(tmp_path).all() == (GATEWAY,)


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "new")
    memory.save(GATEWAY)
    memory.save(GATEWAY)
    assert memory.folder.stat().st_mode & 0o777 == 0o700
    assert [(path.name, path.stat().st_mode & 0o777) for path in memory.folder.iterdir()] == [(f"{SERIAL}.json", 0o600)]


@pytest.mark.parametrize(
    "wanted", [SERIAL, f" {SERIAL} ", "Maison", "maison", "192.168.1.20", "https://192.168.1.20/", "192.168.1.20 "]
)
def test_a_gateway_is_found(tmp_path: Path, wanted: str) -> None:
    memory = Memory(tmp_path)
    memory.save(GATEWAY)
    memory.save(Remembered(OTHER_SERIAL, "Grange", "192.168.1.21"))
    assert memory.find(wanted) == GATEWAY


@pytest.mark.parametrize("wanted", ["", "nobody", "192.168.1.2", "192.168.1.20:81", "../x", "a b:c"])
def test_what_is_not_known_is_not_found(tmp_path: Path, wanted: str) -> None:
    memory = Memory(tmp_path)
    memory.save(GATEWAY)
    assert memory.find(wanted) is None


def test_an_empty_folder(tmp_path: Path) -> None:
    assert Memory(tmp_path / "none").all() == ()
    assert Memory(tmp_path / "none").find("x") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"serial": 1}', b"\xff\xfe", b"\x00" * 4096])
def test_a_damaged_file_is_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes) -> None:
    memory = Memory(tmp_path)
    memory.save(Remembered(OTHER_SERIAL, "Grange", "192.168.1.21"))
    path = memory.folder / f"{SERIAL}.json"
    for number in (1, 2):
        path.write_bytes(content)
        with caplog.at_level(logging.WARNING):
            assert [item.serial for item in memory.all()] == [OTHER_SERIAL]
        assert f"{SERIAL}.json.damaged-{number}" in caplog.text
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        memory.find(SERIAL)
    assert caught.value.code == "unreadable_file"
    assert "damaged-3" in caught.value.text("fr")
    assert memory.find(SERIAL) is None


def test_a_file_that_cannot_be_read_stays(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.folder.mkdir()
    (memory.folder / f"{SERIAL}.json").mkdir()
    with pytest.raises(UsageError) as caught:
        memory.find(SERIAL)
    assert caught.value.code == "unreadable_file"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "gateways").write_text("a file")
    with pytest.raises(UsageError) as caught:
        Memory(tmp_path).save(GATEWAY)
    assert caught.value.code == "unwritable_file"
    assert "secret" not in caught.value.text()


def test_a_failed_save_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(tmp_path)
    memory.save(GATEWAY)

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("heliograph.gateway.remembered.os.fsync", fail)
    with pytest.raises(UsageError) as caught:
        memory.save(Remembered(SERIAL, "Other", "x"))
    assert "the disk is full" in caught.value.text()
    assert memory.all() == (GATEWAY,)
    assert len(list(memory.folder.iterdir())) == 1


def test_a_serial_off_the_network_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.save(Remembered("../../evil", "x", "x"))
    assert [path.name for path in memory.folder.iterdir()] == ["______evil.json"]
    assert memory.find("../../evil") is not None


def test_a_gateway_is_forgotten(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.save(GATEWAY)
    assert memory.forget(SERIAL)
    assert not memory.forget(SERIAL)
    assert memory.all() == ()


def test_what_a_later_version_adds_is_overlooked(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.save(GATEWAY)
    path = memory.folder / f"{SERIAL}.json"
    path.write_text(path.read_text().replace("{", '{"of a later version": 1,', 1))
    assert memory.find(SERIAL) == GATEWAY


def test_no_secret_in_a_repr() -> None:
    said = repr(GATEWAY)
    assert not any(secret in said for secret in ("pw", "a.b.c", "user@example.org", "secret'"))
    assert "Credentials(password, user, token, account hidden)" in said


@pytest.mark.parametrize(
    ("environment", "platform", "folder"),
    [
        ({"HELIOGRAPH_DATA": "/srv/helio", "HOME": "/h"}, "linux", "/srv/helio"),
        ({"HOME": "/h"}, "linux", "/h/.local/share/heliograph"),
        ({"HOME": "/h", "XDG_DATA_HOME": "/data"}, "linux", "/data/heliograph"),
        ({"HOME": "/h", "XDG_DATA_HOME": "relative"}, "linux", "/h/.local/share/heliograph"),
        ({"HOME": "/h"}, "darwin", "/h/Library/Application Support/heliograph"),
        ({"HOME": "/h", "LOCALAPPDATA": "/local"}, "win32", "/local/heliograph"),
        ({"USERPROFILE": "/u"}, "win32", "/u/AppData/Local/heliograph"),
    ],
)
def test_data_folder(environment: dict[str, str], platform: str, folder: str) -> None:
    assert data_folder(environment, platform=platform) == Path(folder)


def test_the_platforms_own_folder_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HELIOGRAPH_DATA", str(tmp_path))
    assert Memory().folder == tmp_path / "gateways"
