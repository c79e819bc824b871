import pytest
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from heliograph.emulator.mdns import SERVICE, announced, service_info


def test_describes_a_gateway_as_it_does_itself() -> None:
    info = service_info("122112123456", "D8.3.4041", address="127.0.0.1", port=80)

    assert (info.name, info.server, info.port) == (f"envoy.{SERVICE}", "envoy.local.", 80)
    assert info.decoded_properties == {"txtvers": "1", "serialnum": "122112123456", "protovers": "8.3.4041"}


def test_leaves_the_version_out_as_old_units_do() -> None:
    info = service_info("1", "D3.7.0", address="::1", port=80, with_version=False)

    assert "protovers" not in info.decoded_properties
    assert info.parsed_addresses() == ["::1"]


async def test_is_found_in_the_network() -> None:
    info = service_info("122112123456", "D7.6.175", address="127.0.0.1", port=8080, name="envoy-of-a-test")
    async with announced(info, interfaces=["127.0.0.1"]):
        seeker = AsyncZeroconf(interfaces=["127.0.0.1"])
        try:
            found = AsyncServiceInfo(SERVICE, info.name)
            if not await found.async_request(seeker.zeroconf, 3000):
                pytest.skip("no multicast on the loopback here")
            assert found.decoded_properties["serialnum"] == "122112123456"
            assert found.port == 8080
        finally:
            await seeker.async_close()
