import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from heliograph.emulator.cloud import Account, EmulatedCloud
from heliograph.emulator.server import EmulatedGateway
from heliograph.emulator.tokens import Authority
from tests.cli.conftest import Run, emulated

SERIAL = "122334455667"


@pytest.fixture
async def cloud(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EmulatedCloud]:
    async with EmulatedCloud({"me@example.org": Account("correct horse")}) as found:
        for name, value in {
            "ENLIGHTEN_URL": found.url,
            "ENTREZ_URL": found.url,
            "ENLIGHTEN_USER": "me@example.org",
            "ENLIGHTEN_PASSWORD": "correct horse",
        }.items():
            monkeypatch.setenv(f"HELIOGRAPH_{name}", value)
        yield found


@pytest.fixture
def gateway(cloud: EmulatedCloud) -> EmulatedGateway:
    found = emulated("iq-standard-7.6")
    found.credentials.authority = cloud.authority
    return found


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("Role", "owner", "364 days")), ("fr", ("Rôle", "propriétaire", "364 jours"))]
)
async def test_decodes(language: str, words: tuple[str, ...], run: Run, token_file: Callable[[str], Path]) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        token = gateway.token()
        ended = await run("token", "decode", "--lang", language, "--token-file", token_file(token))

    assert (ended.code, ended.err) == (0, "")
    assert [word for word in words if word not in ended.out] == []
    assert token not in ended.out


async def test_warns_of_a_token_that_is_over(run: Run, token_file: Callable[[str], Path]) -> None:
    token = Authority().mint(SERIAL, now=1_600_000_000)
    ended = await run("token", "decode", "--token-file", token_file(token))

    assert ended.code == 0
    assert "nothing: it has expired" in ended.out
    assert "has expired" in ended.err


async def test_tells_the_hours_of_an_installer_s(run: Run, token_file: Callable[[str], Path]) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        ended = await run("token", "decode", "--token-file", token_file(gateway.token(role="installer")))

    assert "11 h" in ended.out


async def test_fetches_into_a_file(run: Run, cloud: EmulatedCloud, tmp_path: Path) -> None:
    ended = await run("token", "fetch", "--serial", SERIAL, "--output", "mine")

    assert (ended.code, ended.err) == (0, "")
    assert (tmp_path / "mine").read_text("utf-8").count(".") == 2
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o600
    assert (tmp_path / "mine").read_text("utf-8").strip() not in ended.out


async def test_fetches_for_a_gateway_that_is_asked_its_serial(
    run: Run, gateway: EmulatedGateway, tmp_path: Path
) -> None:
    async with gateway:
        ended = await run("token", "fetch", gateway.host, "--output", "mine")
        checked = await run("token", "check", gateway.host, "--token-file", "mine")

    assert (ended.code, checked.code) == (0, 0)
    assert gateway.source.serial in ended.out


async def test_keeps_it_with_a_gateway_that_was_synchronised(
    run: Run, gateway: EmulatedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway:
        synced = await run("sync", gateway.host, "--name", "home", "--no-remember")
        kept = await run("token", "fetch", "home")
        by_serial = await run("token", "fetch", "--serial", gateway.source.serial, "--lang", "fr")
        for name in ("USER", "PASSWORD"):
            monkeypatch.delenv(f"HELIOGRAPH_ENLIGHTEN_{name}")
        read = await run("read", "home")

    assert (synced.code, kept.code, by_serial.code, read.code) == (0, 0, 0, 0)
    assert "kept with home" in kept.out
    assert "gardé avec home" in by_serial.out


async def test_the_account_opens_a_gateway_by_itself(run: Run, gateway: EmulatedGateway) -> None:
    async with gateway:
        ended = await run("read", gateway.host, "--json")

    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize(
    ("fault", "says"),
    [("login-401", "refused this email"), ("login-mfa", "two-step"), ("tokens-403", "gives no token")],
)
async def test_the_cloud_does_not_give_one(fault: str, says: str, run: Run, cloud: EmulatedCloud) -> None:
    cloud.faults.add(fault)
    ended = await run("token", "fetch", "--serial", SERIAL, "--output", "mine")
    again = await run("token", "fetch", "--serial", SERIAL, "--output", "mine")

    assert (ended.code, ended.out) == (8, "")
    assert says in ended.err
    assert "correct horse" not in ended.err
    # The account is not locked by trying once more at once.
    assert again.code == 8
    assert "retry after" in again.err


async def test_checks_a_password_and_an_open_door(run: Run) -> None:
    async with emulated("envoy-s-metered-4.10") as locked, emulated("envoy-r-3.7") as free:
        password = await run("token", "check", locked.host)
        nothing = await run("token", "check", free.host, "--lang", "fr")

    assert "Access accepted" in password.out
    assert "Accès libre" in nothing.out
