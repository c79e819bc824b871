import errno
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from heliograph.emulator.families import build
from heliograph.gateway.remembered import Memory
from tests.cli.conftest import Run, emulated


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "data")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Firmware", "Microinverters (20)", "Batteries (2)", "Saved as home")),
        ("fr", ("Firmware", "Micro-onduleurs (20)", "Batteries (2)", "Enregistrée sous home")),
    ],
)
async def test_lists_everything_and_remembers_it(
    language: str, words: tuple[str, ...], run: Run, token_file: Callable[[str], Path], memory: Memory
) -> None:
    async with emulated() as gateway:
        token = gateway.token()
        ended = await run("sync", gateway.host, "--name", "home", "--lang", language, "--token-file", token_file(token))

        assert (ended.code, ended.err) == (0, "")
        assert [word for word in words if word not in ended.out] == []
        assert max(map(len, ended.out.splitlines())) <= 85
        assert token not in ended.out
        known = memory.find("home")
        assert known is not None
        assert (known.serial, known.host) == (gateway.source.serial, gateway.host)
        assert known.known.pin == gateway.certificate.key_fingerprint


async def test_a_gateway_is_then_known_by_name_serial_address_or_no_word_at_all(
    run: Run, token_file: Callable[[str], Path]
) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        await run("sync", gateway.host, "--name", "home", "--token-file", token_file(gateway.token()))
        gateway.counters.reset()
        for word in (["home"], ["HOME"], [gateway.source.serial], [gateway.host], []):
            ended = await run("read", *word, "--json")
            assert (ended.code, ended.err) == (0, "")

        assert gateway.counters.targets["GET /home.json"] == 0 or gateway.counters.concurrent_max == 1


async def test_what_cannot_be_shown_is_remembered_all_the_same(
    run: Run, token_file: Callable[[str], Path], memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with emulated("iq-standard-7.6") as gateway:
        monkeypatch.setattr("heliograph.cli.desk.Desk.print", full)
        await run("sync", gateway.host, "--name", "home", "--token-file", token_file(gateway.token()))

    assert memory.find("home") is not None


async def test_only_its_owner_may_read_what_is_remembered(
    run: Run, token_file: Callable[[str], Path], tmp_path: Path
) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        await run("sync", gateway.host, "--token-file", token_file(gateway.token()))

    for path in (tmp_path / "data").rglob("*.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_keeps_no_token_unless_wanted(run: Run, token_file: Callable[[str], Path], tmp_path: Path) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        token = gateway.token()
        ended = await run("sync", gateway.host, "--no-remember", "--token-file", token_file(token))

        assert "without token or password" in ended.out
        assert all(token not in path.read_text("utf-8") for path in (tmp_path / "data").rglob("*.json"))
        assert (await run("read", gateway.host)).code == 4


async def test_a_second_time_says_what_is_new_and_what_is_gone(run: Run) -> None:
    async with emulated("envoy-s-standard-5.0", inverters=6) as gateway:
        await run("sync", gateway.host)
        same = await run("sync", gateway.host)
        start = gateway.clock.now() - 600
        gateway.become(build("envoy-s-standard-5.0", start=start, inverters=7))
        more = await run("sync", gateway.host)
        gateway.become(build("envoy-s-standard-5.0", start=start, inverters=6))
        fewer = await run("sync", gateway.host, "--lang", "fr")

    assert "Nothing is new" in same.out
    assert more.out.count("New: Microinverter") == 1
    assert fewer.out.count("Disparu : Micro-onduleur") == 1
    assert "1 équipement est hors service" in fewer.out


async def test_a_changed_certificate_must_be_trusted_by_hand(run: Run, token_file: Callable[[str], Path]) -> None:
    async with emulated("iq-standard-7.6") as gateway:
        await run("sync", gateway.host, "--token-file", token_file(gateway.token()))
        gateway.rotate_certificate()
        refused = [await run(command, gateway.host) for command in ("read", "sync", "doctor", "capture")]
        accepted = await run("sync", gateway.host, "--trust")
        after = await run("read", gateway.host)

    assert [ended.code for ended in refused] == [7, 7, 7, 7]
    assert "--trust" in refused[0].err
    assert (accepted.code, after.code) == (0, 0)


async def test_a_replaced_gateway_is_made_known_anew(run: Run, memory: Memory) -> None:
    async with emulated("envoy-s-standard-5.0") as gateway:
        before = gateway.source.serial
        await run("sync", gateway.host, "--name", "roof")
        gateway.become(build("envoy-s-standard-5.0", start=gateway.clock.now() - 600, serial="122334455667"))
        read = await run("read", "roof")
        synced = await run("sync", gateway.host, "--name", "roof")
        again = await run("read", "roof", "--json")

    assert read.code == 5
    assert synced.code == 0
    assert "no longer" in synced.err
    assert again.json["gateway"]["serial"] == "122334455667"
    old = memory.find(before)
    assert old is not None
    assert old.host == ""
    assert (await run("read", before)).code == 2


async def test_several_gateways_must_be_told_apart(run: Run) -> None:
    async with emulated("envoy-r-3.7") as one, emulated("envoy-r-3.17", serial="122334455667") as other:
        await run("sync", one.host, "--name", "barn")
        await run("sync", other.host, "--name", "house")
        ended = await run("read")

        assert ended.code == 2
        assert "barn, house" in ended.err


async def test_an_unanswered_question_is_told(run: Run) -> None:
    async with emulated("envoy-s-standard-5.0") as gateway:
        gateway.faults.on("empty-200", paths="/inventory.json", times=20)
        ended = await run("sync", gateway.host)

    assert ended.code == 0
