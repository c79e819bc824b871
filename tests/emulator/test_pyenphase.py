from pathlib import Path

import pytest
from pyenphase import Envoy
from pyenphase.exceptions import EnvoyProbeFailed

from heliograph.emulator.answer import Authentication
from heliograph.emulator.cloud import Account, EmulatedCloud
from heliograph.emulator.replay import Replay
from heliograph.emulator.server import EmulatedGateway
from tests.emulator.oracle import pyenphase_for
from tests.recordings import every_recording, recording

BEYOND_PYENPHASE = {"3.7.0"}
"""Recordings whose production is only a page for people, which pyenphase 4.2.0 does not read."""


@pytest.mark.parametrize("folder", every_recording())
async def test_reads_every_recording(folder: Path) -> None:
    if folder.name in BEYOND_PYENPHASE:
        pytest.skip("pyenphase does not read the HTML of this firmware")
    async with EmulatedGateway(Replay(folder)) as gateway, pyenphase_for(gateway) as envoy:
        data = await envoy.update()

        assert envoy.serial_number == gateway.source.serial
        assert data.system_production is not None
        assert gateway.counters.concurrent_max == 1
        assert gateway.counters.handshakes_failed == 0


async def test_finds_nothing_it_can_read_on_html_only_firmware() -> None:
    async with EmulatedGateway(Replay(recording("3.7.0"))) as gateway, pyenphase_for(gateway) as envoy:
        with pytest.raises(EnvoyProbeFailed):
            await envoy.update()


async def test_reads_the_recorded_values() -> None:
    source = Replay(recording("8.3.5169_with_generator"))
    async with EmulatedGateway(source) as gateway, pyenphase_for(gateway) as envoy:
        data = await envoy.update()

    assert data.system_production is not None
    assert data.system_production.watts_now == 2885
    assert data.system_production.watt_hours_lifetime == 11567954
    assert len(data.inverters) == 20


async def test_gets_its_token_from_the_emulated_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Replay(recording("8.2.4286_with_3cts_and_battery_split"))
    accounts = {"owner@example.org": Account("secret")}
    async with EmulatedCloud(accounts) as cloud, EmulatedGateway(source, authority=cloud.authority) as gateway:
        monkeypatch.setattr("pyenphase.auth.EnvoyTokenAuth.JSON_LOGIN_URL", f"{cloud.url}/login/login.json?")
        monkeypatch.setattr("pyenphase.auth.EnvoyTokenAuth.TOKEN_URL", f"{cloud.url}/tokens")
        envoy = Envoy(gateway.host)
        try:
            await envoy.setup()
            await envoy.authenticate(username="owner@example.org", password="secret")
            data = await envoy.update()
        finally:
            await envoy.close()

    assert source.authentication is Authentication.TOKEN
    assert len(data.inverters) == 35
    assert (cloud.visits.logins, cloud.visits.tokens) == (1, 1)
