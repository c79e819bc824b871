"""All kinds of stories: one row each, what happens and which findings tell the truth of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.stories import faults
from tests.stories.faults import FOREVER, NET, PRODUCTION, STORAGE
from tests.stories.gateway import WRAP, Fault, Gateway
from tests.stories.site import COUNTERS, Site, moment
from tests.stories.story import Story

PARIS, NEW_YORK, LORD_HOWE = (ZoneInfo(name) for name in ("Europe/Paris", "America/New_York", "Australia/Lord_Howe"))
HOUR, DAY = 3600.0, 86400.0
CADENCES = (60.0, 120.0, 300.0, 300.0, 300.0, 300.0)


@dataclass(frozen=True)
class Kind:
    """One kind of story."""

    name: str
    what: str
    make: Callable[[Random, Story], None]
    """Adds to a healthy story what goes wrong; may replace its gateway."""
    codes: frozenset[str] = frozenset()
    """Findings that tell the truth of it."""
    metered: bool | None = True
    """None: every other seed has no meter."""
    gaps: str = ""
    """What no reader can know, in words."""


ODD_DAY = ("implausible_account", "today_differs", "week_differs")
"""A gateway whose counter jumps tells a day that is not so."""

KINDS: dict[str, Kind] = {}


def kind(
    what: str, *codes: str, metered: bool | None = True, gaps: str = ""
) -> Callable[[Callable[[Random, Story], None]], Callable[[Random, Story], None]]:
    """Register a kind under the name of its function."""

    def register(make: Callable[[Random, Story], None]) -> Callable[[Random, Story], None]:
        name = make.__name__.removeprefix("_")
        KINDS[name] = Kind(name, what, make, frozenset(codes), metered, gaps)
        return make

    return register


def story(name: str, seed: int) -> Story:
    """Return one story; the same seed is the same story."""
    chosen = KINDS[name]
    # Not `hash`, which differs from run to run.
    random = Random(f"{name} {seed}")  # noqa: S311 - chance, not secrecy
    metered = seed % 2 == 0 if chosen.metered is None else chosen.metered
    told = healthy(random, name, seed, metered=metered)
    chosen.make(random, told)
    told.codes |= chosen.codes
    return told


def healthy(random: Random, name: str, seed: int, *, metered: bool, zone: ZoneInfo = PARIS) -> Story:
    """Return a story in which nothing goes wrong: first midnight, then some hours until the program begins."""
    # The first of each kind is quick: it is told by the ordinary tests.
    inverters = random.choice((1, 3, 6, 6, 9, 24)) if seed else 4
    battery = 13500.0 if metered and seed % 3 == 0 else 0.0
    start = moment(zone, 2026, random.choice((3, 5, 6, 9)), random.randint(2, 20), 0)
    site = Site(
        random.randrange(1000), start, zone, inverters, daylight=random.uniform(9, 15), battery=battery,
        load=max(1.0, inverters / 12), steady=seed % 5 == 4,
    )  # fmt: skip
    gateway = Gateway(site, metered=metered, details=metered or seed % 4 == 1)
    gateway.live(random.uniform(5, 12) * HOUR)
    return Story(name, seed, gateway, cadence=random.choice(CADENCES) if seed else 300.0)


def hour(told: Story, day: int, at: float) -> float:
    """Return an hour of a day of the story, its first being 0."""
    site = told.gateway.site
    first = date.fromisoformat(site.date) + timedelta(days=day)
    return moment(site.zone, first.year, first.month, first.day, at)


def day_name(told: Story, day: int) -> str:
    """Return the ISO date of a day of the story."""
    return (date.fromisoformat(told.gateway.site.date) + timedelta(days=day)).isoformat()


def sunlit_hour(random: Random, told: Story, day: int = 1) -> float:
    """Return a moment of a day of the story at which the sun shines."""
    half = told.gateway.site.daylight / 2 * 0.6
    return hour(told, day, 13 + random.uniform(-half, half))


def without_details(random: Random, told: Story, inverters: int | None = None) -> None:
    """Take away meters and the inverters' own counters, beside which no overflow can mislead; all are about to."""
    old = told.gateway
    site = Site(
        old.site.seed, moment_of(old), old.site.zone, inverters or old.site.inverters, daylight=old.site.daylight,
        steady=old.site.steady,
    )  # fmt: skip
    # A sum of which a counter overflows is never below one overflow.
    site.energies["production"] = max(1.15e6 * site.inverters, 1.3e6)
    told.gateway = Gateway(site, metered=False, details=False)
    told.gateway.live(random.uniform(5, 12) * HOUR)


def moment_of(gateway: Gateway) -> float:
    """Return the midnight at which a story's house began."""
    day = date.fromisoformat(gateway.site.date)
    return moment(gateway.site.zone, day.year, day.month, day.day, 0)


# Healthy


@kind("nothing goes wrong", metered=None)
def _healthy(random: Random, told: Story) -> None:
    told.gateway.inventory = True


# Overflows


@kind("one inverter's counter overflows by day", "counter_wrapped", metered=False)
def _overflow_one(random: Random, told: Story) -> None:
    without_details(random, told)
    told.gateway.faults.append(faults.overflow(sunlit_hour(random, told)))


@kind("several overflow on one day", "counter_wrapped", metered=False)
def _overflow_many(random: Random, told: Story) -> None:
    without_details(random, told)
    for _ in range(min(told.gateway.site.inverters - 1, random.randint(2, 5))):
        told.gateway.faults.append(faults.overflow(sunlit_hour(random, told)))


@kind("the overflow shows at midnight", "counter_wrapped", metered=False)
def _overflow_midnight(random: Random, told: Story) -> None:
    without_details(random, told)
    told.gateway.faults.append(faults.overflow(hour(told, 1, 0) + random.uniform(-90, 90)))


@kind("overflows during an outage of 10 min to 5 days, 1 to 300 inverters", "counter_wrapped", metered=False)
def _overflow_outage(random: Random, told: Story) -> None:
    without_details(random, told, random.choice((1, 4, 16, 50, 100, 300)))
    told.cadence, length = 300.0, random.choice((600.0, HOUR, 6 * HOUR, DAY, 2 * DAY, 5 * DAY))
    start = sunlit_hour(random, told)
    told.days = 3 + math.ceil(length / DAY)
    told.away.append((start, start + length))
    told.gateway.faults.append(faults.overflow(start + length * random.uniform(0.2, 0.8)))


@kind("the overflow shows by night", "counter_wrapped", metered=False)
def _overflow_night(random: Random, told: Story) -> None:
    without_details(random, told)
    told.gateway.faults.append(faults.overflow(hour(told, 1, random.uniform(1, 4))))


# Zeros, flicker, jumps


@kind(
    "the gateway starts and tells zeros for some minutes",
    "counter_zero",
    "production_zero",
    "implausible_account",
    metered=None,
)
def _boot_zeros(random: Random, told: Story) -> None:
    start = sunlit_hour(random, told)
    told.gateway.faults.append(faults.zeros(start, start + random.uniform(60, 1500)))


@kind("zeros, again and again", "counter_zero", "production_zero", "implausible_account", metered=None)
def _flicker(random: Random, told: Story) -> None:
    start = sunlit_hour(random, told) - HOUR
    for turn in range(12):
        told.gateway.faults.append(faults.zeros(start + turn * 600, start + turn * 600 + random.uniform(60, 400)))


@kind(
    "one meter's counters jump by MWh for some time",
    "implausible_account",
    "today_differs",
    "counter_jumped",
    "implausible_account",
    "today_differs",
    "counter_fell",
)
def _jump(random: Random, told: Story) -> None:
    start = sunlit_hour(random, told)
    end = start + random.choice((120.0, 900.0, 4 * HOUR))
    name = random.choice((PRODUCTION, NET))
    told.gateway.faults.append(faults.added(start, end, name, random.choice((6.78e6, 1.5e6))))


@kind("one meter's counters jump for ever", "implausible_account", "today_differs", "counter_jumped")
def _jump_for_ever(random: Random, told: Story) -> None:
    name = random.choice((PRODUCTION, NET))
    told.gateway.faults.append(faults.added(sunlit_hour(random, told), FOREVER, name, random.choice((6.78e6, 2e5))))


@kind(
    "meters count anew from zero",
    "implausible_account",
    "today_differs",
    "counter_fell",
    "counter_zero",
    "counter_wrapped",
    "counter_restarted",
)
def _restart(random: Random, told: Story) -> None:
    names = random.choice(((PRODUCTION,), (NET,), (PRODUCTION, NET)))
    told.gateway.faults.append(faults.restarted(sunlit_hour(random, told), *names))


@kind("meters count anew from below zero", "implausible_account", "today_differs", "counter_fell")
def _negative(random: Random, told: Story) -> None:
    told.gateway.faults.append(faults.restarted(sunlit_hour(random, told), PRODUCTION, first=-5_113_000.0))


# Frozen


@kind("a counter stands still 5 min to 20 h and catches up", "counter_frozen", *ODD_DAY)
def _frozen_catch_up(random: Random, told: Story) -> None:
    start, length = sunlit_hour(random, told), random.choice((300.0, 0.8 * HOUR, 3 * HOUR, 8 * HOUR, 20 * HOUR))
    name = random.choice((PRODUCTION, NET))
    told.gateway.faults.append(faults.frozen(start, start + length, name))


@kind("a counter stands still 5 min to 20 h and loses that", "counter_frozen", "source_changed", *ODD_DAY)
def _frozen_lost(random: Random, told: Story) -> None:
    start, length = sunlit_hour(random, told), random.choice((300.0, 0.8 * HOUR, 3 * HOUR, 8 * HOUR, 20 * HOUR))
    name = random.choice((PRODUCTION, NET))
    told.gateway.faults.append(faults.frozen(start, start + length, name, catch_up=False))


@kind("a production meter stands still with its power and catches up", "counter_frozen", "power_frozen", *ODD_DAY)
def _frozen_power(random: Random, told: Story) -> None:
    start, length = sunlit_hour(random, told), random.choice((300.0, 0.8 * HOUR, 3 * HOUR, 8 * HOUR))
    told.gateway.faults.append(faults.frozen(start, start + length, PRODUCTION, power=True))


# Meters that are wrong


@kind("the storage meter shows half", "counter_halved", "storage_differs", "storage_mismatch")
def _halved_storage(random: Random, told: Story) -> None:
    _with_battery(random, told)
    start = sunlit_hour(random, told)
    told.gateway.faults.append(faults.scaled(start, start + random.choice((1, 4)) * HOUR, STORAGE, 0.5))


def _with_battery(random: Random, told: Story) -> None:
    _at_site(random, told, battery=13500.0)


def _at_site(
    random: Random,
    told: Story,
    zone: ZoneInfo | None = None,
    start: float | None = None,
    wrong: Sequence[Fault] = (),
    **other: Any,
) -> None:
    """Let the story happen at another site, perhaps at one that was wrong from its first day."""
    old = told.gateway.site
    known: dict[str, Any] = {
        "inverters": old.inverters, "daylight": old.daylight, "load": old.load, "steady": old.steady,
        "battery": old.battery,
    }  # fmt: skip
    site = Site(old.seed, start or moment_of(told.gateway), zone or old.zone, **(known | other))
    told.gateway = _same_gateway(told.gateway, site, wrong)
    told.gateway.live(random.uniform(5, 12) * HOUR)


def _same_gateway(old: Gateway, site: Site, wrong: Sequence[Fault] = ()) -> Gateway:
    """Return a gateway of the same make at another site."""
    return Gateway(site, metered=old.metered, details=old.details, inventory=old.inventory, faults=list(wrong))


@kind("the production transformer is turned round", "production_reversed", "counter_frozen", *ODD_DAY)
def _reversed(random: Random, told: Story) -> None:
    start = sunlit_hour(random, told)
    told.gateway.faults.append(faults.reversed_production(start, random.choice((FOREVER, start + 4 * HOUR))))


@kind("the total consumption repeats the net", "consumption_is_net", "total_equals_net")
def _total_is_net(random: Random, told: Story) -> None:
    start = sunlit_hour(random, told)
    told.gateway.faults.append(faults.total_is_net(start, start + random.choice((HOUR, 20 * HOUR))))


@kind("the gateway's day begins late", metered=None)
def _late_today(random: Random, told: Story) -> None:
    told.gateway.faults.append(faults.late_today(random.choice((300.0, 900.0, HOUR))))


@kind("the gateway's day is its lifetime", "implausible_account", "today_is_lifetime", "today_differs", metered=None)
def _today_lifetime(random: Random, told: Story) -> None:
    start = sunlit_hour(random, told)
    told.gateway.faults.append(faults.today(start, start + random.choice((HOUR, DAY)), lifetime=True))


@kind("a reading is repeated", "counter_frozen", "power_frozen", "reading_old", "readings_repeated")
def _stale(random: Random, told: Story) -> None:
    start = sunlit_hour(random, told)
    told.gateway.faults.append(faults.stale(start, start + random.choice((1200.0, HOUR, 3 * HOUR))))


@kind("the list of inverters is empty for some time", "inverter_silent", metered=None)
def _empty_list(random: Random, told: Story) -> None:
    start = sunlit_hour(random, told)
    targets = ("/api/v1/production/inverters", "/ivp/pdm/device_data")
    told.gateway.faults.append(faults.without(start, start + random.choice((600.0, 5 * HOUR)), targets, []))


# The program and its machine


@kind("nobody looks for 10 min to 5 days", metered=None, gaps="how a gap over midnight divides, where no meter tells")
def _outage(random: Random, told: Story) -> None:
    length = random.choice((600.0, HOUR, 6 * HOUR, DAY, 5 * DAY))
    start = sunlit_hour(random, told)
    told.days, told.cadence = 3 + math.ceil(length / DAY), 300.0
    _away(told, start, start + length)


def _away(told: Story, start: float, end: float) -> None:
    """Let nobody look; the days at whose midnight nobody did are not known of flows that the gateway has no day of."""
    told.away.append((start, end))
    for day in range(1, 9):
        if start < hour(told, day, 0) < end:
            names = set(COUNTERS[2:]) | ({"consumption"} if told.gateway.site.battery else set())
            told.unknowable |= {(name, day_name(told, day)) for name in names}


@kind("nobody looks, and meanwhile it is night", metered=None, gaps="how the gap divides, where no meter tells")
def _outage_night(random: Random, told: Story) -> None:
    start = hour(told, 1, random.uniform(19, 23.5))
    _away(told, start, start + random.uniform(1, 9) * HOUR)


@kind("nobody looks for some minutes at midnight", metered=None, gaps="how the gap divides, where no meter tells")
def _outage_midnight(random: Random, told: Story) -> None:
    start = hour(told, 1, 24) - random.uniform(120, 1500)
    told.cadence = 60.0
    _away(told, start, hour(told, 2, 0) + random.uniform(60, 1500))


@kind("the program is killed and goes on from books of some minutes ago", metered=None)
def _kills(random: Random, told: Story) -> None:
    told.kills = [(sunlit_hour(random, told, day), random.uniform(0, 3600)) for day in (1, 1, 1, 2)]


@kind("our clock is wrong for some minutes", metered=None)
def _our_clock(random: Random, told: Story) -> None:
    start, ahead = sunlit_hour(random, told), random.choice((-DAY, -3 * HOUR, 2 * HOUR))
    told.clock = lambda at: ahead if start <= at < start + 130 else 0.0


@kind("after a power cut our machine starts with an old time", metered=None)
def _start_behind(random: Random, told: Story) -> None:
    start, length = sunlit_hour(random, told), random.choice((1200.0, 5 * HOUR))
    end = start + length
    told.away.append((start, end))
    told.kills.append((end, 0.0))
    told.clock = lambda at: start - end if end <= at < end + told.cadence else 0.0


@kind("the gateway's clock is wrong", "gateway_clock_ahead", "gateway_clock_behind", metered=None)
def _gateway_clock(random: Random, told: Story) -> None:
    told.gateway.ahead = random.choice((-4 * HOUR, HOUR, -26 * 365.0 * DAY))


@kind("cadences from 10 s to 10 min", metered=None)
def _cadence(random: Random, told: Story) -> None:
    told.cadence = (10.0, 30.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0, 450.0, 600.0)[told.seed % 10]
    told.days = 2


@kind("both clocks are wrong", "gateway_clock_ahead", "gateway_clock_behind", metered=None)
def _both_clocks(random: Random, told: Story) -> None:
    told.gateway.ahead = random.choice((-4 * HOUR, HOUR))
    _our_clock(random, told)


# First readings


@kind("the first readings are wrong", "counter_jumped", "counter_fell", "counter_wrapped", *ODD_DAY)
def _first_reading(random: Random, told: Story) -> None:
    at = told.gateway.site.at
    end = at + random.choice((1.0, 1.5, 2.5)) * told.cadence
    wrong = random.choice(("half", "more", "overflow", "import"))
    if wrong == "half":
        told.gateway.faults.append(faults.scaled(at, end, PRODUCTION, 0.5))
    else:
        name, energy = {"more": (PRODUCTION, 6.78e6), "overflow": (PRODUCTION, -WRAP), "import": (NET, 2.0**32)}[wrong]
        told.gateway.faults.append(faults.added(at, end, name, energy))


@kind("a gateway is new: it has counted nothing yet", metered=None)
def _new_gateway(random: Random, told: Story) -> None:
    old = told.gateway
    site = Site(old.site.seed, moment_of(old), old.site.zone, old.site.inverters, daylight=old.site.daylight)
    site.energies = dict.fromkeys(site.energies, 0.0)
    site.marks = dict(site.energies)
    told.gateway = _same_gateway(old, site)
    told.gateway.week = dict.fromkeys(told.gateway.week, 0.0)
    told.gateway.live(random.uniform(5, 9) * HOUR)


# Transformers that are not there


def _without_clamps(random: Random, told: Story, *names: str, battery: float = 0.0) -> None:
    noise, creep = random.choice(((0.0, 0.0), (1.0, 0.002), (1.0, 3.0), (2.5, 0.0)))
    wrong = [faults.missing(name, noise, creep) for name in names]
    _at_site(random, told, wrong=wrong, battery=battery)


def _inverters_are_true(told: Story) -> None:
    """Let the inverters' own sum be the truth, which is all that there is."""
    gateway = told.gateway
    change = sum(each.before for each in gateway.inverters) - gateway.site.marks["production"]
    for book in (gateway.site.energies, gateway.site.marks):
        for name in ("production", "consumption"):
            book[name] += change


MISSING = ("meter_missing", "clamp_missing", "production_zero", "counter_frozen", "transformer_missing")


@kind("the production transformer was never fitted", *MISSING)
def _missing_production(random: Random, told: Story) -> None:
    _without_clamps(random, told, PRODUCTION)
    _inverters_are_true(told)


@kind("the consumption transformer was never fitted", *MISSING)
def _missing_net(random: Random, told: Story) -> None:
    told.absent |= {"consumption", "import", "export"}
    _without_clamps(random, told, NET)


@kind("no transformer was ever fitted", *MISSING)
def _missing_both(random: Random, told: Story) -> None:
    told.absent |= {"consumption", "import", "export"}
    _without_clamps(random, told, PRODUCTION, NET)
    _inverters_are_true(told)


@kind("the storage transformer was never fitted", *MISSING, gaps="what a battery stored before Heliograph came")
def _missing_storage(random: Random, told: Story) -> None:
    told.cadence = 60.0
    told.unknowable |= {("charged", "lifetime"), ("discharged", "lifetime"), ("consumption", "lifetime")}
    _without_clamps(random, told, STORAGE, battery=13500.0)


@kind("panels of another make are behind the consumption transformer", "other_producer", "consumption_negative",
      gaps="what the house consumes")  # fmt: skip
def _other_producer(random: Random, told: Story) -> None:
    site = told.gateway.site
    _at_site(random, told, battery=0.0, other=random.choice((0.2, 0.6, 1.5)) * site.peak)
    told.unknowable.add(("consumption", "*"))


# Inverters


@kind("an inverter is replaced", "inverter_gone", "inverter_replaced", "new_device", metered=None)
def _replaced(random: Random, told: Story) -> None:
    told.gateway.faults.append(faults.replaced(sunlit_hour(random, told), 0))


@kind("no inverter gets through for some hours", "inverters_unheard", "inverter_silent", "counter_frozen", metered=None)
def _deaf_line(random: Random, told: Story) -> None:
    start = hour(told, 1, random.uniform(10, 12))
    told.gateway.faults.append(faults.deaf(start, start + random.uniform(0.5, 3.5) * HOUR))


@kind("the last power of the evening is told all night", metered=False)
def _held_power(random: Random, told: Story) -> None:
    told.gateway.details = bool(random.randint(0, 1))
    told.gateway.faults.append(faults.held_power())


@kind("the summary turns to zeros", "summary_zero", "source_changed", metered=False)
def _summary_zero(random: Random, told: Story) -> None:
    told.gateway.faults.append(faults.summary_zero(sunlit_hour(random, told)))


@kind("the inverters' sum is zero by night", metered=False)
def _night_zero(random: Random, told: Story) -> None:
    told.gateway.details = False
    told.gateway.faults += [faults.summary_zero(0.0), faults.zero_at_night()]


@kind("the summary is renewed every 15 or 60 minutes", metered=False)
def _stepping(random: Random, told: Story) -> None:
    told.gateway.details = False
    told.gateway.faults.append(faults.stepping(random.choice((900.0, HOUR))))


@kind("the net counts imports only", "net_is_import", "net_differs")
def _net_is_import(random: Random, told: Story) -> None:
    told.gateway.faults.append(faults.net_counts_imports())


# Places


def _change_of_time(random: Random, told: Story, zone: ZoneInfo, dates: tuple[tuple[int, int], ...]) -> None:
    month, day = random.choice(dates)
    _at_site(random, told, zone, moment(zone, 2026, month, day - 1, 0))


@kind("summer time begins or ends in Paris", metered=None)
def _dst_paris(random: Random, told: Story) -> None:
    _change_of_time(random, told, PARIS, ((3, 29), (10, 25)))


@kind("summer time begins or ends in New York", metered=None)
def _dst_new_york(random: Random, told: Story) -> None:
    _change_of_time(random, told, NEW_YORK, ((3, 8), (11, 2)))


@kind("summer time of half an hour begins or ends on Lord Howe", metered=None)
def _dst_lord_howe(random: Random, told: Story) -> None:
    _change_of_time(random, told, LORD_HOWE, ((4, 5), (10, 4)))


@kind("the sun does not rise", metered=None)
def _polar_night(random: Random, told: Story) -> None:
    _at_site(random, told, daylight=0.0)


@kind("the sun does not set", metered=None)
def _midnight_sun(random: Random, told: Story) -> None:
    _at_site(random, told, daylight=40.0)


# Pairs

PAIRS = (
    ("boot_zeros", "kills"), ("frozen_catch_up", "kills"), ("frozen_lost", "total_is_net"), ("jump", "outage"),
    ("restart", "our_clock"), ("reversed", "kills"), ("halved_storage", "frozen_catch_up"), ("stale", "today_lifetime"),
    ("first_reading", "flicker"), ("missing_production", "gateway_clock"), ("jump_for_ever", "late_today"),
    ("frozen_power", "empty_list"), ("restart", "outage_night"), ("negative", "start_behind"),
)  # fmt: skip


def _pair(first: str, second: str) -> None:
    one, other = KINDS[first], KINDS[second]

    def make(random: Random, told: Story) -> None:
        one.make(random, told)
        other.make(random, told)

    name = f"{first}+{second}"
    KINDS[name] = Kind(name, f"{one.what}; {other.what}", make, one.codes | other.codes, metered=True)


for _names in PAIRS:
    _pair(*_names)
