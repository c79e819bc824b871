"""Finds the gateways of a network by what they announce (mDNS, protocol.md §1.4)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final

from heliograph import extras
from heliograph.errors import UsageError
from heliograph.gateway.log import LOGGER

SERVICE: Final = "_enphase-envoy._tcp.local."
SET_UP_ADDRESS: Final = "169.254.120.1"
"""What every gateway has for its own set-up network, and announces as well; no way leads there from a house."""

_ASK: Final = 3000.0
"""Milliseconds for the details of one announcement."""
_JUST_NOW: Final = 60.0
"""Seconds for which what was heard serves everybody: a farm that is cut off searches once a minute."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One announcement as it was heard."""

    name: str
    """Instance: `envoy._enphase-envoy._tcp.local.`."""
    addresses: tuple[str, ...]
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """One gateway of the network."""

    serial: str
    firmware: str | None
    """Without its letter: `8.3.4041`; None where it does not tell."""
    addresses: tuple[str, ...]
    """IPv4 first; the port that is announced is not the one to use."""
    name: str
    """As announced: `envoy`."""


Search = Callable[[], Awaitable[Sequence[Found]]]
"""Gives the gateways of the network."""
Browse = Callable[[float], Awaitable[Iterable[Announcement]]]
"""Listens for some seconds."""


async def discover(seconds: float = 3.0, *, browse: Browse | None = None) -> tuple[Found, ...]:
    """Listen for gateways, and give each once, by serial.

    Raises:
        UsageError: `missing_extra`: mDNS is not installed.
    """
    heard = await (browse or listen)(seconds)
    by_serial: dict[str, Found] = {}
    for announcement in heard:
        found = understand(announcement)
        if found is None:
            continue
        known = by_serial.get(found.serial)
        if known is not None:
            # Cable and Wi-Fi announce apart.
            addresses = _in_order({*known.addresses, *found.addresses})
            found = Found(found.serial, known.firmware or found.firmware, addresses, known.name)
        by_serial[found.serial] = found
    return tuple(by_serial[serial] for serial in sorted(by_serial))


class Finder:
    """Tells where gateways are now, by serial: one search of the network serves all who look for theirs."""

    def __init__(self, search: Search = discover, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take how the network is searched."""
        self._search = search
        self._clock = clock
        self._lock = asyncio.Lock()
        self._searched: float | None = None
        self._found: Mapping[str, tuple[str, ...]] = {}

    async def addresses(self, serial: str) -> tuple[str, ...]:
        """Return the addresses at which a gateway announced itself just now; none where it did not."""
        async with self._lock:
            if self._searched is None or self._clock() - self._searched >= _JUST_NOW:
                self._found = {found.serial: found.addresses for found in await self._listen()}
                self._searched = self._clock()
            return self._found.get(serial, ())

    async def _listen(self) -> Sequence[Found]:
        try:
            return await self._search()
        except (UsageError, OSError) as err:
            LOGGER.debug("the network cannot be searched for gateways: %s", err)
            return ()


def understand(announcement: Announcement) -> Found | None:
    """Read an announcement; None if it is no gateway that could be reached."""
    serial = announcement.properties.get("serialnum", "").strip()
    addresses = _in_order({address for address in announcement.addresses if address != SET_UP_ADDRESS})
    if not serial or not addresses:
        return None
    firmware = announcement.properties.get("protovers", "").strip() or None
    name = announcement.name.removesuffix(f".{SERVICE}")
    return Found(serial, firmware, addresses, name)


async def listen(seconds: float, *, interfaces: Sequence[str] | None = None) -> Iterable[Announcement]:
    """Listen with zeroconf, on the interfaces of these addresses, or on all.

    Raises:
        UsageError: `missing_extra`.
    """
    try:
        # The rest of the library works without it.
        from zeroconf import DNSQuestionType, InterfaceChoice, ServiceStateChange, Zeroconf  # noqa: PLC0415 - optional
        from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415 - optional
    except ImportError as err:
        raise extras.missing("discovery") from err

    # An answer to us alone would reach but one of those who listen on this machine, and Avahi may be another.
    asked = DNSQuestionType.QM
    names: dict[str, None] = {}

    def heard(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:  # noqa: ARG001 - called by name
        if state_change is not ServiceStateChange.Removed:
            names[name] = None

    async def details(name: str) -> Announcement:
        info = AsyncServiceInfo(SERVICE, name)
        await info.async_request(network.zeroconf, _ASK, asked)
        properties = {key: value for key, value in info.decoded_properties.items() if value is not None}
        return Announcement(name, tuple(info.parsed_scoped_addresses()), properties)

    network = AsyncZeroconf(interfaces=InterfaceChoice.All if interfaces is None else list(interfaces))
    try:
        browser = AsyncServiceBrowser(network.zeroconf, SERVICE, handlers=[heard], question_type=asked)
        await asyncio.sleep(seconds)
        await browser.async_cancel()
        return await asyncio.gather(*(details(name) for name in names))
    finally:
        await network.async_close()


def _in_order(addresses: Iterable[str]) -> tuple[str, ...]:
    """Put IPv4 first, and last what is reached from one interface only."""

    def rank(address: str) -> tuple[bool, bool, str]:
        parsed = ip_address(address)
        return isinstance(parsed, IPv6Address), parsed.is_link_local, address

    return tuple(sorted(addresses, key=rank))
