import asyncio
import sys
from collections.abc import Iterable, Sequence

import pytest

from heliograph.emulator.clock import Clock
from heliograph.emulator.mdns import announced, service_info
from heliograph.errors import UsageError
from heliograph.extras import missing
from heliograph.gateway.discovery import Announcement, Browse, Finder, Found, discover, listen, understand
from tests.gateway.house import OTHER_SERIAL, SERIAL

NAME = "envoy._enphase-envoy._tcp.local."


def hearing(*announcements: Announcement) -> Browse:
    async def browse(seconds: float) -> Iterable[Announcement]:
        return announcements

    return browse


def announcement(*addresses: str, name: str = NAME, **properties: str) -> Announcement:
    return Announcement(name, addresses, {"txtvers": "1", "serialnum": SERIAL, "protovers": "8.3.4041"} | properties)


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        (announcement("192.168.1.20"), Found(SERIAL, "8.3.4041", ("192.168.1.20",), "envoy")),
        (
            announcement("fe80::1%2", "2001:db8::1", "192.168.1.20", "169.254.120.1"),
            Found(SERIAL, "8.3.4041", ("192.168.1.20", "2001:db8::1", "fe80::1%2"), "envoy"),
        ),
        (announcement("192.168.1.20", protovers=""), Found(SERIAL, None, ("192.168.1.20",), "envoy")),
        (announcement("169.254.120.1"), None),
        (announcement(), None),
        (announcement("192.168.1.20", serialnum=" "), None),
        (Announcement(NAME, ("192.168.1.20",), {}), None),
    ],
)
def test_understand(heard: Announcement, found: Found | None) -> None:
    assert understand(heard) == found


async def test_several_gateways_each_once() -> None:
    browse = hearing(
        announcement("192.168.1.21", name=f"envoy-2.{NAME[6:]}", serialnum=OTHER_SERIAL, protovers=""),
        announcement("192.168.1.30", protovers=""),
        announcement("192.168.1.20"),
        announcement("169.254.120.1"),
    )
    assert await discover(browse=browse) == (
        Found(SERIAL, "8.3.4041", ("192.168.1.20", "192.168.1.30"), "envoy"),
        Found(OTHER_SERIAL, None, ("192.168.1.21",), "envoy-2"),
    )


async def test_nobody() -> None:
    assert await discover(browse=hearing()) == ()


async def test_without_zeroconf_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    with pytest.raises(UsageError) as caught:
        await discover(0)
    assert caught.value.code == "missing_extra"
    assert "--extra discovery" in caught.value.text("fr")


async def test_with_real_announcements_on_the_loopback() -> None:
    first, second = "122155500001", "122155500002"
    services = (
        service_info(first, "D8.3.4041", address="192.168.1.20", port=80),
        service_info(second, "D5.0.62", address="192.168.1.21", port=80, name="envoy-9", with_version=False),
    )

    async def browse(seconds: float) -> Iterable[Announcement]:
        return await listen(seconds, interfaces=["127.0.0.1"])

    heard: dict[str, Found] = {}
    async with announced(*services, interfaces=["127.0.0.1"]), asyncio.timeout(60):
        # Others may announce on this machine, and a busy one may take longer than one listening lasts.
        while not heard.keys() >= {first, second}:
            heard |= {found.serial: found for found in await discover(1.0, browse=browse)}
    assert (heard[first].firmware, heard[second].firmware) == ("8.3.4041", None)
    assert "192.168.1.20" in heard[first].addresses
    assert "192.168.1.21" in heard[second].addresses


async def test_one_search_serves_everybody() -> None:
    clock, searches = Clock(0, rate=0), 0

    async def search() -> Sequence[Found]:
        nonlocal searches
        searches += 1
        await asyncio.sleep(0)
        return (Found(SERIAL, None, (f"192.168.1.{searches}",), "envoy"),)

    finder = Finder(search, clock=clock.now)
    farm = await asyncio.gather(*(finder.addresses(SERIAL) for _ in range(100)), finder.addresses(OTHER_SERIAL))
    assert set(farm) == {("192.168.1.1",), ()}
    clock.advance(59)
    assert await finder.addresses(SERIAL) == ("192.168.1.1",)
    clock.advance(1)
    assert await finder.addresses(SERIAL) == ("192.168.1.2",)
    assert searches == 2


@pytest.mark.parametrize("error", [missing("discovery"), OSError("no network")])
async def test_where_nothing_can_be_searched_nothing_is_found(error: Exception) -> None:
    async def search() -> Sequence[Found]:
        raise error

    assert await Finder(search).addresses(SERIAL) == ()
