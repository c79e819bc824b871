"""What reading costs: CPU, requests and memory beside pyenphase, on the same emulated gateways in one run.

The emulated gateway runs in a process of its own, so that only the readers are measured. Both are measured in the same
way, in turn and several times; medians are shown, and the figures that count are the ratios.

    python benchmarks/read.py [--rounds 30] [--runs 3] [FAMILY …]
"""

import argparse
import asyncio
import gc
import multiprocessing
import statistics
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from multiprocessing.connection import Connection
from typing import Final

from pyenphase import Envoy

from heliograph.emulator.answer import Authentication
from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway
from heliograph.gateway import Credentials, Gateway

FAMILIES: Final = ("envoy-s-standard-5.0", "iq-metered-7.6", "iq-metered-8.2", "iq-encharge-8.2")
NOON: Final = 1_781_776_800.0
MINUTES: Final = 5
INTERVAL: Final = 60
"""Seconds between two readings; the peer has one rhythm for all, which its users run at 60 s."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one reader cost: milliseconds of CPU and requests in five minutes, CPU of reading all, kilobytes held."""

    cpu: float
    requests: float
    full: float
    memory: float


def serve(family: str, door: Connection) -> None:
    """Run an emulated gateway; answer `requests`, `time`, `advance SECONDS` and `stop`."""
    asyncio.run(_serve(family, door))


async def _serve(family: str, door: Connection) -> None:
    clock = Clock(NOON, rate=0)
    source = build(family, start=NOON - 86400, inverters=20)
    async with EmulatedGateway(source, clock=clock) as gateway:
        token = gateway.token() if source.authentication is Authentication.TOKEN else None
        door.send((gateway.host, token))
        loop = asyncio.get_running_loop()
        while (order := await loop.run_in_executor(None, door.recv)) != "stop":
            if order == "requests":
                door.send(gateway.counters.requests)
            elif order == "time":
                door.send(clock.now())
            else:
                clock.advance(float(order))
                door.send(None)


@dataclass(slots=True)
class Emulated:
    """The other process."""

    host: str
    token: str | None
    door: Connection

    def requests(self) -> int:
        """Count what was asked so far."""
        self.door.send("requests")
        return int(self.door.recv())

    def time(self) -> float:
        """Tell the gateway's time."""
        self.door.send("time")
        return float(self.door.recv())

    def advance(self, seconds: float) -> None:
        """Let time pass at the gateway."""
        self.door.send(str(seconds))
        self.door.recv()


@asynccontextmanager
async def emulated(family: str) -> AsyncIterator[Emulated]:
    """Start an emulated gateway in a process of its own."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(family, there), daemon=True)
    process.start()
    try:
        host, token = await asyncio.to_thread(here.recv)
        yield Emulated(host, token, here)
    finally:
        here.send("stop")
        process.join(5)


async def ours(gateway: Emulated, rounds: int) -> Cost:
    """Measure our client."""
    now = [gateway.time()]
    async with Gateway(gateway.host, Credentials(token=gateway.token), clock=lambda: now[0]) as client:
        await client.sync()

        def tick(seconds: float) -> None:
            now[0] += seconds
            gateway.advance(seconds)

        cpu, requests = await five_minutes(gateway, tick, client.read)
        # Everything is due after an hour.
        everything = await spent(lambda: tick(3600), client.read, rounds)
    return Cost(cpu, requests, everything, await held(gateway, _our_reader))


async def theirs(gateway: Emulated, rounds: int) -> Cost:
    """Measure pyenphase, updated as Home Assistant does."""
    envoy = await _their_envoy(gateway)

    cpu, requests = await five_minutes(gateway, gateway.advance, envoy.update)
    everything = await spent(lambda: gateway.advance(60), envoy.update, rounds)
    await envoy.close()
    return Cost(cpu, requests, everything, await held(gateway, _their_reader))


async def _their_envoy(gateway: Emulated) -> Envoy:
    envoy = Envoy(gateway.host)
    await envoy.setup()
    if gateway.token is None:
        await envoy.authenticate(username="installer")
    else:
        await envoy.authenticate(token=gateway.token)
    await envoy.update()
    return envoy


Read = Callable[[], Awaitable[object]]


async def five_minutes(gateway: Emulated, tick: Callable[[float], None], read: Read) -> tuple[float, float]:
    """Measure CPU (ms) and count requests over an hour of minutes, and give those of five."""
    await read()
    asked, rounds = gateway.requests(), 60
    cpu = await spent(lambda: tick(INTERVAL), read, rounds)
    return cpu * MINUTES, (gateway.requests() - asked) * MINUTES / rounds


async def spent(between: Callable[[], None], read: Read, rounds: int) -> float:
    """Give milliseconds of CPU of one reading; what passes between two is not counted."""
    gc.collect()
    total = 0.0
    for _ in range(rounds):
        between()
        before = time.process_time()
        await read()
        total += time.process_time() - before
    return total * 1000 / rounds


async def _our_reader(gateway: Emulated) -> Callable[[], Awaitable[None]]:
    client = Gateway(gateway.host, Credentials(token=gateway.token))
    await client.sync()
    await client.read()
    return client.close


async def _their_reader(gateway: Emulated) -> Callable[[], Awaitable[None]]:
    return (await _their_envoy(gateway)).close


async def held(gateway: Emulated, reader: Callable[[Emulated], Awaitable[Callable[[], Awaitable[None]]]]) -> float:
    """Give the kilobytes that a reader holds after its first reading."""
    gc.collect()
    tracemalloc.start()
    close = await reader(gateway)
    gc.collect()
    current, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await close()
    return current / 1024


def median(costs: list[Cost]) -> Cost:
    """Give the median of each figure."""
    return Cost(*(statistics.median(figures) for figures in zip(*map(astuple, costs), strict=True)))


async def main(families: list[str], rounds: int, runs: int) -> None:
    """Measure both on each family and print the ratios."""
    print(f"{'family':24}{'':6}{'CPU/5 min':>12}{'requests/5 min':>17}{'CPU, all read':>16}{'held':>12}")
    for family in families:
        async with emulated(family) as gateway:
            each = [(await ours(gateway, rounds), await theirs(gateway, rounds)) for _ in range(runs)]
        cost = {who: median(list(costs)) for who, costs in zip(("ours", "peer"), zip(*each, strict=True), strict=True)}
        for who, one in cost.items():
            print(f"{family:24}{who:6}{one.cpu:9.2f} ms{one.requests:17.1f}{one.full:13.2f} ms{one.memory:9.0f} kB")
        mine, peer = cost["ours"], cost["peer"]
        print(
            f"{'':24}{'ratio':6}{mine.cpu / peer.cpu:12.2f}{mine.requests / peer.requests:17.2f}"
            f"{mine.full / peer.full:16.2f}{mine.memory / peer.memory:12.2f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", default=list(FAMILIES))
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.families, arguments.rounds, arguments.runs))
