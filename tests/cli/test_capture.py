import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.replay import Replay
from heliograph.emulator.replay import file_name as recorded_name
from heliograph.emulator.server import EmulatedGateway
from heliograph.gateway.capture import file_name
from tests.cli.conftest import Run, emulated


@pytest.mark.parametrize("target", ["/info", "/production.json?details=1", "/admin/lib/tariff", "/a?b=c&d=e f"])
def test_names_files_as_the_recordings_do(target: str) -> None:
    assert file_name(target) == recorded_name(target)


def values(document: Any) -> list[tuple[str, dict[str, Any], dict[str, str]]]:
    """Give what was read, without what tells one gateway from another and without the time."""
    its_own = ("last_report", "last_cloud_report", "token_expiry", "name")
    return [
        (item["subject"], {key: item["values"][key] for key in item["values"] if key not in its_own}, item["absent"])
        for item in sorted(document["subjects"], key=lambda item: (item["subject"], item["id"]))
    ]


FAMILIES = ["envoy-r-3.7", "envoy-s-standard-5.0", "envoy-s-metered-4.10", "iq-encharge-8.2", "iq-8.3", "iq-acb-8.3"]


@pytest.mark.parametrize("family", FAMILIES)
async def test_what_was_captured_replays_with_the_same_values(
    family: str, run: Run, token_file: Callable[[str], Path], tmp_path: Path
) -> None:
    clock = Clock(rate=0)
    async with EmulatedGateway(build(family, start=clock.now() - 600), clock=clock) as gateway:
        opening = ("--token-file", token_file(gateway.token()))
        read = await run("read", gateway.host, "--json", *opening)
        captured = await run("capture", gateway.host, "taken", *opening)
        assert (captured.code, captured.err) == (0, "")
    async with EmulatedGateway(Replay(tmp_path / "taken"), clock=clock) as replayed:
        again = await run("read", replayed.host, "--json", "--token-file", token_file(replayed.token()))

    assert (read.code, again.code) == (0, 0)
    by_value = [sorted(map(repr, values(ended.json))) for ended in (read, again)]
    assert by_value[0] == by_value[1]


async def test_holds_no_serial_number_and_no_secret(
    run: Run, token_file: Callable[[str], Path], tmp_path: Path
) -> None:
    async with emulated("iq-encharge-8.2") as gateway:
        token = gateway.token()
        await run("capture", gateway.host, "taken", "--token-file", token_file(token))
        read = await run("read", gateway.host, "--json", "--token-file", token_file(token))
    serials = {item["id"] for item in read.json["subjects"] if re.fullmatch(r"\d{12}", item["id"])}
    everything = "".join(path.read_text("utf-8") for path in (tmp_path / "taken").iterdir())

    assert len(serials) > 20
    assert [serial for serial in serials if serial in everything] == []
    assert token not in everything
    assert not re.search(r"sessionId=(?!\*\*\*)", everything)


async def test_keeps_headers_code_and_duration(run: Run, token_file: Callable[[str], Path], tmp_path: Path) -> None:
    async with emulated("iq-8.3") as gateway:
        await run("capture", gateway.host, "taken", "--token-file", token_file(gateway.token()))
    logs = {path.name: json.loads(path.read_text()) for path in (tmp_path / "taken").glob("*_log.json")}

    assert logs["info_log.json"]["code"] == 200
    assert logs["ivp_peb_devstatus_log.json"]["code"] in {401, 404}
    assert logs["production.json_details_1_log.json"]["headers"]["Server"] == "openresty/1.17.8.1"
    assert all(log.keys() == {"headers", "code", "duration_seconds"} for log in logs.values())
    assert (tmp_path / "taken" / "_readme").is_file()


async def test_a_default_folder_is_named_after_the_firmware(run: Run, tmp_path: Path) -> None:
    async with emulated("envoy-r-3.7") as gateway:
        ended = await run("capture", gateway.host, "--lang", "fr")

    assert ended.code == 0
    assert "réponses enregistrées" in ended.out
    assert [name for name in os.listdir(tmp_path) if name.startswith("capture-3.7.0-")]  # noqa: PTH208 - not blocking


async def test_never_writes_over_anything(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear", "utf-8")
    async with emulated("envoy-r-3.7") as gateway:
        ended = await run("capture", gateway.host, "mine")

    assert ended.code == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter"]


async def test_one_broken_answer_does_not_lose_the_others(run: Run, tmp_path: Path) -> None:
    async with emulated("envoy-s-standard-5.0") as gateway:
        gateway.faults.on("cut", paths="/inventory")
        ended = await run("capture", gateway.host, "taken")

    assert ended.code == 0
    assert "/inventory could not be recorded" in ended.err
    assert (tmp_path / "taken" / "home").is_file()
