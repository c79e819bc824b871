"""What the running service costs with 1, 100 and, with --all, 1 000 emulated gateways, nobody looking.

Processor seconds, resident and unshared memory, wake-ups, bytes written and requests. Service and gateways are
processes of their own; the figures are the service's alone, at the promised cadence. Usage:
`python benchmarks/service.py [--all] [--minutes 10] [--gateways 1 100] [--inverters 26]`.
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
from dataclasses import astuple, dataclass
from pathlib import Path

from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway
from heliograph.gateway import Credentials
from heliograph.gateway.remembered import Memory as Remembering
from heliograph.gateway.remembered import Remembered

FAMILY = "iq-metered-8.2"
HOME_ASSISTANT = """\
Home Assistant with its own integration and nothing else, one gateway, measured elsewhere on the same recordings:
0.35 s of processor in 10 minutes; 176 to 253 MB resident; 5 to 8 MB written an hour; 50 requests in 5 minutes over
5 new connections; first values after 5.6 to 10.5 s."""
REQUESTS = "requests"
"""The file in which the gateways tell how often they were asked."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """What one run cost."""

    gateways: int
    first_values: float
    """Seconds after the start, as `all_read`."""
    all_read: float
    memory: "Memory"
    used: "Use"
    """In ten minutes."""
    stop: float
    """Seconds."""


@dataclass
class Use:
    """What a process used up, from its start or in ten minutes."""

    processor: float
    """Seconds."""
    wakeups: float
    written: float
    """MB."""
    requests: float

    @classmethod
    def of(cls, pid: int, folder: Path) -> "Use":
        """Return what it used up so far; requests as the gateways count them."""
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        tasks = [status_of(task) for task in Path(f"/proc/{pid}/task").iterdir()]
        switches = sum(int(task["voluntary_ctxt_switches"]) for task in tasks)
        written = int(table(Path(f"/proc/{pid}/io"))["write_bytes"]) / 1e6
        requests = int((folder / REQUESTS).read_text() or 0)
        return cls((int(fields[11]) + int(fields[12])) / TICKS, switches, written, requests)

    def since(self, before: "Use", seconds: float) -> "Use":
        """Return what was used up since then, as if it were ten minutes."""
        return Use(*((now - then) * 600 / seconds for now, then in zip(astuple(self), astuple(before), strict=True)))


@dataclass
class Memory:
    """MB of a process: resident, its peak, and what it shares with nobody."""

    resident: float
    peak: float
    unshared: float

    @classmethod
    def of(cls, pid: int) -> "Memory":
        """Return what it takes now."""
        status, parts = status_of(Path(f"/proc/{pid}")), table(Path(f"/proc/{pid}/smaps_rollup"))
        unshared = sum(int(parts[key].split()[0]) for key in ("Private_Clean", "Private_Dirty"))
        now, peak = (int(status[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))
        return cls(now, peak, unshared / 1024)


def table(path: Path) -> dict[str, str]:
    """Return the lines of a file of the kernel by what stands before the colon."""
    return dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)


def status_of(process: Path) -> dict[str, str]:
    """Return what the kernel tells of a process or thread."""
    return table(process / "status")


def online(url: str) -> int:
    """Give how many gateways are online."""
    try:
        with urllib.request.urlopen(f"{url}/api/v1/health", timeout=30) as answer:  # noqa: S310 - our own service
            parts = {part["name"]: part["details"] for part in json.load(answer)["parts"]}
    except OSError:
        return 0
    return int(parts["poller"].get("online", 0))


async def serve(count: int, inverters: int, folder: Path) -> None:
    """Serve emulated gateways for ever, and remember them as known."""
    now = time.time()
    async with AsyncExitStack() as stack:
        known, gateways = Remembering(folder), []
        for number in range(count):
            source = build(FAMILY, start=now, inverters=inverters, seed=number, serial=f"1220{number:08}")
            gateway = await stack.enter_async_context(EmulatedGateway(source, clock=Clock(now)))
            gateways.append(gateway)
            token = gateway.token(lifetime=300 * 86_400)
            known.save(Remembered(source.serial, f"Roof {number}", gateway.host, credentials=Credentials(token=token)))
        while True:
            (folder / REQUESTS).write_text(str(sum(gateway.counters.requests for gateway in gateways)))
            await asyncio.sleep(1)


async def measure(count: int, inverters: int, minutes: float) -> Cost:
    """Run the service with so many gateways for some minutes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        arguments = ("--serve", str(count), str(inverters), name)
        emulator = await asyncio.create_subprocess_exec(sys.executable, __file__, *arguments)
        while not (folder / REQUESTS).exists():  # noqa: ASYNC110 - another process makes it
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
            return await watched(count, minutes, service, folder=folder, url=url, began=began)
        finally:
            for process in (service, emulator):
                if process.returncode is None:
                    process.kill()
                await process.wait()


async def watched(
    count: int, minutes: float, service: asyncio.subprocess.Process, *, folder: Path, url: str, began: float
) -> Cost:
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
    before, since = Use.of(service.pid, folder), time.monotonic()
    await asyncio.sleep(minutes * 60)
    used = Use.of(service.pid, folder).since(before, time.monotonic() - since)
    memory = Memory.of(service.pid)
    began = time.monotonic()
    service.terminate()
    await service.wait()
    return Cost(count, first, everything, memory, used, time.monotonic() - began)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", nargs=3, metavar=("COUNT", "INVERTERS", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--gateways", type=int, nargs="+", default=[1, 100])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--inverters", type=int, default=26)
    parser.add_argument("--all", action="store_true", help="with 1 000 gateways too")
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(int(given.serve[0]), int(given.serve[1]), Path(given.serve[2])))
        return
    counts = [*given.gateways, *([1000] if given.all else [])]
    print(
        "gateways | first values s | all read s | memory MB | peak MB | unshared MB | processor s / 10 min | "
        "wake-ups / 10 min | written MB / h | requests / 5 min | stop s"
    )
    print("---|---|---|---|---|---|---|---|---|---|---")
    for count in counts:
        cost = asyncio.run(measure(count, given.inverters, given.minutes))
        memory, used = cost.memory, cost.used
        print(
            f"{cost.gateways} | {cost.first_values:.1f} | {cost.all_read:.1f} | {memory.resident:.0f} | "
            f"{memory.peak:.0f} | {memory.unshared:.0f} | {used.processor:.2f} | {used.wakeups:.0f} | "
            f"{used.written * 6:.1f} | {used.requests / 2:.0f} | {cost.stop:.1f}",
            flush=True,
        )
    print(HOME_ASSISTANT)


if __name__ == "__main__":
    main()
