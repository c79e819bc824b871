"""What each way out costs per update: milliseconds of processor, for a roof of 50 inverters and two batteries.

Peers are on this machine; MQTT needs Mosquitto. Usage: `python -m benchmarks.outputs [--updates 100]`.
Two figures for each: a minute in which only the system's values moved, and one in which every device spoke anew.
"""

import argparse
import asyncio
import logging
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from heliograph.live import Live, Update
from heliograph.model import Equipment, Quantity, Subject
from heliograph.outputs.base import Status
from tests.outputs.contract.ways import WAYS, Place, Way, under_way
from tests.outputs.samples import AT, SERIAL, everything, full, update

INVERTERS = 50


def roof() -> list[Equipment]:
    """Give the equipment of a large roof."""
    panels = [full(Subject.INVERTER, str(482200000100 + number)) for number in range(INVERTERS)]
    others = [item for item in everything() if item.subject is not Subject.INVERTER]
    return [*others, *panels, full(Subject.BATTERY, "492200000002")]


def moved(item: Equipment, at: float) -> Equipment:
    """Give an equipment with another value wherever it has a number."""
    still = {Quantity.FLAG, Quantity.STATE, Quantity.TEXT, Quantity.TIME}
    values = {
        key: reading
        if reading.metric.quantity in still
        else structs.replace(reading, value=random.uniform(1, 1000), at=at)  # noqa: S311 - a benchmark
        for key, reading in item.values.items()
    }
    return replace(item, values=values)


def minute(items: list[Equipment], number: int, *, devices: bool) -> Update:
    """Give the update of a minute."""
    at = AT + 60 * number
    return update([moved(item, at) if devices or item.id == SERIAL else item for item in items], at=at)


async def cost(way: Way, updates: int, *, devices: bool) -> float:
    """Measure the processor time of one update, in milliseconds."""
    items, live = roof(), Live()
    made = [minute(items, number, devices=devices) for number in range(1, updates + 1)]
    with tempfile.TemporaryDirectory() as folder:
        live.publish(update(items))
        async with under_way(way.alive, Place(live, Path(folder), asyncio.sleep)) as (_, output, said):
            status = output.status()
            await delivered(status, 0)
            begin = time.process_time()
            for one in made:
                before = status.delivered
                live.publish(one)
                await delivered(status, before)
                if way.name == "prometheus":
                    # The page is the cost.
                    said()
            return (time.process_time() - begin) / updates * 1000


async def delivered(status: Status, before: int) -> None:
    """Wait until one more is delivered."""
    while status.delivered == before:  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=100)
    updates = parser.parse_args().updates
    logging.disable(logging.CRITICAL)
    print(f"{INVERTERS} inverters; milliseconds of processor per update, the peer's listener of the bench included")
    print(f"{'':15}{'system only':>14}{'every device':>14}")
    for way in WAYS:
        figures = [await cost(way, updates, devices=devices) for devices in (False, True)]
        print(f"{way.name:15}" + "".join(f"{figure:14.2f}" for figure in figures))


if __name__ == "__main__":
    asyncio.run(main())
