from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from heliograph.emulator.server import EmulatedGateway
from heliograph.model import METRICS, Quantity, Subject
from tests.cli.conftest import Run, emulated

FAMILIES = ["envoy-r-3.7", "envoy-s-standard-5.0", "envoy-s-metered-4.10", "iq-standard-7.6", "iq-8.3"]


def check_document(document: Any, gateway: EmulatedGateway) -> None:
    assert document.keys() == {"gateway", "at", "subjects", "findings"}
    assert document["gateway"].keys() == {"serial", "firmware", "part_number", "host"}
    assert document["gateway"]["serial"] == gateway.source.serial
    assert document["gateway"]["host"] == gateway.host
    assert datetime.fromisoformat(document["at"]).utcoffset() is not None
    for item in document["subjects"]:
        assert item.keys() == {"subject", "id", "values", "absent"}
        assert item["subject"] in set(Subject)
        for key, value in item["values"].items():
            check_value(METRICS[f"{item['subject']}.{key}"].quantity, value)
        for key, reason in item["absent"].items():
            assert f"{item['subject']}.{key}" in METRICS
            assert isinstance(reason, str)
            assert reason
    for finding in document["findings"]:
        assert finding.keys() == {"code", "subject", "id", "key", "raw", "given", "since", "text"}
        assert "{" not in finding["text"]


def check_value(quantity: Quantity, value: object) -> None:
    match quantity:
        case Quantity.FLAG:
            assert isinstance(value, bool)
        case Quantity.TIME:
            assert datetime.fromisoformat(str(value)).utcoffset() is not None
        case Quantity.STATE | Quantity.TEXT:
            assert isinstance(value, str)
        case _:
            assert isinstance(value, int | float)
            assert not isinstance(value, bool)


@pytest.mark.parametrize("family", FAMILIES)
async def test_prints_one_object_for_a_gateway_never_met(
    family: str, run: Run, token_file: Callable[[str], Path]
) -> None:
    async with emulated(family) as gateway:
        ended = await run("read", gateway.host, "--json", "--token-file", token_file(gateway.token()))

        assert (ended.code, ended.err) == (0, "")
        check_document(ended.json, gateway)
        system = ended.json["subjects"][0]
        assert (system["subject"], system["id"]) == ("system", gateway.source.serial)
        assert system["values"]["production_lifetime"] > 0


async def test_json_speaks_english_unless_asked(
    run: Run, monkeypatch: pytest.MonkeyPatch, token_file: Callable[[str], Path]
) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    async with emulated("envoy-r-3.7") as gateway:
        english = await run("read", gateway.host, "--json")
        french = await run("read", gateway.host, "--json", "--lang", "fr")

    assert english.json["subjects"][0]["absent"]["battery_count"].startswith("this gateway is too old")
    assert french.json["subjects"][0]["absent"]["battery_count"].startswith("cette passerelle est trop ancienne")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Gateway", "System", "Production now", "Microinverters (20)", "discharging", "yes")),
        ("fr", ("Passerelle", "Production instantanée", "Micro-onduleurs (20)", "oui", "il y a")),
    ],
)
async def test_shows_tables(language: str, words: tuple[str, ...], run: Run, token_file: Callable[[str], Path]) -> None:
    async with emulated() as gateway:
        ended = await run("--lang", language, "read", gateway.host, "--token-file", token_file(gateway.token()))

    assert (ended.code, ended.err) == (0, "")
    assert max(map(len, ended.out.splitlines())) <= 80
    assert [word for word in words if word not in ended.out and word != "discharging"] == []


async def test_shows_everything_and_where_it_comes_from(run: Run, token_file: Callable[[str], Path]) -> None:
    async with emulated("iq-8.3") as gateway:
        ended = await run("read", gateway.host, "--all", "--token-file", token_file(gateway.token()))

    assert ended.code == 0
    assert "DC voltage" in ended.out
    assert "this gateway does not report it" in " ".join(ended.out.split())


async def test_takes_the_token_from_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        monkeypatch.setenv("HELIOGRAPH_TOKEN", gateway.token())
        ended = await run("read", gateway.host, "--json")

        assert ended.code == 0
        assert gateway.token() not in ended.out


async def test_tells_what_could_not_be_read_this_time(run: Run, token_file: Callable[[str], Path]) -> None:
    async with emulated("iq-metered-8.2") as gateway:
        await run("sync", gateway.host, "--token-file", token_file(gateway.token()))
        gateway.faults.on("404", paths="/ivp/meters/readings")
        ended = await run("read", gateway.host, "--json")

        assert ended.code == 0
        assert "/ivp/meters/readings" in ended.err
        check_document(ended.json, gateway)


async def test_says_nothing_secret_even_when_debugging(run: Run, token_file: Callable[[str], Path]) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        token = gateway.token()
        ended = await run("read", gateway.host, "--debug", "--token-file", token_file(token))

    assert ended.code == 0
    assert "heliograph.gateway" in ended.err
    for part in (token, token.split(".")[1], token.split(".")[2], "sessionId="):
        assert part not in ended.out + ended.err
