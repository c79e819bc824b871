"""A gateway whose address changed is followed, and nobody else is taken for it."""

from collections.abc import AsyncIterator

import pytest

from heliograph.emulator.server import EmulatedGateway
from heliograph.errors import CertificateError, NotAGatewayError, UnreachableError
from heliograph.gateway import Credentials, Gateway
from tests.gateway.house import OTHER_SERIAL, Bench, bench

ELSEWHERE = "127.0.0.2"


@pytest.fixture(params=["D8.2.4345", "D5.0.62"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with bench(request.param) as made:
        yield made


async def test_it_is_followed_to_where_it_is_found(house: Bench) -> None:
    before = house.gateway.host
    async with house.client() as gateway:
        await gateway.read()
        sent = gateway.requests.sent
        await house.gateway.move(ELSEWHERE)
        house.clock.advance(60)
        with pytest.raises(UnreachableError):
            await gateway.read()
        assert await gateway.follow(["::1", ELSEWHERE])
        assert (await gateway.read()).gateway.host == house.gateway.host
        assert (str(gateway.host), str(gateway.address)) == (before, house.gateway.host)
        assert gateway.known.address == house.gateway.host
        assert gateway.requests.sent > sent
        known = gateway.known
    moved = next(event for event in house.events if event.happening == "moved")
    assert dict(moved.details) == {"before": before, "after": house.gateway.host}
    # After a restart it is asked where it was last.
    async with Gateway(before, house.credentials, known=known, clock=house.clock.now) as gateway:
        await gateway.read()


async def test_it_comes_back_to_where_its_owner_said(house: Bench) -> None:
    async with house.client() as gateway:
        await gateway.read()
        await house.gateway.move(ELSEWHERE)
        assert await gateway.follow([ELSEWHERE])
        await house.gateway.move("127.0.0.1")
        assert await gateway.follow([])
        assert gateway.known.address is None
        await gateway.read()


async def test_another_gateway_is_not_taken_for_it(house: Bench) -> None:
    async with house.client() as gateway:
        await gateway.read()
        house.house.serial = OTHER_SERIAL
        before, known = house.gateway.host, gateway.known
        await house.gateway.move(ELSEWHERE)
        assert not await gateway.follow([ELSEWHERE])
        assert (str(gateway.address), gateway.known) == (before, known)
        assert "moved" not in house.happenings


async def test_nor_one_with_another_key() -> None:
    async with bench() as house, house.client() as gateway:
        await gateway.read()
        await house.gateway.move(ELSEWHERE)
        house.gateway.rotate_certificate()
        sessions = house.gateway.counters.requests
        assert not await gateway.follow([ELSEWHERE])
        assert house.gateway.counters.requests == sessions


async def test_who_was_never_met_is_not_followed(house: Bench) -> None:
    async with Gateway("127.0.0.1:9", Credentials()) as gateway:
        assert not await gateway.follow([house.gateway.host])


async def test_two_that_changed_places_find_each_other(house: Bench) -> None:
    async with bench(house.house.firmware, serial=OTHER_SERIAL) as other, house.client() as gateway:
        await gateway.read()
        host, port = house.gateway.host, int(house.gateway.host.rpartition(":")[2])
        await house.gateway.move(ELSEWHERE)
        house.clock.advance(60)
        with pytest.raises(UnreachableError):
            await gateway.read()
        async with EmulatedGateway(other.house, clock=house.clock, port=port) as stranger:
            assert stranger.host == host
            house.clock.advance(60)
            with pytest.raises((NotAGatewayError, CertificateError)):
                await gateway.read()
            assert await gateway.follow([ELSEWHERE])
            await gateway.read()
