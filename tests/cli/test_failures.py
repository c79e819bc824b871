import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from heliograph.emulator.service import Service
from heliograph.emulator.wire import Reply, Request
from tests.cli.conftest import Run, emulated


def one_line(err: str) -> str:
    lines = err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("heliograph: ")
    return lines[0]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["read"], "heliograph sync 192.168.1.20"),
        (["read", "122334455667"], "No gateway 122334455667"),
        (["read", "127.0.0.1:99999"], "not an address"),
        (["read", "a b"], "not an address"),
        (["read", "127.0.0.1", "--token-file", "nowhere.txt"], "Cannot read the file nowhere.txt"),
        (["read", "--nonsense"], "no option --nonsense"),
        (["read", "one", "two"], "unexpected argument “two”"),
        (["read", "--token-file"], "--token-file needs a value"),
        (["nonsense"], "no command “nonsense”"),
        (["--lang", "de", "read"], "no language “de”"),
        (["sync", "127.0.0.1", "--name", "a:b"], "cannot be a name"),
        (["discover", "--seconds", "soon"], "needs a number"),
        (["watch", "127.0.0.1", "--count", "0"], "needs a number from 1"),
        (["emulate", "iq-none"], "Unknown family “iq-none”"),
        (["emulate", "--replay", "nowhere"], "nowhere is not a folder"),
        (["emulate", "--replay", "."], "not a recording"),
        (["emulate", "--replay", ".", "iq-8.3"], "either a family or --replay"),
        (["emulate", "--replay", ".", "--inverters", "3"], "leave out --inverters"),
        (["emulate", "--fault", "earthquake"], "no fault “earthquake”"),
        (["emulate", "--at", "tomorrow"], "not a time"),
        (["emulate", "--port", "70000"], "--port needs a number"),
        (["emulate", "--inverters", "many"], "--inverters needs a number"),
        (["token", "decode"], "Give a token"),
        (["token", "fetch"], "heliograph sync"),
        (["token", "fetch", "127.0.0.1"], "--output"),
        (["token", "fetch", "--serial", "12"], "not a serial number"),
        (["token", "fetch", "--serial", "122334455667", "--output", "t"], "Give an Enlighten account"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
async def test_wrong_input_is_told_in_one_line(arguments: list[str], says: str, run: Run) -> None:
    ended = await run(*arguments)

    assert (ended.code, ended.out) == (2, "")
    assert says in one_line(ended.err)


async def test_half_an_account_is_a_wrong_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOGRAPH_ENLIGHTEN_USER", "me@example.org")

    assert (await run("read", "127.0.0.1")).code == 2


async def test_wrong_input_is_told_in_french(run: Run) -> None:
    ended = await run("read", "--nonsense", "--lang", "fr")

    assert "l’option --nonsense n’existe pas" in one_line(ended.err)


@pytest.mark.parametrize("command", ["read", "sync", "watch", "doctor", "capture"])
async def test_nothing_listening(command: str, run: Run) -> None:
    ended = await run(command, f"127.0.0.1:{free_port()}")

    assert (ended.code, ended.out) == (3, "")
    assert "connection refused" in one_line(ended.err)


async def test_a_web_page_is_no_gateway(run: Run) -> None:
    def page(_: Request) -> Reply:
        return Reply(200, b"<html><body>Router</body></html>", headers=[("Content-Type", "text/html")])

    async with Service(page) as service:
        ended = await run("read", service.url.removeprefix("http://"))

    assert (ended.code, ended.out) == (5, "")
    assert "not as an Enphase gateway" in one_line(ended.err)


@pytest.mark.parametrize(("language", "says"), [("en", "needs an access token"), ("fr", "demande un jeton d’accès")])
async def test_a_token_is_needed(language: str, says: str, run: Run) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        ended = await run("read", gateway.host, "--lang", language)

    assert (ended.code, ended.out) == (4, "")
    assert says in one_line(ended.err)


@pytest.mark.parametrize("kind", ["malformed", "expired", "foreign"])
async def test_a_token_that_will_not_do(kind: str, run: Run, token_file: Callable[[str], Path]) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        token = {
            "malformed": "not.a-token",
            "expired": gateway.token(iat=1, exp=2),
            "foreign": gateway.token(aud="999999999999"),
        }[kind]
        ended = await run("read", gateway.host, "--token-file", token_file(token))

    assert (ended.code, ended.out) == (4, "")
    assert {"malformed": "not an access token", "expired": "expired on", "foreign": "belongs to gateway 999999999999"}[
        kind
    ] in one_line(ended.err)
    assert token not in ended.err


async def test_a_wrong_password(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOGRAPH_PASSWORD", "mistaken")
    async with emulated("envoy-s-metered-4.10") as gateway:
        ended = await run("token", "check", gateway.host)

    assert (ended.code, ended.out) == (4, "")
    assert "refused user envoy" in one_line(ended.err)
    assert "mistaken" not in ended.err


async def test_answers_of_no_use(run: Run, token_file: Callable[[str], Path]) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        gateway.faults.on("404", paths="/[!ai]*")
        gateway.faults.on("500", paths="/[ai][!nu]*")
        ended = await run("read", gateway.host, "--token-file", token_file(gateway.token()))

    assert (ended.code, ended.out) == (6, "")
    assert "Unreadable answer" in one_line(ended.err)


async def test_something_unexpected_shows_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object) -> None:
        message = "out of luck, Bearer abcdefghijkl"
        raise RuntimeError(message)

    monkeypatch.setattr("heliograph.cli.commands.read.resolve", break_down)

    ended = await run("read", "127.0.0.1")
    debugged = await run("read", "127.0.0.1", "--debug")

    assert ended.code == debugged.code == 1
    assert "out of luck" in one_line(ended.err)
    assert "Traceback" in debugged.err
    assert "abcdefghijkl" not in ended.err + debugged.err


async def test_interrupted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("heliograph.cli.commands.read.resolve", interrupt)

    assert (await run("read", "127.0.0.1")).code == 130
