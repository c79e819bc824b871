"""In whose zone days are counted where a gateway tells none: that of the settings, also when it is set later."""

import json
import time
from pathlib import Path

import pytest

from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway
from heliograph.gateway.remembered import Memory, Remembered
from heliograph.store import Store
from tests.app.test_service import running, service, until


@pytest.mark.parametrize("family", ["envoy-r-3.7"])
async def test_a_zone_that_is_set_later_counts_from_then_on_and_is_told(tmp_path: Path, family: str) -> None:
    now = time.time()
    source = build(family, start=now - 86_400, inverters=2)
    async with EmulatedGateway(source, clock=Clock(now)) as gateway:
        Memory(tmp_path).save(Remembered(source.serial, "Roof", gateway.host))
        for zone in ("Asia/Kolkata", "America/New_York"):
            one = service(tmp_path, {"HELIOGRAPH_GENERAL_ZONE": zone})
            async with running(one) as client:
                (card,) = await until(client, "/gateways", lambda found: found and "firmware" in found[0])
                await until(client, "/values?key=production_power", lambda found: found["gateways"])
                assert card["zone"] == zone, json.dumps(card)
            async with await Store.open(tmp_path) as store:
                (known,) = await store.gateways()
            assert known.zone == zone
