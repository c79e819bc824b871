"""What really is: the values a perfect reader of a perfect gateway would know."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Energies:
    """Amounts of energy in Wh, exact to the third decimal."""

    production: float
    production_received: float
    """What the inverters drew by night; counted apart from production."""
    consumption: float
    """What the house used: production - production_received + imported - exported + discharged - charged."""
    imported: float
    exported: float
    charged: float
    discharged: float

    @property
    def net(self) -> float:
        """Imported less exported."""
        return round(self.imported - self.exported, 3)


@dataclass(frozen=True, slots=True)
class InverterTruth:
    """One microinverter, as of its last report."""

    joules: int
    power: float
    """Mean of its last interval, in W."""
    last_report: int
    communicating: bool
    retired: bool
    phase: int | None


@dataclass(frozen=True, slots=True)
class BatteryTruth:
    """One battery."""

    power: float
    """Positive when discharging, in W."""
    state_of_charge: float
    """Percent."""
    capacity: int
    rating: int
    maximum_temperature: int


@dataclass(frozen=True, slots=True)
class PhaseTruth:
    """One conductor: powers in W, voltage in V."""

    production_power: float
    consumption_power: float
    net_power: float
    battery_power: float
    voltage: float


@dataclass(frozen=True, slots=True)
class Truth:
    """A whole site at one second. Net power is positive when taken from the grid, battery power when discharging."""

    at: int
    midnight: int
    """Epoch time at which the gateway's local day began."""
    production_power: float
    """Negative by night, when the inverters draw a little."""
    consumption_power: float
    net_power: float
    battery_power: float
    state_of_charge: float | None
    """Percent over all batteries, weighted by capacity; none without batteries."""
    lifetime: Energies
    today: Energies
    seven_days: Energies
    """Since the local midnight seven days before today's."""
    inverters: Mapping[str, InverterTruth]
    batteries: Mapping[str, BatteryTruth]
    phases: tuple[PhaseTruth, ...]
