"""A day of emulated life through every way out, with the broker killed at noon and back in the afternoon."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway
from heliograph.gateway import Credentials, Gateway
from heliograph.gateway import Event as GatewayEvent
from heliograph.live import Live
from heliograph.live import Patience as Hearing
from heliograph.model import Subject
from heliograph.outputs.base import Output
from heliograph.outputs.files import Files
from heliograph.outputs.influx import Influx
from heliograph.outputs.influx import Options as InfluxOptions
from heliograph.outputs.mqtt import Mqtt, Options
from heliograph.outputs.mqtt.discovery import Manner
from heliograph.outputs.mqtt.topics import Topics
from heliograph.outputs.notifications import Notifications
from heliograph.outputs.prometheus import Prometheus
from heliograph.poller import Poller, Watched
from tests.outputs import homeassistant
from tests.outputs.broker import Broker, Ear, ear, running
from tests.outputs.test_prometheus import checked, value

ZONE: Final = ZoneInfo("Europe/Paris")
MIDNIGHT: Final = 1_781_776_800.0 - 12 * 3600
STEP: Final = 900
KILLED: Final = 12 * 3600
BACK: Final = 15 * 3600


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(90):
        while not holds():  # noqa: ASYNC110 - real sockets
            await asyncio.sleep(0)


def begins(file: Path, word: str) -> int:
    return sum(line.startswith(word) for line in file.read_text().splitlines())


def works(output: Output) -> bool:
    return output.status().ok and output.status().delivered > 0


class House:
    """A gateway, its poller, and every way out."""

    def __init__(self, gateway: EmulatedGateway, broker: Broker, folder: Path) -> None:
        self.gateway = gateway
        self.clock = gateway.clock
        self.live = Live()
        self.told: list[str] = []
        self.poller = Poller(self.live, clock=self.clock.now, sleep=self._sleep, zone="Europe/Paris")
        self.prometheus = Prometheus(
            self.live, version="1.0", clients=lambda: self.poller.gateways, clock=self.clock.now, sleep=at_once
        )
        self.csv, self.lines = folder / "csv", folder / "lines"
        self.outputs: tuple[Output, ...] = (
            Mqtt(
                Options("127.0.0.1", broker.port, patience=5),
                Manner(Topics("heliograph"), "fr", "1.0"),
                sleep=at_once,
            ),
            self.prometheus,
            Notifications(["x"], language="fr", zone=ZONE, send=self._send, sleep=at_once),
            Influx(InfluxOptions(str(self.lines)), sleep=at_once),
            Files(self.csv, ZONE, sleep=at_once),
        )
        self._go = asyncio.Event()
        self.poller.add(Watched("toit", self._connect, interval=STEP))

    def _connect(self, tell: Callable[[GatewayEvent], None]) -> Gateway:
        credentials = Credentials(token=self.gateway.token(lifetime=5 * 86_400))
        return Gateway(self.gateway.host, credentials, listen=tell, clock=self.clock.now, sleep=at_once)

    async def _send(self, _: str, said: Any, __: Any) -> None:
        self.told.append(said.text)

    async def _sleep(self, _: float) -> None:
        await self._go.wait()
        self._go.clear()

    def pass_(self, seconds: float) -> None:
        self.clock.set(self.clock.now() + seconds)
        self._go.set()


@asynccontextmanager
async def living(folder: Path) -> AsyncIterator[tuple[House, Broker]]:
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(running(folder))
        source = build("iq-encharge-8.2", start=MIDNIGHT - 86_400, inverters=4)
        clock = Clock(MIDNIGHT, rate=0)
        gateway = await stack.enter_async_context(EmulatedGateway(source, clock=clock))
        house = House(gateway, broker, folder)
        tasks = [asyncio.create_task(output.run(house.live)) for output in house.outputs]
        tasks.append(asyncio.create_task(house.poller.run()))
        try:
            yield house, broker
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def announced(one: Ear) -> dict[str, dict[str, Any]]:
    return homeassistant.entities(
        {topic: said for topic, said in one.kept.items() if topic.startswith("homeassistant/")}
    )


async def test_a_day_goes_through_every_way_out_though_the_broker_is_killed(tmp_path: Path) -> None:
    async with living(tmp_path) as (house, broker):
        with house.live.subscribe(Hearing.EVERY) as heard:
            updates = aiter(heard)
            polls = 0
            for second in range(0, 86_400, STEP):
                async with asyncio.timeout(90):
                    await anext(updates)
                polls += 1
                if second == KILLED:
                    await broker.stop()
                if second == BACK:
                    await broker.start()
                await asyncio.sleep(0)
                house.pass_(STEP)
            async with asyncio.timeout(90):
                latest = await anext(updates)
        for output in house.outputs:
            await until(partial(works, output))
        serial = latest.snapshot.gateway.serial
        expected = latest.snapshot.system.value("production_lifetime")
        assert isinstance(expected, float)
        # MQTT: the broker knows everything anew, and it is the present.
        async with ear(broker) as one:

            def current(one: Ear) -> bool:
                system = one.kept.get(f"heliograph/{serial}/system")
                return system is not None and json.loads(system).get("production_lifetime") == round(expected)

            await one.until(current)
            await one.until(lambda one: one.kept.get(f"heliograph/{serial}/availability") == "online")
            panels = {f"heliograph_{serial}_inverter_{item.id}_power" for item in latest.snapshot.of(Subject.INVERTER)}
            # The broker hands what it keeps over in an order of its own.
            await one.until(lambda one: panels <= announced(one).keys() and len(announced(one)) > 100)
        assert house.outputs[0].status().failures
        # Prometheus.
        produced = "heliograph_system_production_joules_total"
        await until(lambda: value(house.prometheus.render(), produced) == expected * 3600)
        page = house.prometheus.render()
        checked(page)
        assert value(page, "heliograph_polls_total") == polls + 1
        assert value(page, "heliograph_endpoint_answers_total", endpoint="/ivp/meters/readings")
        # Notifications: an ordinary day tells of nothing but the token that expires.
        assert len(house.told) == 1
        assert "jeton" in house.told[0]
        # Files.
        last = f"production_lifetime={float(round(expected))!r}"
        await until(lambda: last in house.lines.read_text())
        assert 0 < begins(house.lines, "system,") <= polls + 1
        rows = [row for path in sorted(house.csv.iterdir()) for row in path.read_text().splitlines()]
        assert any(",system," in row for row in rows)
        counted = [float(row.split(",")[6]) for row in rows if ",production_lifetime," in row]
        assert counted == sorted(counted)
