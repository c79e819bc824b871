"""The devices that can be bought, and how a site is laid out with them. Serial numbers are invented."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from heliograph.emulator.site.noise import chance
from heliograph.emulator.site.plan import (
    Battery,
    BatteryModel,
    Condition,
    Fixture,
    Inverter,
    InverterModel,
    Measurement,
    Meter,
    Plan,
    Storage,
    Wiring,
)
from heliograph.emulator.site.sun import Slope

M215 = InverterModel("800-00107-r01", "520-00001-r01-v01.12.05", "540-00015-r01-v01.12.06", "880-00107-r03", 215.0)
M250 = InverterModel("800-00403-r03", "520-00035-r01-v02.01.10", "540-00042-r01-v02.01.10", "880-00420-r08", 250.0)
IQ7 = InverterModel("800-00630-r02", "520-00082-r01-v04.30.32", "540-00134-r01-v04.30.10", "880-00843-r35", 243.0)
IQ7_PLUS = InverterModel("800-01127-r02", "520-00082-r01-v04.28.07", "540-00138-r01-v04.27.04", "880-01131-r11", 290.0)
IQ8 = InverterModel("800-01331-r02", "521-00005-r06-v02.61.01", "549-00040-r01-v02.61.01", "885-01325-r12", 300.0)
IQ8_HC = InverterModel("800-01736-r02", "521-00005-r00-v10.31.01", "549-00070-r00-v10.31.01", "885-01736-r05", 384.0)

ENCHARGE_3 = BatteryModel(
    Storage.ENCHARGE, "830-00703-r67", "890-00020-r42", "2.0.5663_rel/22.13", "2.1.27", 3360, 1280, wired=False
)
BATTERY_5P = BatteryModel(
    Storage.ENCHARGE, "836-01826-r76", "892-00024-r78", "3.0.7545_rel/31.33", "3.8.69", 5000, 3840, 3
)
BATTERY_10C = BatteryModel(
    Storage.ENCHARGE,
    "836-01250-r00",
    "836-01250-r00",
    "4.5.35",
    "4.5.35",
    5000,
    3540,
    4,
    (63, "ENCMN_MDE_ENCHARGE_READY"),
)
AC_BATTERY = BatteryModel(Storage.ACB, "800-00930-r03", "880-00237-r08", "520-00092-r01-v02.13.02", "", 1240, 270)

ONE_PHASE = Wiring(1, "three", 236.0, 50.0)
"""Europe: the board is made for three conductors even where one is used."""
SPLIT_PHASE = Wiring(2, "split", 121.0, 60.0)
THREE_PHASES = Wiring(3, "three", 236.0, 50.0)

_RELAY_PART = {1: "800-00598-r04", 2: "800-00598-r04", 3: "800-00597-r02"}
_SPARE = (Measurement.LOAD, Measurement.EVSE, Measurement.PV3P)


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a typical site of a family has; counts of inverters and batteries can be asked otherwise."""

    wiring: Wiring = ONE_PHASE
    model: InverterModel = IQ7_PLUS
    inverters: int = 12
    retired: int = 0
    dead: int = 0
    encharge: BatteryModel = BATTERY_5P
    encharges: int = 0
    acbs: int = 0
    relays: int = 0
    meters: tuple[Meter, ...] = ()
    controller: str = ""
    """Part number of the system controller; none when empty."""
    collar: str = ""
    combiner: str = ""
    radio: str = ""
    generator: bool = False
    slopes: tuple[Slope, ...] = (Slope(), Slope(tilt=20.0, azimuth=255.0))


def metered(*, production: bool = True, consumption: bool = True, storage: bool = False) -> tuple[Meter, ...]:
    """Return the usual current transformers; a storage one is there only when asked for."""
    usual = (Meter(Measurement.PRODUCTION, production), Meter(Measurement.NET, consumption))
    return (*usual, Meter(Measurement.STORAGE)) if storage else usual


def combined(*, total: bool = False, storage: bool = False, backfeed: bool = False) -> tuple[Meter, ...]:
    """Return the seven inputs of the boards of 8.3."""
    return (
        Meter(Measurement.PRODUCTION),
        Meter(Measurement.TOTAL if total else Measurement.NET),
        Meter(Measurement.STORAGE, storage),
        Meter(Measurement.BACKFEED, backfeed),
        *(Meter(each, enabled=False) for each in _SPARE),
    )


def serial_of(prefix: str, seed: int, number: int) -> str:
    """Invent a serial number: twelve digits, the ninety-nines after the prefix showing that no factory gave it."""
    return f"{prefix}99{(seed * 1009 + number) % 10 ** (10 - len(prefix)):0{10 - len(prefix)}d}"


def lay_out(
    equipment: Equipment,
    *,
    serial: str | None,
    inverters: int | None,
    batteries: int | None,
    retired: int | None,
    dead: int | None,
    seed: int,
    latitude: float,
    longitude: float,
    zone: ZoneInfo,
    commissioned: int,
) -> Plan:
    """Put a site together."""
    count = equipment.inverters if inverters is None else inverters
    gone = equipment.retired if retired is None else retired
    silent = min(count, equipment.dead if dead is None else dead)
    return Plan(
        serial=serial or serial_of("2024", seed, 0),
        seed=seed,
        latitude=latitude,
        longitude=longitude,
        zone=zone,
        commissioned=commissioned,
        wiring=equipment.wiring,
        slopes=equipment.slopes,
        inverters=_inverters(equipment, seed, commissioned, count=count, retired=gone, dead=silent),
        batteries=_batteries(equipment, seed, commissioned, batteries),
        meters=equipment.meters,
        relays=tuple(
            Fixture(serial_of("1219", seed, n), _RELAY_PART[equipment.wiring.phases], n, commissioned)
            for n in range(1, equipment.relays + 1)
        ),
        controller=_fixture(equipment.controller, "4823", seed, commissioned),
        collar=_fixture(equipment.collar, "4825", seed, commissioned),
        combiner=_fixture(equipment.combiner, "4826", seed, commissioned),
        radio=_fixture(equipment.radio, "2023", seed, commissioned),
        generator=equipment.generator,
    )


def _fixture(part: str, prefix: str, seed: int, commissioned: int) -> Fixture | None:
    return Fixture(serial_of(prefix, seed, 1), part, 1, commissioned) if part else None


def _inverters(
    equipment: Equipment, seed: int, commissioned: int, *, count: int, retired: int, dead: int
) -> tuple[Inverter, ...]:
    """Return the retired ones the first places: they were there before."""
    conditions = [Condition.RETIRED] * retired + [Condition.ALIVE] * (count - dead) + [Condition.DEAD] * dead
    return tuple(
        Inverter(
            serial=serial_of("12", seed, number) if condition is Condition.RETIRED else serial_of("48", seed, number),
            model=equipment.model,
            number=number,
            slope=number % len(equipment.slopes),
            phase=(number - 1) % 3 if equipment.wiring.phases == 3 else None,
            power=equipment.model.rating * (0.955 + 0.045 * chance(seed + 17, number)),
            commissioned=commissioned + 60 * number,
            condition=condition,
            second=int(chance(seed + 19, number) * 900),
        )
        for number, condition in enumerate(conditions, 1)
    )


def _batteries(equipment: Equipment, seed: int, commissioned: int, wanted: int | None) -> tuple[Battery, ...]:
    encharges, acbs = equipment.encharges, equipment.acbs
    if wanted is not None and encharges and acbs:
        encharges, acbs = wanted - wanted // 2, wanted // 2
    elif wanted is not None and acbs:
        acbs = wanted
    elif wanted is not None:
        encharges = wanted
    models = [equipment.encharge] * encharges + [AC_BATTERY] * acbs
    leans = [chance(seed + 23, number) - 0.5 for number in range(len(models))]
    total = sum(model.capacity for model in models)
    mean = sum(lean * model.capacity for lean, model in zip(leans, models, strict=True)) / total if total else 0.0
    return tuple(
        Battery(
            serial=serial_of("4923" if model.storage is Storage.ENCHARGE else "1217", seed, number),
            model=model,
            number=number if model.storage is Storage.ENCHARGE else number - encharges,
            lean=0.06 * (lean - mean),
            commissioned=commissioned + 3600,
        )
        for number, (model, lean) in enumerate(zip(models, leans, strict=True), 1)
    )
