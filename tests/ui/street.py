"""A street of emulated gateways for the page's tests in a browser; stays until its input ends."""

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway

DAY: Final = 86_400
LATITUDE: Final = 15.0
"""Where every season has a day and a night of about twelve hours."""


@dataclass(frozen=True, slots=True)
class House:
    """One house of the street."""

    name: str
    family: str
    inverters: int | None = None
    hour: float = 12.5
    """What its clock says when the tests begin, so that it is day there whenever they run."""


STREET: Final = (
    House("battery", "iq-encharge-8.2"),
    House("plain", "envoy-s-standard-5.0"),
    House("unmetered house", "iq-metered-7.3-no-consumption"),
    House("three phases", "iq-metered-7.6-3phase"),
    House("one panel", "iq-metered-8.2", inverters=1),
    House("many panels", "iq-metered-8.2", inverters=120),
    House("night", "iq-encharge-8.2", hour=1.5),
    House("digest", "envoy-s-metered-4.10"),
    House("token", "iq-metered-8.2"),
)


def gateway_of(house: House, number: int, now: float) -> EmulatedGateway:
    """Build one where it is the right time of day."""
    ahead = round(house.hour - now % DAY / 3600)
    ahead = (ahead + 12) % 24 - 12
    zone = f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
    source = build(
        house.family,
        start=now - DAY,
        serial=f"1220000001{number:02d}",
        inverters=house.inverters,
        latitude=LATITUDE,
        longitude=ahead * 15.0,
        timezone=zone,
        seed=number,
    )
    return EmulatedGateway(source, seed=number, timezone=zone)


def described(house: House, gateway: EmulatedGateway, foreign: str) -> dict[str, Any]:
    """Say what a test must know of one."""
    serial = gateway.source.serial
    now = gateway.clock.now()
    return {
        "name": house.name,
        "host": gateway.host,
        "serial": serial,
        "token": gateway.token(),
        "expired": gateway.credentials.authority.mint(serial, now=now - 10 * DAY, lifetime=DAY),
        "foreign": gateway.credentials.authority.mint(foreign, now=now),
    }


async def main() -> None:
    """Serve the street."""
    now = time.time()
    async with AsyncExitStack() as stack:
        gateways = [
            await stack.enter_async_context(gateway_of(house, number, now)) for number, house in enumerate(STREET)
        ]
        street = [described(house, gateway, "122000000199") for house, gateway in zip(STREET, gateways, strict=True)]
        sys.stdout.write(json.dumps(street) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
