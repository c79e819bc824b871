"""What the current transformers show: one sample a phase, in whole thousandths, so that sums are exact."""

from dataclasses import astuple, dataclass
from math import isqrt

from heliograph.emulator.documents.view import View
from heliograph.emulator.site.books import Books
from heliograph.emulator.site.noise import chance
from heliograph.emulator.site.plan import Measurement


@dataclass(frozen=True, slots=True)
class Registers:
    """Energies of one phase, in mWh, mvarh and mVAh."""

    delivered: int
    received: int
    lead: int
    lagging: int
    apparent: int


@dataclass(frozen=True, slots=True)
class Sample:
    """Powers of one phase in mW, mvar and mVA, with its voltage in mV and current in mA."""

    power: int
    reactive: int
    apparent: int
    voltage: int
    current: int


NOTHING = Sample(0, 0, 0, 0, 0)
EMPTY = Registers(0, 0, 0, 0, 0)


def sum_samples(samples: list[Sample]) -> Sample:
    """Add up phases as the gateway does: voltages too."""
    return Sample(*(sum(column) for column in zip(*map(astuple, samples), strict=True)))


def sum_registers(registers: list[Registers]) -> Registers:
    """Add up the energies of phases."""
    return Registers(*(sum(column) for column in zip(*map(astuple, registers), strict=True)))


def channel_eid(eid: int, phase: int) -> int:
    """Return the number of one channel of a device."""
    return (eid | 0x40000011) + phase


def registers(measurement: Measurement, books: Books) -> list[Registers]:
    """Return the energies of each phase of a measurement, from the one truth."""
    if measurement is Measurement.PRODUCTION:
        pairs = zip(books.delivered, books.received, strict=True)
        return [Registers(d, r, d // 400, d // 6 + 12 * r, d + d // 10 + 12 * r) for d, r in pairs]
    if measurement is Measurement.NET:
        pairs = zip(books.imported, books.exported, strict=True)
        return [Registers(i, e, i * 2 // 5 + e // 4, i // 90, (i + e) * 115 // 100) for i, e in pairs]
    if measurement is Measurement.STORAGE:
        pairs = zip(books.discharged, books.charged, strict=True)
        return [Registers(d, c, (d + c) // 60, (d + c) // 8, (d + c) * 21 // 20) for d, c in pairs]
    if measurement is Measurement.TOTAL:
        return [Registers(c, 0, c * 2 // 5, c // 90, c * 115 // 100) for c in books.consumed]
    rest = [EMPTY] * (len(books.delivered) - 1)
    if measurement is Measurement.BACKFEED:
        first = books.discharged[0], books.charged[0]
        return [Registers(*first, sum(first) // 400, sum(first) // 900, 0), *rest]
    return [EMPTY, *rest]


def _electric(power: int, reactive: int, voltage: int) -> Sample:
    apparent = isqrt(power * power + reactive * reactive)
    return Sample(power, reactive, apparent, voltage, apparent * 1000 // voltage)


def samples(view: View, measurement: Measurement) -> list[Sample]:
    """Return the powers of each phase of a measurement, whether or not its CT is enabled."""
    moment = view.moment
    powers = {
        Measurement.PRODUCTION: moment.production,
        Measurement.NET: moment.net,
        Measurement.STORAGE: moment.battery,
        Measurement.TOTAL: moment.consumption,
    }.get(measurement)
    if powers is None:
        rest = [NOTHING] * (len(moment.voltages) - 1)
        # The combiner's backfeed input sees the batteries on its first conductor.
        back = (
            _electric(moment.battery[0], 9_000, moment.voltages[0]) if measurement is Measurement.BACKFEED else NOTHING
        )
        return [back, *rest]
    return [
        _electric(power, _reactive(measurement, power, load), voltage)
        for power, load, voltage in zip(powers, moment.consumption, moment.voltages, strict=True)
    ]


def _reactive(measurement: Measurement, power: int, load: int) -> int:
    """Return the reactive power: inverters and filters at rest are capacitors, motors are coils."""
    if measurement is Measurement.PRODUCTION:
        return 22_000 + power // 30
    if measurement is Measurement.STORAGE:
        return power // 14
    return -(60_000 + load // 5)


def stray(view: View, eid: int, phase: int) -> tuple[Sample, Registers]:
    """Return what an input shows to which nothing is connected: noise in Europe, nothing in America."""
    if view.plan.wiring.mode == "split":
        return NOTHING, EMPTY
    level = chance(view.plan.seed + 53, eid + phase)
    power = -round(1100 * level) if phase % 2 == 0 else 0
    sample = Sample(power, 0, abs(power) * 2, 1500 + round(4800 * level), round(240 * level) if power else 0)
    return sample, Registers(0, round(2e7 * level), round(1300 * level), round(1.4e6 * level), round(3.6e6 * level))


def junk(view: View, eid: int) -> tuple[list[Sample], list[Registers]]:
    """Return what a disabled CT shows: real voltages, powers and energies out of thin air."""
    made = []
    for phase, voltage in enumerate(view.moment.voltages):
        level = chance(view.plan.seed + 59, eid + phase + view.now // 7)
        stale = chance(view.plan.seed + 61, eid + phase)
        sample = _electric(round(6000 * (level - 0.4)), round(900 * level), voltage)
        made.append((sample, Registers(round(9e5 * stale), round(1.2e6 * stale), 31_000, 42_000, round(1.5e7 * stale))))
    return [sample for sample, _ in made], [register for _, register in made]


def power_factor(sample: Sample, digits: int) -> float:
    """Return the power factor as it is printed."""
    return round(sample.power / sample.apparent, digits) if sample.apparent else 0.0
