"""What can be said: subjects, quantities, metrics, and the frozen readings that say it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import msgspec


class Subject(StrEnum):
    """What a metric is about."""

    SYSTEM = "system"
    PHASE = "phase"
    INVERTER = "inverter"
    BATTERY = "battery"
    METER = "meter"
    CONTROLLER = "controller"
    COLLAR = "collar"
    COMBINER = "combiner"
    RELAY = "relay"
    DRY_CONTACT = "dry_contact"
    GENERATOR = "generator"
    STORAGE = "storage"
    NETWORK = "network"
    FIRMWARE = "firmware"


class Quantity(StrEnum):
    """What a number measures; it fixes the unit, and outputs choose their words by it."""

    POWER = "power"
    APPARENT_POWER = "apparent_power"
    REACTIVE_POWER = "reactive_power"
    POWER_FACTOR = "power_factor"
    ENERGY = "energy"
    CAPACITY = "capacity"
    VOLTAGE = "voltage"
    CURRENT = "current"
    FREQUENCY = "frequency"
    TEMPERATURE = "temperature"
    LEVEL = "level"
    RATIO = "ratio"
    COUNT = "count"
    FLAG = "flag"
    STATE = "state"
    TIME = "time"
    TEXT = "text"


UNITS: Mapping[Quantity, str] = MappingProxyType(
    {
        Quantity.POWER: "W",
        Quantity.APPARENT_POWER: "VA",
        Quantity.REACTIVE_POWER: "var",
        Quantity.POWER_FACTOR: "",
        Quantity.ENERGY: "Wh",
        Quantity.CAPACITY: "Wh",
        Quantity.VOLTAGE: "V",
        Quantity.CURRENT: "A",
        Quantity.FREQUENCY: "Hz",
        Quantity.TEMPERATURE: "°C",
        Quantity.LEVEL: "%",
        Quantity.RATIO: "%",
        Quantity.COUNT: "",
        Quantity.FLAG: "",
        Quantity.STATE: "",
        Quantity.TIME: "",
        Quantity.TEXT: "",
    }
)
"""The unit of each quantity; empty where a number has none."""


class Kind(StrEnum):
    """How a value moves in time."""

    NOW = "now"
    """Holds for the moment it was measured."""
    TOTAL = "total"
    """Counts since commissioning; never falls."""
    NET_TOTAL = "net_total"
    """Counts since commissioning in both directions."""
    PERIOD = "period"
    """Counts since the start of a day or week, then starts again; may be signed."""
    FACT = "fact"
    """Describes the equipment; seldom changes."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the vocabulary (DESIGN.md §2)."""

    subject: Subject
    key: str
    """Stable public name: API, command line, MQTT, Jeedom logical id, column."""
    quantity: Quantity
    kind: Kind
    cadence: int
    """Seconds between two readings, as promised."""
    group: str
    """What a user switches on together."""
    core: bool = False
    """Part of the core promise, always shown."""
    states: tuple[str, ...] = ()
    """Every value a state can take; empty where firmware may add some."""

    @property
    def name(self) -> str:
        """Full name, unique over all subjects: `system.production_power`."""
        return f"{self.subject}.{self.key}"

    @property
    def unit(self) -> str:
        """SI base unit, empty where there is none."""
        return UNITS[self.quantity]


Value = float | int | bool | str
"""A number in the metric's unit, a yes/no, a state or text, or an epoch time in seconds UTC."""


class Quality(StrEnum):
    """How far a value can be trusted."""

    MEASURED = "measured"
    DERIVED = "derived"
    """Computed from measured ones."""
    CORRECTED = "corrected"
    """The gateway said something else, which is kept beside it."""
    STALE = "stale"
    """Too old to speak of now."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a value is absent or was corrected: a code of `labels/*.json` (`reason.…`) and its details."""

    code: str
    details: Mapping[str, str | int | float] = field(default_factory=dict)


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One value, with its time, origin and quality.

    There are thousands of them in every minute of many gateways, which is why it is no dataclass.
    """

    metric: Metric
    value: Value
    at: float
    """When it was measured, epoch seconds UTC."""
    source: str
    """Where it was read: endpoint and field."""
    quality: Quality = Quality.MEASURED
    raw: Value | None = None
    """What the gateway said, where it differs."""
    reason: Reason | None = None
    """Why it differs."""
    since: float | None = None
    """Since when it differs, epoch seconds UTC."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was noticed about what the gateway said."""

    code: str
    """A code of `labels/*.json` (`finding.…`)."""
    subject: Subject
    id: str
    key: str | None = None
    """The metric concerned; None where it is the whole subject."""
    raw: Value | None = None
    given: Value | None = None
    since: float | None = None
    details: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Equipment:
    """One subject with all that was read of it."""

    subject: Subject
    id: str
    """Serial number; of a phase `L1`, of a meter its measurement (`production`, `production.L1`)."""
    values: Mapping[str, Reading] = field(default_factory=dict)
    absent: Mapping[str, Reason] = field(default_factory=dict)
    model: str | None = None
    part_number: str | None = None
    retired: bool = False

    def value(self, key: str) -> Value | None:
        """Return a value, or None where it is absent (the reason is in `absent`)."""
        reading = self.values.get(key)
        return None if reading is None else reading.value


@dataclass(frozen=True, slots=True)
class Identity:
    """Which gateway spoke."""

    serial: str
    firmware: str
    """With its letter, as the gateway says it: `D8.3.5169`."""
    part_number: str
    host: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that one gateway said at one moment."""

    gateway: Identity
    at: float
    """Epoch seconds UTC."""
    equipment: tuple[Equipment, ...]
    findings: tuple[Finding, ...] = ()
    skew: float | None = None
    """Seconds by which the gateway's own clock is ahead of ours, 0 where they agree; None where it does not tell."""

    def of(self, subject: Subject) -> Iterator[Equipment]:
        """Iterate over the equipment of one subject."""
        return (item for item in self.equipment if item.subject is subject)

    def find(self, subject: Subject, id: str | None = None) -> Equipment | None:  # noqa: A002 - the public word
        """Return one equipment; without an id the first of its subject; None where there is none."""
        return next((item for item in self.of(subject) if id in (None, item.id)), None)

    @property
    def system(self) -> Equipment:
        """The whole installation.

        Raises:
            LookupError: the snapshot holds devices only.
        """
        found = self.find(Subject.SYSTEM)
        if found is None:
            message = "this snapshot holds no system values"
            raise LookupError(message)
        return found
