"""What the running service costs: memory and processor with 1, 100 and, with --all, 1 000 emulated gateways.

Service and gateways are processes of their own; the figures are the service's alone, at the promised cadence. Usage:
`python benchmarks/service.py [--all] [--minutes 3] [--gateways 1 100]`.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
import urllib.request
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway
from heliograph.gateway import Credentials
from heliograph.gateway.remembered import Memory, Remembered

FAMILY = "iq-metered-8.2"
INVERTERS = 15
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """What one run cost: seconds, MB, and percent of one core."""

    gateways: int
    first_values: float
    all_read: float
    resident: float
    peak: float
    processor: float
    stop: float


def resident(pid: int) -> tuple[float, float]:
    """Give resident memory now and at its peak, MB."""
    found = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(found[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))  # type: ignore[return-value]


def processor(pid: int) -> float:
    """Give the seconds of processor used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def online(url: str) -> int:
    """Give how many gateways are online."""
    try:
        with urllib.request.urlopen(f"{url}/api/v1/health", timeout=30) as answer:  # noqa: S310 - our own service
            parts = {part["name"]: part["details"] for part in json.load(answer)["parts"]}
    except OSError:
        return 0
    return int(parts["poller"].get("online", 0))


async def serve(count: int, folder: Path, ready: Path) -> None:
    """Serve emulated gateways for ever, and remember them as known."""
    now = time.time()
    async with AsyncExitStack() as stack:
        memory = Memory(folder)
        for number in range(count):
            source = build(FAMILY, start=now, inverters=INVERTERS, seed=number, serial=f"1220{number:08}")
            gateway = await stack.enter_async_context(EmulatedGateway(source, clock=Clock(now)))
            token = gateway.token(lifetime=300 * 86_400)
            memory.save(Remembered(source.serial, f"Roof {number}", gateway.host, credentials=Credentials(token=token)))
        ready.touch()  # noqa: ASYNC240 - once
        await asyncio.Event().wait()


async def measure(count: int, minutes: float) -> Cost:
    """Run the service with so many gateways for some minutes."""
    with tempfile.TemporaryDirectory() as name:
        folder, ready = Path(name), Path(name) / "ready"
        emulator = await asyncio.create_subprocess_exec(sys.executable, __file__, "--serve", str(count), name)
        while not ready.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.1)
        environment = os.environ | {
            "HELIOGRAPH_DATA": name,
            "HELIOGRAPH_WEB_PORT": "8499",
            "HELIOGRAPH_LOG_LEVEL": "error",
        }
        url, began = "http://127.0.0.1:8499", time.monotonic()
        command = [str(Path(sys.executable).with_name("heliograph")), "run"]
        service = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.DEVNULL)
        try:
            return await watched(count, minutes, service, url, began)
        finally:
            for process in (service, emulator):
                if process.returncode is None:
                    process.kill()
                await process.wait()
            del folder


async def watched(count: int, minutes: float, service: asyncio.subprocess.Process, url: str, began: float) -> Cost:
    """Watch the service from its start to its stop."""
    first = everything = 0.0
    while not everything:
        await asyncio.sleep(0.05 if not first else 0.5)
        there = await asyncio.to_thread(online, url)
        if there and not first:
            first = time.monotonic() - began
        if there == count:
            everything = time.monotonic() - began
    # The start, with every gateway interviewed, is not the usual; begin when it is over.
    await asyncio.sleep(30)
    before, since = processor(service.pid), time.monotonic()
    await asyncio.sleep(minutes * 60)
    used = (processor(service.pid) - before) / (time.monotonic() - since)
    now, peak = resident(service.pid)
    began = time.monotonic()
    service.terminate()
    await service.wait()
    return Cost(count, first, everything, now, peak, 100 * used, time.monotonic() - began)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", nargs=2, metavar=("COUNT", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--gateways", type=int, nargs="+", default=[1, 100])
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--all", action="store_true", help="with 1 000 gateways too")
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(int(given.serve[0]), Path(given.serve[1]), Path(given.serve[1]) / "ready"))
        return
    counts = [*given.gateways, *([1000] if given.all else [])]
    print("gateways | first values s | all read s | memory MB | peak MB | processor % of a core | each % | stop s")
    print("---|---|---|---|---|---|---|---")
    for count in counts:
        cost = asyncio.run(measure(count, given.minutes))
        print(
            f"{cost.gateways} | {cost.first_values:.1f} | {cost.all_read:.1f} | {cost.resident:.0f} | "
            f"{cost.peak:.0f} | {cost.processor:.2f} | {cost.processor / count:.3f} | {cost.stop:.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
