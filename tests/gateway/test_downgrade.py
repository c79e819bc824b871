"""A gateway that was trusted is not taken for one with older firmware, without https or without tokens."""

from dataclasses import replace

import pytest

from heliograph.emulator.generation import Ports
from heliograph.errors import Cause, DowngradeError, UnreachableError
from heliograph.gateway import Credentials, Gateway
from heliograph.gateway.conversation import downgrade
from heliograph.model import Authentication, Facts
from tests.gateway.house import OTHER_SERIAL, SERIAL, House, bench

TOKEN, DIGEST, NONE = Authentication.TOKEN, Authentication.DIGEST, Authentication.NONE
ELSEWHERE = "127.0.0.2"


def facts(firmware: str, authentication: Authentication) -> Facts:
    return Facts(SERIAL, firmware, "800", authentication)


@pytest.mark.parametrize(
    ("before", "now", "cause"),
    [
        (("D8.3.5286", TOKEN), ("D5.0.62", DIGEST), "older_firmware"),
        (("D8.3.5286", TOKEN), ("D7.6.175", TOKEN), "older_firmware"),
        (("D8.3.5286", TOKEN), ("", DIGEST), "older_firmware"),
        (("R4.10.35", NONE), ("R3.17.3", NONE), "older_firmware"),
        (("D8.3.5286", TOKEN), ("D8.3.5286", DIGEST), "no_token_now"),
        (("D8.3.5286", TOKEN), ("D8.9.1", NONE), "no_token_now"),
        (("D8.3.5286", TOKEN), ("D8.2.4345", TOKEN), None),
        (("D5.0.62", DIGEST), ("D8.3.5286", TOKEN), None),
        (("D5.0.62", DIGEST), ("D5.0.49", NONE), None),
        (("", DIGEST), ("D5.0.62", DIGEST), None),
    ],
)
def test_what_counts_as_less_than_before(
    before: tuple[str, Authentication], now: tuple[str, Authentication], cause: str | None
) -> None:
    found = downgrade(facts(*before), facts(*now))
    assert (found and found.code) == cause


@pytest.mark.parametrize("serial", [SERIAL, OTHER_SERIAL])
async def test_an_old_gateway_without_https_is_not_believed(serial: str) -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        known = gateway.known
        house.gateway.become(House("D5.0.62", serial, watts=99))
        await house.gateway.restart()
        house.clock.advance(60)
        house.gateway.counters.reset()
        for _ in range(2):
            with pytest.raises(DowngradeError) as caught:
                await gateway.read()
            assert caught.value.details["cause"] == Cause("no_https_now")
        assert set(house.gateway.counters.targets) == {"GET /info"}
        assert gateway.known == known
        assert "firmware_changed" not in house.happenings
        # The true one is back: nothing has to be done.
        house.gateway.become(House(watts=640))
        await house.gateway.restart()
        house.clock.advance(60)
        assert (await gateway.read()).system.value("production_power") == 640


async def test_nor_after_a_restart() -> None:
    async with bench() as house:
        async with house.client() as gateway:
            await gateway.read()
            known = gateway.known
        house.gateway.become(House("D5.0.62"))
        async with house.client(house.credentials, known=known) as gateway:
            with pytest.raises(DowngradeError):
                await gateway.read()
            assert gateway.known == known


async def test_nor_when_looked_for_elsewhere() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        known = gateway.known
        house.gateway.become(House("D5.0.62"))
        await house.gateway.move(ELSEWHERE)
        assert not await gateway.follow([ELSEWHERE])
        assert gateway.known == known


async def test_a_token_gateway_without_https_is_reported_too() -> None:
    async with bench(ports=Ports.HTTP) as house:
        async with bench() as other, other.client() as gateway:
            await gateway.read()
            known = gateway.known
        async with house.client(known=known) as gateway:
            with pytest.raises(DowngradeError):
                await gateway.read()


async def test_silence_is_no_downgrade() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        await house.gateway.close()
        house.clock.advance(60)
        with pytest.raises(UnreachableError):
            await gateway.read()


async def test_older_firmware_with_the_same_key_waits_for_the_owner() -> None:
    async with bench() as house:
        async with house.client() as gateway:
            await gateway.read()
            known = gateway.known
            house.gateway.become(House("D7.6.175"))
            house.clock.advance(3600)
            for _ in range(2):
                with pytest.raises(DowngradeError) as caught:
                    await gateway.read()
                house.clock.advance(60)
            assert "D7.6.175 after D8.2.4345" in caught.value.text("en")
            assert "D7.6.175 après D8.2.4345" in caught.value.text("fr")
            assert gateway.known == known
        async with house.client(known=known, trust=True) as gateway:
            assert (await gateway.read()).gateway.firmware == "D7.6.175"
            assert house.happenings.count("firmware_changed") == 1
            # That was accepted; the next is another.
            house.gateway.become(House("D5.0.62"))
            await house.gateway.restart()
            house.clock.advance(60)
            with pytest.raises(DowngradeError):
                await gateway.read()


async def test_the_owner_may_accept_a_gateway_without_https() -> None:
    async with bench() as house:
        async with house.client() as gateway:
            await gateway.read()
            known = gateway.known
        house.gateway.become(House("D5.0.62"))
        async with house.client(Credentials(), known=known, trust=True) as gateway:
            assert (await gateway.read()).gateway.firmware == "D5.0.62"
            assert (gateway.known.scheme, gateway.known.pin) == ("http", None)
            assert house.happenings.count("firmware_changed") == 1


async def test_a_gateway_that_was_always_asked_by_http_is_none() -> None:
    async with bench("D5.0.62") as house:
        async with house.client() as gateway:
            await gateway.read()
            known = replace(gateway.known, pin="ab" * 32)
        # A key that another program once showed on the secure port.
        async with Gateway(house.gateway.host, known=known, clock=house.clock.now) as gateway:
            await gateway.read()
