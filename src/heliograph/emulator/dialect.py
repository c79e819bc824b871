"""What differs from firmware to firmware, as data: one record says how a version speaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from heliograph.emulator.answer import Authentication, Framing


@dataclass(frozen=True, slots=True)
class Handler:
    """How one of the gateway's servers frames and prints what it says."""

    content_type: str | None = None
    framing: Framing = Framing.LENGTH
    headers: Mapping[str, str] = field(default_factory=dict)
    indent: int = 0
    """Spaces a level is moved in; 0 prints all on one line."""
    ending: bytes = b""


NO_CACHE = {"Pragma": "no-cache", "Expires": "1", "Cache-Control": "no-cache"}

RUBY = Handler("application/json", Framing.CHUNKED, NO_CACHE)
"""The slow local pages."""
RUBY_CLOSING = Handler("application/json", Framing.CLOSE, NO_CACHE)
"""The same on 5.0, where `/admin/lib` says no length at all."""
NATIVE = Handler(None, Framing.LENGTH, indent=4, ending=b"\n")
"""The daemons under `/ivp`: no Content-Type."""
EMUWEB = Handler("application/json", Framing.LENGTH, indent=2, ending=b"\n")
"""`/api/v1` and `/inv`."""


class Tongue(StrEnum):
    """Which of the gateway's servers answers a path."""

    RUBY = "ruby"
    NATIVE = "native"
    EMUWEB = "emuweb"
    TARIFF = "tariff"
    """Moved from Ruby to a native daemon during 8.2."""
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Missing:
    """How a generation says that something is not there."""

    body: bytes
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Paper:
    """How `/info` is printed."""

    quote: str
    indent: str
    packages: tuple[str, ...]
    build: tuple[str, ...] = ("build_id", "build_time_gmt", "release_ver", "release_stage")
    """The fields of `build_info`; no such element when there are none."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One firmware version."""

    firmware: str
    """As `/info` says it, with its letter."""
    authentication: Authentication
    paper: Paper
    handlers: Mapping[Tongue, Handler]
    seconds: Mapping[str, float]
    """How long the slow paths take."""
    missing: Missing
    missing_settings: Missing
    """The same under `/ivp/ss` and `/ivp/sc`."""
    routes: Mapping[str, str]
    """The paths it knows, some with their query, and the name of the writer of each."""
    free: frozenset[str] = frozenset({"/info", "/info.xml"})
    """The paths it answers to anybody."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """The paths it keeps from owners, and the role they need."""
    says_imeter: bool = True
    says_device_type: bool = True
    """`devType` in the inverter list."""
    says_inverter_phase: bool = False
    """`phase` in the inventory."""
    says_status_flags: bool = True
    says_storage: bool = True
    """`storage` in production.json."""
    production_keys: tuple[str, ...] | None = None
    """The keys of a production `eim` that knew fewer than the usual nineteen, in order."""
    consumption_keys: tuple[str, ...] | None = None
    whole_inverter_lifetime: bool = True
    """The inverters' lifetime has no decimals."""
    reads_disabled: bool = True
    """Whether disabled meters appear in the readings."""
    spare_reading: bool = False
    """A reading that belongs to no meter."""
    v1_without_meters: tuple[int, int, int, int] = (0, 0, 0, 0)
    """What /api/v1/production stands at (today, seven days, lifetime, now) where the CTs are off."""
    lines: bool = True
    """Whether `?details=1` gives the phases."""
    net_is_import: bool = False
    """`whLifetime` of net consumption counts what was imported only."""
    signed_current: bool = True
    """Current and apparent power of an exporting net are negative."""
    meter_channels: int = 3
    """Of each `eim` in device_data."""
    battery_keys: tuple[str, ...] = ()
    controller_keys: tuple[str, ...] = ()
    secctrl_keys: tuple[str, ...] = ()
    offgrid_keys: tuple[str, ...] = ()
    relay_keys: tuple[str, ...] = ()
    status_battery_keys: tuple[str, ...] = ()
    status_extras: bool = False
    """`counters`, `profile` and `fakeit` in the ensemble's status."""
    phase_is_number: bool = False
    """`phase` of a battery in the ensemble's status is 1, not `ph-a`."""
    absent_generator: tuple[int, int] = (0, 1)
    """What `present` and `type` say where no generator is."""
    status_submodule_keys: tuple[str, ...] = ()
    contact_keys: tuple[str, ...] = ()
    unset_contact_keys: tuple[str, ...] = ()
    """The same where no controller has ever been set up."""
    export_limit_keys: tuple[str, ...] = ()
    tariff_keys: tuple[str, ...] = ()
    tariff_day_keys: tuple[str, ...] = ()
    tariff_schedule_keys: tuple[str, ...] = ()
    tariff_storage_keys: tuple[str, ...] = ()
    live_totals: tuple[str, ...] = ()
    """The members of livedata's meters beside the five flows."""
    live_phases: bool = True
    report_interval: int = 300
