"""What the ledger costs: microseconds an advance by hour of the day, and bytes of books, beside the cadence it serves.

Run it from the project's folder: `python benchmarks/ledger.py`.
"""

import sys
import time
from pathlib import Path
from statistics import mean, median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from heliograph.ledger import Books, Settings, advance, decode, encode
from tests.ledger.lies import told
from tests.ledger.life import PARIS, SERIAL, SPRING, Life, polls

HOUR = 3600.0
CADENCE = 60.0
COLUMNS = {"µs day": 8, "µs night": 8, "a second": 9, "of a core": 10, "bytes": 8, "µs enc": 8, "µs dec": 8}
SITES = {
    "12 inverters": Life(SPRING, inverters=12),
    "12 inverters, battery": Life(SPRING, inverters=12, battery=9000.0),
    "60 inverters, battery": Life(SPRING, inverters=60, battery=20_000.0),
    "60 inverters, without meter": Life(SPRING, inverters=60, meter=False, own_energy=False),
}


def measure(life: Life) -> tuple[list[tuple[float, float]], Books]:
    """Live a day and give (local hour, seconds of one advance) of every poll."""
    settings, books, taken = Settings(zone=PARIS), Books.open(SERIAL), []
    for raw in polls(life, 1.0, CADENCE):
        start = time.perf_counter()
        books = advance(books, raw, life.at, settings).books
        taken.append(((life.at - SPRING) / HOUR, time.perf_counter() - start))
    return taken, books


def report(name: str, life: Life) -> None:
    """Print one line."""
    taken, books = measure(life)
    day = median(seconds for hour, seconds in taken if 9 <= hour < 16) * 1e6
    night = median(seconds for hour, seconds in taken if hour < 4) * 1e6
    everything = mean(seconds for _, seconds in taken)
    start = time.perf_counter()
    for _ in range(100):
        data = encode(books)
    written = (time.perf_counter() - start) * 1e4
    start = time.perf_counter()
    for _ in range(100):
        decode(data)
    read = (time.perf_counter() - start) * 1e4
    print(
        f"{name:28} {day:8.0f} {night:8.0f} {1 / everything:9.0f} {everything / CADENCE:10.5%}"
        f" {len(data):8d} {written:8.0f} {read:8.0f}"
    )


def main() -> None:
    """Measure every site, and one that lies."""
    print(" " * 28 + "".join(f" {name:>{width}}" for name, width in COLUMNS.items()))
    for name, life in SITES.items():
        report(name, life)
    liar = Life(SPRING, inverters=60, battery=20_000.0)
    liar.lies = (told("zeros", SPRING + HOUR, SPRING + 24 * HOUR),)
    report("60 inverters, all zeros", liar)


if __name__ == "__main__":
    main()
