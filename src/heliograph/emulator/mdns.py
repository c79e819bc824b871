"""Announces an emulated gateway in the local network as real ones announce themselves (protocol.md §1.4)."""

import ipaddress
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from zeroconf import InterfaceChoice, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

SERVICE = "_enphase-envoy._tcp.local."


def service_info(
    serial: str,
    firmware: str,
    *,
    address: str,
    port: int,
    name: str = "envoy",
    with_version: bool = True,
) -> ServiceInfo:
    """Describe a gateway as it describes itself; old units leave the version out."""
    text = {"txtvers": "1", "serialnum": serial}
    if with_version:
        text["protovers"] = firmware.lstrip("DRM")
    return ServiceInfo(
        SERVICE,
        f"{name}.{SERVICE}",
        addresses=[_packed(address)],
        port=port,
        properties=text,
        server=f"{name}.local.",
    )


@asynccontextmanager
async def announced(
    *services: ServiceInfo, interfaces: Sequence[str] | InterfaceChoice = InterfaceChoice.All
) -> AsyncIterator[None]:
    """Announce gateways inside the block; a name that is taken gets a number, as in a house with two gateways."""
    zeroconf = AsyncZeroconf(interfaces=interfaces)
    try:
        for service in services:
            await (await zeroconf.async_register_service(service, allow_name_change=True))
        yield
    finally:
        await zeroconf.async_unregister_all_services()
        await zeroconf.async_close()


def _packed(address: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET, address)
