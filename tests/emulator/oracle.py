"""pyenphase as the second opinion: a ready `Envoy` for an emulated gateway.

pyenphase asks `https://{host}/info`, then `http://{host}/info`, and keeps to `host` ever after. An emulated gateway has
both on one port, so `Envoy(gateway.host)` with its `127.0.0.1:PORT` works with nothing replaced.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pyenphase import Envoy

from heliograph.emulator.answer import Authentication
from heliograph.emulator.server import EmulatedGateway


@asynccontextmanager
async def pyenphase_for(
    gateway: EmulatedGateway, *, user: str = "installer", role: str = "owner"
) -> AsyncIterator[Envoy]:
    """Give a pyenphase reader that knows the gateway's firmware and has authenticated; it has not read anything yet."""
    envoy = Envoy(gateway.host)
    try:
        await envoy.setup()
        if gateway.source.authentication is Authentication.TOKEN:
            await envoy.authenticate(token=gateway.token(role=role))
        else:
            await envoy.authenticate(username=user)
        yield envoy
    finally:
        await envoy.close()
