"""The families of gateways that can be built: a firmware, typical equipment, and the lies it is known for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from zoneinfo import ZoneInfo

from heliograph.emulator import dialects
from heliograph.emulator.dialect import Dialect
from heliograph.emulator.gateway import SimulatedGateway
from heliograph.emulator.site import equipment as devices
from heliograph.emulator.site.equipment import Equipment

_YEAR = 31_557_600


@dataclass(frozen=True, slots=True)
class Family:
    """One row of the table."""

    name: str
    description: str
    part: str
    """Part number of the gateway."""
    dialect: Dialect
    equipment: Equipment
    successor: str
    """The family whose firmware a `firmware-update` brings."""
    lies: frozenset[str] = frozenset()
    """What it tells unless told otherwise."""


_WRAP_SUM = frozenset({"counter-wrap-sum"})
_WRAP_EACH = frozenset({"counter-wrap-inverters"})
_IDLE = frozenset({"battery-idle-offset"})
_OLD_ROOF = Equipment(wiring=devices.SPLIT_PHASE, model=devices.M215, inverters=16)
_ROOF = Equipment(model=devices.IQ7, relays=1)
_METERED = replace(_ROOF, meters=devices.metered())
_SPLIT = Equipment(wiring=devices.SPLIT_PHASE, model=devices.IQ7_PLUS, inverters=15, meters=devices.metered())
_NEW = replace(_SPLIT, model=devices.IQ8)
_THREE = Equipment(
    wiring=devices.THREE_PHASES, model=devices.IQ7_PLUS, inverters=18, relays=1, meters=devices.metered()
)

_FAMILIES = (
    Family(
        "envoy-r-3.7",
        "Envoy-R of 2015: HTML pages only, no password",
        "800-00069-r05",
        dialects.R_3_7,
        _OLD_ROOF,
        "envoy-r-3.17",
    ),
    Family(
        "envoy-r-3.17",
        "Envoy-R: HTML pages, /api/v1, inverters by Digest",
        "800-00069-r05",
        dialects.R_3_17,
        _OLD_ROOF,
        "envoy-r-3.17",
    ),
    Family(
        "envoy-s-standard-5.0",
        "Envoy-S without CTs, Digest",
        "800-00551-r02",
        dialects.S_5_0,
        replace(_ROOF, model=devices.M250, inverters=14, relays=0),
        "iq-standard-7.6",
    ),
    Family(
        "envoy-s-metered-4.2",
        "Envoy-S of 2017: production CT only, meter entries with twelve keys, Digest",
        "800-00547-r05",
        dialects.S_4_2,
        replace(_SPLIT, model=devices.M250, retired=4, meters=devices.metered(consumption=False)),
        "iq-metered-7.3",
        frozenset({"removed-inverters-listed"}),
    ),
    Family(
        "envoy-s-metered-4.10",
        "Envoy-S with production and net CTs, Digest",
        "800-00654-r03",
        dialects.S_4_10,
        replace(_METERED, model=devices.M250, relays=0),
        "iq-metered-7.3",
    ),
    Family(
        "iq-standard-7.3",
        "First token firmware, without CTs; most of /ivp is refused to owners",
        "800-00656-r06",
        dialects.IQ_7_3_130,
        _ROOF,
        "iq-standard-7.6",
        _WRAP_SUM,
    ),
    Family(
        "iq-metered-7.3",
        "Production and net CTs; net lifetime counts imports only",
        "800-00654-r08",
        dialects.IQ_7_3_466,
        _METERED,
        "iq-metered-7.6",
        _WRAP_SUM,
    ),
    Family(
        "iq-metered-7.3-no-consumption",
        "Production CT only; most of /ivp is refused to owners",
        "800-00647-r10",
        dialects.IQ_7_3_130,
        replace(_SPLIT, meters=devices.metered(consumption=False)),
        "iq-metered-7.6",
        _WRAP_SUM,
    ),
    Family(
        "iq-encharge-7.3",
        "Three Encharge 3 and an Enpower",
        "800-00555-r03",
        dialects.IQ_7_3_517,
        replace(_SPLIT, encharge=devices.ENCHARGE_3, encharges=3, controller="860-00276-r28"),
        "iq-encharge-8.2",
        _WRAP_SUM | _IDLE,
    ),
    Family(
        "iq-standard-7.6",
        "Without CTs, token",
        "800-00656-r06",
        dialects.IQ_7_6_114,
        _ROOF,
        "iq-standard-8.3",
        _WRAP_SUM,
    ),
    Family(
        "iq-metered-7.6",
        "Production and net CTs, one phase, token",
        "800-00654-r08",
        dialects.IQ_7_6_175,
        _METERED,
        "iq-metered-8.2",
        _WRAP_SUM,
    ),
    Family(
        "iq-metered-7.6-3phase",
        "Production and net CTs on three phases",
        "800-00654-r08",
        dialects.IQ_7_6_175,
        _THREE,
        "iq-metered-8.2",
        _WRAP_SUM,
    ),
    Family(
        "iq-metered-8.2",
        "Production and net CTs, /ivp/pdm/device_data",
        "800-00654-r08",
        dialects.IQ_8_2_4345,
        replace(_METERED, retired=1, dead=1),
        "iq-acb-8.3",
        _WRAP_EACH,
    ),
    Family(
        "iq-metered-noct",
        "Built for CTs, none enabled",
        "800-00554-r03",
        dialects.IQ_8_2_4264,
        replace(_THREE, meters=devices.metered(production=False, consumption=False)),
        "iq-3phase-8.3",
        _WRAP_EACH,
    ),
    Family(
        "iq-encharge-8.2",
        "Two IQ Batteries 5P, System Controller, storage CT",
        "800-00664-r05",
        dialects.IQ_8_2_4286,
        replace(_NEW, inverters=20, encharges=2, controller="865-00378-r27", meters=devices.metered(storage=True)),
        "iq-generator-8.3",
        _WRAP_EACH | _IDLE,
    ),
    Family(
        "iq-acb-8.2",
        "Two AC Batteries",
        "800-00654-r06",
        dialects.IQ_8_2_4382,
        replace(_METERED, inverters=8, acbs=2),
        "iq-acb-8.3",
        _WRAP_EACH,
    ),
    Family(
        "iq-mixed",
        "An IQ Battery and three AC Batteries",
        "800-00654-r06",
        dialects.IQ_8_2_4382,
        replace(_METERED, inverters=14, encharges=1, acbs=3, controller="865-00378-r27"),
        "iq-acb-8.3",
        _WRAP_EACH | _IDLE,
    ),
    Family(
        "iq-8.3",
        "IQ Combiner 6C with Meter Collar and two batteries 10C",
        "800-02409-r03",
        dialects.IQ_8_3_1598,
        replace(
            _NEW,
            model=devices.IQ8_HC,
            inverters=17,
            encharge=devices.BATTERY_10C,
            encharges=2,
            collar="865-00400-r22",
            combiner="800-02403-r08",
            radio="865-00600-r03",
            meters=devices.combined(storage=True, backfeed=True),
        ),
        "iq-total-8.3",
        _WRAP_EACH | _IDLE | {"padded-lines", "v1-zeros", "power-factor-out-of-range"},
    ),
    Family(
        "iq-3phase-8.3",
        "Three phases, two three-phase batteries, System Controller",
        "800-00649-r01",
        dialects.IQ_8_3_5167,
        replace(_THREE, model=devices.IQ8, encharges=2, controller="860-01801-r73"),
        "iq-total-8.3",
        _WRAP_EACH | _IDLE,
    ),
    Family(
        "iq-acb-8.3",
        "Two AC Batteries, one phase, every endpoint",
        "800-00554-r03",
        dialects.IQ_8_3_5169,
        replace(_METERED, inverters=8, acbs=2),
        "iq-total-8.3",
        _WRAP_EACH,
    ),
    Family(
        "iq-generator-8.3",
        "System Controller and generator, no batteries, every endpoint",
        "800-00647-r11",
        dialects.IQ_8_3_5169,
        replace(_NEW, inverters=20, controller="861-01381-r05", radio="800-01855-r01", generator=True),
        "iq-total-8.3",
        _WRAP_EACH,
    ),
    Family(
        "iq-standard-8.3",
        "Without CTs; /api/v1/production is all noughts",
        "800-00656-r06",
        dialects.IQ_8_3_5422,
        _ROOF,
        "iq-standard-8.3",
        _WRAP_EACH | {"v1-zeros"},
    ),
    Family(
        "iq-total-8.3",
        "Total-consumption CT, retired inverters, and the lies of 8.3.5433",
        "800-00555-r03",
        dialects.IQ_8_3_5433,
        replace(_NEW, inverters=12, retired=8, meters=devices.combined(total=True)),
        "iq-total-8.3",
        _WRAP_EACH
        | {"total-equals-net", "today-equals-lifetime", "padded-lines", "frozen-counters", "operating-false"}
        | {"power-factor-out-of-range"},
    ),
)

FAMILIES: Mapping[str, Family] = MappingProxyType({family.name: family for family in _FAMILIES})
"""Every family by its name, oldest firmware first."""


def build(
    family: str,
    *,
    start: float,
    serial: str | None = None,
    inverters: int | None = None,
    batteries: int | None = None,
    retired: int | None = None,
    dead: int | None = None,
    seed: int = 0,
    latitude: float = 45.76,
    longitude: float = 4.84,
    timezone: str = "Europe/Paris",
    commissioned: float | None = None,
    report_interval: int = 300,
    days: int = 1,
    lies: Iterable[str] | None = None,
) -> SimulatedGateway:
    """Build a gateway whose site can be asked from `start` on, an epoch time.

    Counts left out are those of the family; `commissioned` is five years before the start unless given, and `lies`
    are those the family is known for. Inverters report every `report_interval` seconds: 300, or 900 where the power
    line is slow. `days` before the start are simulated in full, what was earlier is a formula. The same arguments give
    the same answers.
    """
    row = FAMILIES[family]
    plan = devices.lay_out(
        row.equipment,
        serial=serial,
        inverters=inverters,
        batteries=batteries,
        retired=retired,
        dead=dead,
        seed=seed,
        latitude=latitude,
        longitude=longitude,
        zone=ZoneInfo(timezone),
        commissioned=int(start - 5 * _YEAR if commissioned is None else commissioned),
    )
    return SimulatedGateway(
        plan,
        replace(row.dialect, report_interval=report_interval),
        replace(FAMILIES[row.successor].dialect, report_interval=report_interval),
        row.part,
        start=start,
        days=days,
        lies=row.lies if lies is None else lies,
    )
