from collections.abc import Iterable

import pytest

from heliograph.extras import missing
from heliograph.gateway.discovery import Found
from tests.cli.conftest import Run, emulated


def hears(monkeypatch: pytest.MonkeyPatch, *found: Found) -> None:
    async def listen(seconds: float) -> Iterable[Found]:
        assert seconds == 1.5
        return found

    monkeypatch.setattr("heliograph.cli.commands.discover.listen", listen)


FOUND = Found("122334455667", "8.3.4041", ("192.0.2.7", "2001:db8::7"), "envoy")


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("Serial number", "not synchronised")), ("fr", ("Numéro de série", "Ensuite"))]
)
async def test_lists_who_was_heard(
    language: str, words: tuple[str, ...], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    hears(monkeypatch, FOUND)
    ended = await run("discover", "--seconds", "1,5", "--lang", language)

    assert (ended.code, ended.err) == (0, "")
    assert [word for word in (*words, "heliograph sync 192.0.2.7", "8.3.4041") if word not in ended.out] == []


async def test_knows_those_that_were_synchronised(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async with emulated("envoy-r-3.7") as gateway:
        await run("sync", gateway.host, "--name", "roof")
    hears(monkeypatch, Found(gateway.source.serial, None, ("127.0.0.1",), "envoy"))

    table = await run("discover", "--seconds", "1.5")
    document = await run("discover", "--seconds", "1.5", "--json")

    assert "roof" in table.out
    assert document.json == [
        {
            "serial": gateway.source.serial,
            "firmware": None,
            "addresses": ["127.0.0.1"],
            "name": "roof",
            "synced": True,
        }
    ]


async def test_nobody(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    hears(monkeypatch)
    ended = await run("discover", "--seconds", "1.5")

    assert (ended.code, ended.out) == (3, "")
    assert "No gateway announced itself" in ended.err
    assert (await run("discover", "--seconds", "1.5", "--json")).json == []


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (OSError(19, "No such device"), 3, "No such device"),
        (missing("discovery"), 2, "--extra discovery"),
    ],
)
async def test_cannot_listen(error: Exception, code: int, says: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def listen(_: float) -> None:
        raise error

    monkeypatch.setattr("heliograph.cli.commands.discover.listen", listen)
    ended = await run("discover")

    assert ended.code == code
    assert says in ended.err
