"""Writes history, is killed, and looks at what is left, over and over: `python -m tests.store.victim FOLDER KILLS`.

Children are forked from here, so that each costs milliseconds. Every child first checks what those before it were told
was safe, then goes on from there; it says each acknowledged number through a pipe until it is killed.
"""

import asyncio
import os
import random
import signal
import sys
import time
import zlib
from pathlib import Path

from heliograph.store import Store
from tests.store.saying import MIDNIGHT, SERIAL, snapshot, system

STEP = 600
"""Seconds of history between two polls, so that every sixth one folds the journal and days end often."""
NAMES = [system("production_power"), system("production_lifetime")]


def books_of(number: int) -> bytes:
    """Give what the ledger would have kept."""
    return f"{number} ".encode() * 500


async def check(store: Store, acknowledged: int) -> int:
    """See that everything acknowledged is there, and the books agree; give the last number that is there."""
    if not await store.gateways():
        assert acknowledged == 0, f"{acknowledged} acknowledged, nothing there"
        return 0
    books = await store.load_books(SERIAL)
    assert books is not None
    last = int(books.split()[0])
    assert books == books_of(last)
    assert last >= acknowledged, f"{acknowledged} acknowledged, books say {last}"
    found: set[float] = set()
    for day in range(MIDNIGHT, MIDNIGHT + (last + 1) * STEP, 86_400):
        power, _ = await store.series(SERIAL, NAMES, day, min(day + 86_400, MIDNIGHT + (last + 1) * STEP), "raw")
        found |= {float(value) for value in power.value if value is not None}
    missing = set(map(float, range(1, last + 1))) - found
    assert not missing, f"missing: {sorted(missing)[:10]}"
    assert max(found) == last, f"samples up to {max(found)}, books say {last}"
    total = await store.energy(SERIAL, NAMES[1:], MIDNIGHT, MIDNIGHT + (last + 1) * STEP)
    assert total[NAMES[1]] == (last - 1) * 10.0
    return last


async def live(folder: Path, pipe: int, acknowledged: int) -> None:
    """Check, then write until killed."""
    async with await Store.open(folder, clock=lambda: float(MIDNIGHT)) as store:
        number = await check(store, acknowledged)
        os.write(pipe, f"{number}\n".encode())
        while True:
            number += 1
            values = {"production_power": float(number), "production_lifetime": number * 10.0}
            await store.write(snapshot(MIDNIGHT + number * STEP, values), zone="Europe/Paris", books=books_of(number))
            os.write(pipe, f"{number}\n".encode())


def child(folder: Path, pipe: int, acknowledged: int) -> None:
    """Run in the fork; never return."""
    try:
        asyncio.run(live(folder, pipe, acknowledged))
    except BaseException as err:  # noqa: BLE001 - whatever it is, the parent must hear of it
        os.write(pipe, f"error {err!r}\n".encode())
    os._exit(1)


def main(folder: Path, kills: int) -> int:
    """Kill children until the last one has found everything."""
    chance = random.Random(zlib.crc32(str(folder).encode()))  # noqa: S311 - moments to die
    acknowledged = 0
    for _ in range(kills):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            child(folder, writer, acknowledged)
        os.close(writer)
        with os.fdopen(reader, "r") as lines:
            wanted = chance.randrange(2, 60)
            for line in lines:
                if line.startswith("error"):
                    sys.stdout.write(line)
                    return 1
                acknowledged = int(line)
                wanted -= 1
                if wanted == 0:
                    time.sleep(chance.random() * 0.005)
                    os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    sys.stdout.write(f"{acknowledged}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
