from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyenphase import Envoy
from pyenphase.exceptions import EnvoyProbeFailed

from heliograph.emulator.answer import Authentication
from heliograph.emulator.clock import Clock
from heliograph.emulator.cloud import Account, EmulatedCloud
from heliograph.emulator.families import FAMILIES, build
from heliograph.emulator.replay import Replay
from heliograph.emulator.server import EmulatedGateway
from heliograph.emulator.site.plan import Storage
from tests.emulator.oracle import pyenphase_for
from tests.recordings import every_recording, recording

BEYOND_PYENPHASE = {"3.7.0", "envoy-r-3.7"}
"""Gateways whose production is only a page for people, which pyenphase 4.2.0 does not read."""
MORNING = datetime(2026, 6, 15, 4, tzinfo=UTC).timestamp()
NOON = datetime(2026, 6, 15, 11, 31, tzinfo=UTC).timestamp()


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


@pytest.mark.parametrize("family", sorted(FAMILIES))
async def test_reads_every_family(family: str) -> None:
    source = build(family, start=MORNING)
    async with EmulatedGateway(source, clock=Clock(NOON, rate=0)) as gateway, pyenphase_for(gateway) as envoy:
        if family in BEYOND_PYENPHASE:
            with pytest.raises(EnvoyProbeFailed):
                await envoy.update()
            return
        data = await envoy.update()

        assert envoy.serial_number == source.serial
        assert str(envoy.firmware) == source.firmware[1:]
        assert data.system_production is not None
        assert gateway.counters.concurrent_max == 1
        assert gateway.counters.statuses[500] == 0
        encharges = [each for each in source.plan.batteries if each.model.storage is Storage.ENCHARGE]
        assert set(data.encharge_inventory or {}) == {each.serial for each in encharges}


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - BEYOND_PYENPHASE))
async def test_reads_the_truth_where_nothing_lies(family: str) -> None:
    source = build(family, start=MORNING, lies=())
    async with EmulatedGateway(source, clock=Clock(NOON, rate=0)) as gateway, pyenphase_for(gateway) as envoy:
        data = await envoy.update()

    truth = source.truth(NOON)
    assert data.system_production is not None
    share = 0.01 if source.plan.meters and source.plan.meters[0].enabled else 0.25  # inverters tell of minutes ago
    assert data.system_production.watts_now == pytest.approx(truth.production_power, rel=share, abs=2)
    assert data.system_production.watt_hours_lifetime == pytest.approx(truth.lifetime.production, rel=1e-3)
    if data.system_net_consumption is not None:
        assert data.system_net_consumption.watts_now == pytest.approx(truth.net_power, abs=2)


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
