"""The running service with its ways out: a real Prometheus scrapes it, a real broker is told by it."""

import asyncio
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from heliograph.app import file
from heliograph.app.outputs import Surroundings, make_all
from heliograph.app.service import Service
from heliograph.app.settings import TABLE, Settings
from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway
from heliograph.gateway import Credentials
from heliograph.gateway.remembered import Memory, Remembered
from heliograph.live import Live
from tests.outputs.broker import ear, free_port, running
from tests.outputs.test_prometheus import checked, value


@asynccontextmanager
async def served(folder: Path, environment: Mapping[str, str]) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """Run the service with one emulated gateway; give a client and the gateway's serial."""
    given = {"HELIOGRAPH_WEB_PORT": "0", "HELIOGRAPH_LOG_LEVEL": "error", **environment}
    now = time.time()
    source = build("iq-metered-8.2", start=now - 86_400, inverters=3)
    async with EmulatedGateway(source, clock=Clock(now)) as gateway:
        token = Credentials(token=gateway.token(lifetime=86_400))
        Memory(folder).save(Remembered(source.serial, "roof", gateway.host, credentials=token))
        service = Service(file.load(folder / file.NAME, given), folder, environment=given)
        service.prepare()
        task = asyncio.create_task(service.run())
        async with httpx.AsyncClient(base_url=service.url, timeout=20) as client:
            try:
                yield client, source.serial
            finally:
                service.stop()
                await task


async def page(client: httpx.AsyncClient) -> bytes:
    """Give the page once the gateway stands on it."""
    async with asyncio.timeout(90):
        while True:
            try:
                answer = await client.get("/metrics")
            except httpx.TransportError:
                continue
            if answer.status_code == 200 and b"heliograph_system_production_joules_total{" in answer.content:
                assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
                return answer.content
            await asyncio.sleep(0)


async def test_the_page_of_the_running_service_is_as_promtool_wants_it(tmp_path: Path) -> None:
    async with served(tmp_path, {}) as (client, serial):
        text = await page(client)
        checked(text)
        assert value(text, "heliograph_gateway_up", gateway="roof", gateway_serial=serial) == 1
        assert value(text, "heliograph_endpoint_answers_total", endpoint="/ivp/meters/readings")
        assert (await client.head("/metrics")).content == b""
        narrow = await client.get("/metrics", params={"subject": ["system", "service"]})
        assert "heliograph_gateway_up" in narrow.text
        assert "heliograph_inverter" not in narrow.text
        assert (await client.get("/metrics?subject=roof")).status_code == 400
        assert (await client.post("/metrics")).status_code in {403, 405}
        health = (await client.get("/api/v1/health")).json()
        assert "output prometheus" in json.dumps(health)


async def test_beyond_this_machine_the_page_needs_a_key(tmp_path: Path) -> None:
    async with served(tmp_path, {"HELIOGRAPH_WEB_LOGIN": "always"}) as (client, _):
        async with asyncio.timeout(90):
            while True:
                try:
                    answer = await client.get("/metrics")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0)
        assert answer.status_code == 401


async def test_the_page_can_be_taken_away(tmp_path: Path) -> None:
    async with served(tmp_path, {"HELIOGRAPH_PROMETHEUS_ENABLED": "false"}) as (client, _):
        async with asyncio.timeout(90):
            while True:
                try:
                    answer = await client.get("/metrics")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0)
        assert b"heliograph_" not in answer.content


@asynccontextmanager
async def prometheus(folder: Path, target: str) -> AsyncIterator[httpx.AsyncClient]:
    program = shutil.which("prometheus")
    if program is None:
        assert os.environ.get("CI") != "true", "Prometheus is missing"
        pytest.skip("Prometheus is not installed")
    port = free_port()
    rules = Path(__file__).parents[2] / "docs" / "prometheus" / "heliograph.rules.yml"
    configuration = {
        "global": {"scrape_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": "heliograph", "static_configs": [{"targets": [target]}]}],
    }
    (folder / "prometheus.yml").write_text(json.dumps(configuration))
    process = await asyncio.create_subprocess_exec(
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            yield client
    finally:
        process.terminate()
        await process.wait()


async def test_a_real_prometheus_scrapes_the_running_service(tmp_path: Path) -> None:
    async with served(tmp_path, {}) as (client, serial):
        await page(client)
        target = f"{client.base_url.host}:{client.base_url.port}"
        async with prometheus(tmp_path, target) as database, asyncio.timeout(60):
            found: list[dict[str, object]] = []
            while not found:
                try:
                    query = {"query": f'heliograph_system_production_joules_total{{serial="{serial}"}}'}
                    found = (await database.get("/api/v1/query", params=query)).json()["data"]["result"]
                except (httpx.TransportError, KeyError, json.JSONDecodeError):
                    pass
                await asyncio.sleep(0.05)
            targets = (await database.get("/api/v1/targets")).json()["data"]["activeTargets"]
            loaded = (await database.get("/api/v1/rules")).json()["data"]["groups"]
    assert [(one["health"], one["lastError"]) for one in targets] == [("up", "")]
    assert len(loaded[0]["rules"]) == 8


async def read_at(client: httpx.AsyncClient) -> float:
    """Give when the gateway was last read."""
    text = (await client.get("/metrics")).content
    return value(text, "heliograph_snapshot_timestamp_seconds") or 0.0


async def test_a_broker_given_by_the_environment_is_told_and_heard(tmp_path: Path) -> None:
    async with running(tmp_path) as broker:
        given = {"HELIOGRAPH_MQTT_HOST": "127.0.0.1", "HELIOGRAPH_MQTT_PORT": str(broker.port)}
        async with ear(broker) as one, served(tmp_path / "data", given) as (client, serial):
            await one.until(lambda one: f"heliograph/{serial}/inverter" in " ".join(one.kept))
            first = await read_at(client)
            await one.client.publish(f"heliograph/{serial}/command/refresh", "")
            async with asyncio.timeout(30):
                while await read_at(client) == first:  # noqa: ASYNC110 - the service has no event for it
                    await asyncio.sleep(0)
            assert "output mqtt" in json.dumps((await client.get("/api/v1/health")).json())


def test_every_output_is_made_of_its_settings_and_none_unasked(tmp_path: Path) -> None:
    def make(settings: Settings) -> list[str]:
        around = Surroundings(Live(), lambda _, __: None, "en", "Europe/Paris", tmp_path, dict)
        return [output.name for output in make_all(settings, around)]

    environment = {
        "HELIOGRAPH_MQTT_HOST": "broker",
        "HELIOGRAPH_NOTIFICATIONS_TO": "ntfy://x https://y",
        "HELIOGRAPH_INFLUX_TO": str(tmp_path / "lines"),
        "HELIOGRAPH_FILES_FOLDER": str(tmp_path / "csv"),
    }
    assert make(Settings()) == ["prometheus"]
    wanted = ["mqtt", "prometheus", "notifications", "influx", "files"]
    assert make(file.load(tmp_path / "none", environment).settings) == wanted


@pytest.mark.parametrize("key", ["mqtt.password", "notifications.to", "influx.to", "influx.token"])
def test_a_secret_is_not_shown(tmp_path: Path, key: str) -> None:
    effective = file.load(tmp_path / "none", {TABLE[key].variable: "tgram://s3cret/chat"})
    assert file.shown(effective, TABLE[key]) == file.HIDDEN
    assert file.shown(file.load(tmp_path / "none", {}), TABLE[key]) == ""
