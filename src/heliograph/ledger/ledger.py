"""The advance: books and a raw snapshot in; books, a trusted snapshot and what became of findings out."""

from dataclasses import dataclass, replace
from typing import Final

from heliograph.ledger import clocks, days, fresh
from heliograph.ledger.accounts import keep
from heliograph.ledger.bench import Bench, Settings
from heliograph.ledger.books import Account, Books, BooksError, Day, Panel, Rivals, Steady
from heliograph.ledger.counters import GAP
from heliograph.ledger.detectors import POWERS, production_distrusted, run
from heliograph.ledger.devices import count_devices
from heliograph.ledger.periods import PERIODS
from heliograph.ledger.spans import LONG
from heliograph.ledger.storage import STORAGE
from heliograph.model import Equipment, Finding, Snapshot, Subject

FORGET: Final = 30 * 86_400.0
"""Seconds after which an inverter that is no longer listed leaves the books."""
STEADY: Final = ("production_power", "consumption_power", "net_power")
"""The powers that are watched for standing still."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A finding that is over."""

    finding: Finding
    until: float
    """Epoch seconds UTC."""


@dataclass(frozen=True, slots=True)
class Advance:
    """What one advance gives."""

    books: Books
    """Persist them now and then: going on from older ones is right, too."""
    snapshot: Snapshot
    """Trusted; its findings are all that are in force."""
    opened: tuple[Finding, ...]
    closed: tuple[Closed, ...]


def advance(books: Books, raw: Snapshot, at: float, settings: Settings) -> Advance:
    """Take one more raw snapshot of a gateway into its books.

    `at` is the present by our clock, epoch seconds UTC; where the gateway's differs, `clocks` decides. A snapshot may
    hold all equipment or part of it; what it does not hold is not in the trusted one either, and no worse for it.

    Raises:
        BooksError: the books belong to another gateway.
    """
    if books.serial != raw.gateway.serial:
        raise BooksError("books_foreign", expected=books.serial, found=raw.gateway.serial)
    bench = _bench(books, raw, at, settings)
    fresh.observe(bench)
    bench.set_limits()
    fresh.judge(bench)
    fresh.judge_clocks(bench)
    accounts = books.accounts
    count_devices(bench)
    if bench.system is not None:
        run(bench, STORAGE)
        run(bench, POWERS)
        accounts = keep(bench)
        run(bench, PERIODS)
    return _close(bench, accounts)


def _bench(books: Books, raw: Snapshot, machine_time: float, settings: Settings) -> Bench:
    at, clock = clocks.present(books, raw.skew, machine_time)
    day = books.day
    if day is None or not day.start <= at < day.end or books.zone != str(settings.zone):
        day = days.day_of(at, settings.zone)
    system = raw.find(Subject.SYSTEM)
    return Bench(
        books=books,
        raw=raw,
        at=at,
        machine_time=machine_time,
        clock=clock,
        settings=settings,
        day=day,
        system=system,
        values={} if system is None else dict(system.values),
        said={} if system is None else system.values,
        absent={} if system is None else dict(system.absent),
        counters=books.counters.copy(),
        panels=books.panels.copy(),
        watches=books.watches.copy(),
        fleet=books.fleet,
        listed=books.listed,
        gap=max(GAP, 3 * books.pace),
    )


def _close(bench: Bench, accounts: dict[str, Account]) -> Advance:
    books, at, raw = bench.books, bench.at, bench.raw
    _carry_over(bench)
    opened = tuple(finding for name, finding in bench.findings.items() if name not in books.findings)
    closed = tuple(Closed(finding, at) for name, finding in books.findings.items() if name not in bench.findings)
    kept = Books(
        serial=books.serial,
        at=at,
        pace=_pace(books, at),
        zone=str(bench.settings.zone),
        day=bench.day,
        counters=bench.counters,
        accounts=accounts,
        panels=_remembered(bench),
        listed=bench.listed,
        fleet=bench.fleet,
        steady=_steady(bench),
        rivals=_rivals(bench),
        pulses=fresh.learn_pulses(bench),
        clock=bench.clock,
        watches=bench.watches,
        findings=bench.findings,
    )
    findings = (*raw.findings, *bench.findings.values())
    return Advance(kept, replace(raw, equipment=_equipment(bench), findings=findings), opened, closed)


def _equipment(bench: Bench) -> tuple[Equipment, ...]:
    system = bench.system
    if system is None:
        return tuple(bench.equipment)
    mended = Equipment(
        system.subject, system.id, bench.values, bench.absent, system.model, system.part_number, system.retired
    )
    return (mended, *bench.equipment)


def _carry_over(bench: Bench) -> None:
    """Keep what is in force of equipment that this snapshot says nothing about."""
    if not bench.books.findings:
        return
    spoken_of = {item.subject for item in bench.raw.equipment}
    for name, finding in bench.books.findings.items():
        if name not in bench.findings and finding.subject not in spoken_of:
            bench.findings[name] = finding


def _pace(books: Books, at: float) -> float:
    interval = at - books.at
    if not books.at or not 0 < interval <= 3600:
        return books.pace
    return books.pace + (0.5 if interval < books.pace else 0.2) * (interval - books.pace)


def _remembered(bench: Bench) -> dict[str, Panel]:
    if bench.books.day is None or bench.books.day.ordinal == bench.day.ordinal:
        return bench.panels
    return {
        serial: panel for serial, panel in bench.panels.items() if not panel.seen or bench.at - panel.seen <= FORGET
    }


def _steady(bench: Bench) -> dict[str, Steady]:
    steady = dict(bench.books.steady)
    for key in STEADY:
        said, known = bench.said.get(key), steady.get(key)
        if said is None or isinstance(said.value, str):
            continue
        if known is None or known.value != said.value:
            steady[key] = Steady(float(said.value), bench.at, bench.fleet.energy)
    return steady


def _rivals(bench: Bench) -> Rivals:
    """Add what meter and inverters say of the same minutes."""
    books, seconds = bench.books, bench.at - bench.books.at
    rivals = books.rivals if _same_day(books.day, bench.day) else Rivals()
    power = bench.number("production_power")
    if power is None or not 0 < seconds <= LONG or not fresh.reports(bench) or production_distrusted(bench):
        return rivals
    hours = seconds / 3600
    return Rivals(rivals.meter + power * hours, rivals.inverters + bench.fleet.energy - books.fleet.energy)


def _same_day(one: Day | None, other: Day) -> bool:
    return one is not None and one.ordinal == other.ordinal
