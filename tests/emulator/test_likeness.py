"""Every family beside the recording of its firmware: the same keys, types, statuses, Content-Types and framings."""

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from heliograph.emulator.families import FAMILIES, build
from tests.emulator.asking import NOON
from tests.recordings import FOLDERS, needs_recordings, recording

RECORDED = {
    "envoy-r-3.7": "3.7.0",
    "envoy-r-3.17": "3.17.3",
    "envoy-s-standard-5.0": "5.0.62",
    "envoy-s-metered-4.2": "4.2.33",
    "iq-metered-7.3": "7.3.466_metered_disabled_cts",
    "iq-metered-7.3-no-consumption": "7.3.130_no_consumption",
    "iq-encharge-7.3": "7.3.517",
    "iq-standard-7.6": "7.6.114_without_cts",
    "iq-metered-7.6": "7.6.175_with_cts",
    "iq-metered-7.6-3phase": "7.6.175_with_cts_3phase",
    "iq-metered-noct": "8.2.4264_metered_noct",
    "iq-encharge-8.2": "8.2.4286_with_3cts_and_battery_split",
    "iq-acb-8.2": "8.2.4382_ACB_2",
    "iq-8.3": "8.3.1598_collar",
    "iq-3phase-8.3": "8.3.5167_3rd-pv",
    "iq-acb-8.3": "8.3.5169_ACB_inventory",
    "iq-generator-8.3": "8.3.5169_with_generator",
    "iq-total-8.3": "8.3.5433_tot_is_net_cons",
}
"""Family to recording; the others have none of their firmware."""
NOT_ASKED = {"ivp_pdm_device_data_1", "_readme"}
"""Files that answer no path."""
OWNERS_CHOICE = re.compile(
    r"\.schedule\.schedule\.tariff"  # a schedule that only the cloud writes
    r"|\.seasons(_sell)?\[\]"  # tariffs are as the owner has them
    r"|^\.counters\."  # of the daemon's own life
    r"|\.wireless_connection\[(BLE|zigbee|subghz)\]|\.interfaces\[cellular\]"  # sticks that are plugged in
)
TAGS = ("measurementType", "devName", "reportType")
KINDS = {
    "inverters", "eim", "acb", "PCU", "ACB", "NSRB", "ESUB", "ENCHARGE", "ENPOWER", "COLLAR",
    "C6 COMBINER CONTROLLER", "C6 RGM", "ethernet", "wifi", "cellular", "BLE", "zigbee", "subghz",
}  # fmt: skip

Shape = dict[str, set[str]]


def tag(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    named = next((value[key] for key in TAGS if key in value), value.get("type"))
    if "submodules" in value:
        return str(value["device_type"])
    return str(named) if named in KINDS or any(key in value for key in TAGS) else ""


def shape(value: Any, path: str = "", found: Shape | None = None) -> Shape:
    """Give every path of a document with the types found there; serial numbers and places in lists are dropped."""
    found = defaultdict(set) if found is None else found
    found[path].add(type(value).__name__)
    if isinstance(value, dict):
        for key, each in value.items():
            name = f"#{tag(each)}" if re.fullmatch(r"\d{6,}", key) else key
            shape(each, f"{path}.{name}", found)
    elif isinstance(value, list):
        for each in value:
            shape(each, f"{path}[{tag(each)}]", found)
    return found


def missing(wanted: Shape, given: Shape) -> set[str]:
    """Give the paths that are wanted and not given, but for what stands in lists that are empty there."""
    absent = {path for path in wanted if path not in given and not OWNERS_CHOICE.search(path)}
    return {path for path in absent if re.sub(r"[\[#].*", "", path) == path or _parent_filled(path, given)}


def _parent_filled(path: str, given: Shape) -> bool:
    """Say whether the nearest list or device on the way is there with anything of this kind in it."""
    opened = path
    while match := re.match(r"(.*)(\[[^\]]*\]|\.#\w*)", opened):
        opened = match[1]
        if match[0] != path and match[0] in given:
            return path[len(match[0]) :].find("[") == -1
    return False


def load(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except ValueError:
        return None


@cache
def types_anywhere(name: str) -> Shape:
    """Give the types a path of one document has in any recording: some were edited by hand."""
    found: Shape = defaultdict(set)
    for folder in FOLDERS:
        if (folder / name).is_file() and (document := load(folder / name)) is not None:
            shape(document, found=found)
    return found


def file_name(target: str) -> str:
    return re.sub(r"[/?=& ]", "_", target.lstrip("/"))


def bodies(folder: Path) -> list[Path]:
    return [
        each for each in sorted(folder.iterdir()) if not each.name.endswith("_log.json") and each.name not in NOT_ASKED
    ]


def target_of(file: Path, family: str) -> str:
    known = {file_name(path): path for path in FAMILIES[family].dialect.routes}
    if file.name in known:
        target = known[file.name]
        recorded = load(file)
        # Older sets keep the answer with the phases under the plain name.
        entries = recorded.get("production", ()) if isinstance(recorded, dict) else ()
        if target == "/production.json" and any("lines" in each for each in entries):
            return f"{target}?details=1"
        return target
    return "/" + re.sub(
        r"^(ivp_(ensemble|ss|sc|meters)|ivp|admin_lib)_", lambda match: match[0].replace("_", "/"), file.name
    )


@needs_recordings
@pytest.mark.parametrize("family", sorted(RECORDED))
def test_documents_have_the_recorded_keys_and_types(family: str) -> None:
    gateway = build(family, start=NOON - 3600)
    compared = 0

    for file in bodies(recording(RECORDED[family])):
        target = target_of(file, family)
        answer = gateway.answer("GET", target, b"", NOON)
        recorded = load(file)
        if recorded is None or gateway.minimum_role(target) == "installer":
            continue
        compared += 1
        wanted, given = shape(recorded), shape(json.loads(answer.body))
        assert missing(wanted, given) == set(), target
        assert missing(given, wanted) == set(), target
        anywhere = types_anywhere(file.name)
        for path in given.keys() & anywhere.keys():
            assert given[path] <= anywhere[path], (target, path)
    assert compared or family == "envoy-r-3.7"


@needs_recordings
@pytest.mark.parametrize("family", sorted(RECORDED))
def test_answers_are_framed_as_recorded(family: str) -> None:
    gateway = build(family, start=NOON - 3600)

    for file in bodies(recording(RECORDED[family])):
        log = file.with_name(f"{file.name}_log.json")
        target = target_of(file, family)
        if not log.is_file() or gateway.minimum_role(target) == "installer":
            continue
        record = json.loads(log.read_text())
        headers = {key.lower(): value for key, value in record["headers"].items()}
        framing = "chunked" if "transfer-encoding" in headers else "length" if "content-length" in headers else "close"
        answer = gateway.answer("GET", target, b"", NOON)
        assert (answer.status, answer.content_type, answer.framing.value) == (
            record["code"],
            headers.get("content-type"),
            framing,
        ), target
        assert {key.lower(): value for key, value in answer.headers.items()}.items() <= headers.items(), target


@needs_recordings
@pytest.mark.parametrize("family", sorted(RECORDED))
def test_info_has_the_recorded_elements(family: str) -> None:
    recorded = (recording(RECORDED[family]) / "info").read_text()
    given = build(family, start=NOON).answer("GET", "/info", b"", NOON).body.decode()

    def elements(text: str) -> set[str]:
        return set(re.findall(r"<(\w+)", text))

    assert elements(given) == elements(recorded)
    software = re.search(r"<software>(.*)</software>", recorded)
    assert software is not None
    assert f"<software>{software[1]}</software>" in given
