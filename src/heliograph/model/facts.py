"""What is known of a gateway beyond the moment: kept from sync to sync, so that a restart asks nothing twice."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from heliograph.model.metric import Reason, Subject

_LONGEST_FIRMWARE: Final = 64


class Authentication(StrEnum):
    """How a gateway lets its readers in (protocol.md §2.1)."""

    NONE = "none"
    DIGEST = "digest"
    TOKEN = "token"  # noqa: S105 - the name of a way in, not a secret


def firmware_version(firmware: str) -> tuple[int, ...]:
    """Return a firmware as comparable numbers: `D8.3.5169` → (8, 3, 5169); empty when it holds none."""
    return tuple(int(part) for part in re.findall(r"\d{1,9}", firmware[:_LONGEST_FIRMWARE]))


@dataclass(frozen=True, slots=True)
class MeterFact:
    """One current transformer as configured (`/ivp/meters`)."""

    eid: int
    measurement: str
    """`production`, `net-consumption`, `total-consumption`, `storage`, `backfeed`, `load`, `evse`, `pv3p`…"""
    enabled: bool
    phase_count: int
    phase_mode: str | None = None
    status: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceFact:
    """One piece of equipment found at sync."""

    subject: Subject
    serial: str
    model: str | None = None
    part_number: str | None = None
    phase: str | None = None
    retired: bool = False


@dataclass(frozen=True, slots=True)
class EndpointFact:
    """Whether an endpoint serves us, and if not why."""

    served: bool
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the interview found out (DESIGN.md §4)."""

    serial: str
    firmware: str
    part_number: str
    authentication: Authentication
    metered: bool | None = None
    """The board has a meter (`imeter`); says nothing of enabled transformers. None on firmware that does not say."""
    timezone: str | None = None
    """IANA name from `/home`; None where no endpoint tells it."""
    meters: tuple[MeterFact, ...] | None = None
    """None where the gateway does not answer `/ivp/meters`."""
    devices: tuple[DeviceFact, ...] = ()
    endpoints: Mapping[str, EndpointFact] = field(default_factory=dict)
    """By request target, as it was asked: `/ivp/meters/readings`."""
    pins: Mapping[str, str] = field(default_factory=dict)
    """The source that a system value is read from, by metric key; one odd poll never changes it."""
    doubts: Mapping[str, float] = field(default_factory=dict)
    """Since when another source would have been chosen, by metric key, epoch seconds UTC."""

    @property
    def version(self) -> tuple[int, ...]:
        """Firmware as comparable numbers."""
        return firmware_version(self.firmware)

    def meter(self, *measurements: str) -> MeterFact | None:
        """Return the enabled meter of one of these measurements."""
        return next((m for m in self.meters or () if m.enabled and m.measurement in measurements), None)

    def of(self, subject: Subject) -> tuple[DeviceFact, ...]:
        """Return the devices of a subject that are in service."""
        return tuple(device for device in self.devices if device.subject is subject and not device.retired)
