"""What stands on a site: devices, meters, wiring. Says nothing of any firmware."""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from heliograph.emulator.site.sun import Slope


class Condition(StrEnum):
    """How a microinverter fares."""

    ALIVE = "alive"
    DEAD = "dead"
    """Still in the list, silent for days."""
    RETIRED = "retired"
    """Taken off the roof; old lists remember it."""


class Storage(StrEnum):
    """The two families of batteries, which gateways keep apart."""

    ENCHARGE = "encharge"
    ACB = "acb"


class Measurement(StrEnum):
    """What a meter measures, spelled as the gateway does."""

    PRODUCTION = "production"
    NET = "net-consumption"
    TOTAL = "total-consumption"
    STORAGE = "storage"
    BACKFEED = "backfeed"
    LOAD = "load"
    EVSE = "evse"
    PV3P = "pv3p"


METER_NUMBERS = {
    Measurement.PRODUCTION: 1,
    Measurement.NET: 2,
    Measurement.TOTAL: 2,
    Measurement.STORAGE: 3,
    Measurement.BACKFEED: 5,
    Measurement.LOAD: 6,
    Measurement.EVSE: 7,
    Measurement.PV3P: 8,
}
"""The place of each meter on the board, from which its eid is made."""


@dataclass(frozen=True, slots=True)
class InverterModel:
    """A kind of microinverter."""

    part: str
    image: str
    parameters: str
    assembly: str
    rating: float
    """Highest output, in W."""


@dataclass(frozen=True, slots=True)
class Inverter:
    """One microinverter."""

    serial: str
    model: InverterModel
    number: int
    """Its place in the gateway's lists, from 1."""
    slope: int
    """Index of the slope its panel lies on."""
    phase: int | None
    """Index of its phase; none when it feeds all alike, as a 240 V unit between two legs does."""
    power: float
    """What it gives when its slope gives all, in W."""
    commissioned: int
    """Epoch time of its first day."""
    condition: Condition = Condition.ALIVE
    second: int = 0
    """At which second of the reporting interval it is asked."""


@dataclass(frozen=True, slots=True)
class BatteryModel:
    """A kind of battery."""

    storage: Storage
    part: str
    assembly: str
    image: str
    bmu: str
    capacity: int
    """Wh."""
    rating: int
    """W."""
    revision: int = 1
    admin_state: tuple[int, str] = (6, "ENCHG_STATE_READY")
    wired: bool = True
    """Talks over a wire rather than by radio."""


@dataclass(frozen=True, slots=True)
class Battery:
    """One battery."""

    serial: str
    model: BatteryModel
    number: int
    lean: float
    """How far its charge leans from the others': the leans of a site, weighted by capacity, cancel out."""
    commissioned: int


@dataclass(frozen=True, slots=True)
class Meter:
    """One current transformer input of the board."""

    measurement: Measurement
    enabled: bool = True
    status: str = "normal"

    @property
    def eid(self) -> int:
        """The number of this meter, the same on every gateway."""
        return 0x2A000000 | METER_NUMBERS[self.measurement] << 8


@dataclass(frozen=True, slots=True)
class Fixture:
    """Any other device with a serial number: relay, controller, collar, radio."""

    serial: str
    part: str
    number: int
    commissioned: int


@dataclass(frozen=True, slots=True)
class Wiring:
    """How the house is connected to the grid."""

    phases: int
    mode: str
    """`single`, `split` or `three`: the style of the board, not the number of conductors."""
    voltage: float
    frequency: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole site."""

    serial: str
    seed: int
    latitude: float
    longitude: float
    zone: ZoneInfo
    commissioned: int
    wiring: Wiring
    slopes: tuple[Slope, ...]
    inverters: tuple[Inverter, ...]
    batteries: tuple[Battery, ...] = ()
    meters: tuple[Meter, ...] = ()
    relays: tuple[Fixture, ...] = ()
    controller: Fixture | None = None
    collar: Fixture | None = None
    combiner: Fixture | None = None
    radio: Fixture | None = None
    generator: bool = False
    reserve: float = 0.1
    """Share of the batteries that is kept for a grid failure."""

    @property
    def active(self) -> tuple[Inverter, ...]:
        """The inverters that are commissioned, also those that died."""
        return tuple(each for each in self.inverters if each.condition is not Condition.RETIRED)

    def kept(self, storage: Storage) -> tuple[Battery, ...]:
        """Return the batteries of one family."""
        return tuple(each for each in self.batteries if each.model.storage is storage)

    def meter(self, measurement: Measurement) -> Meter | None:
        """Return the meter for a measurement, enabled or not."""
        return next((each for each in self.meters if each.measurement is measurement), None)

    def measures(self, measurement: Measurement) -> bool:
        """Return whether a measurement is really made."""
        meter = self.meter(measurement)
        return meter is not None and meter.enabled
