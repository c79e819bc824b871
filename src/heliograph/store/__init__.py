"""History: what gateways said and what is made of it, for years, in SQLite or PostgreSQL."""

from heliograph.store.answer import (
    MOST_POINTS,
    Correction,
    Curve,
    Event,
    HeatMap,
    KeptEquipment,
    KeptFinding,
    KeptGateway,
    KeptSeries,
    Latest,
    Name,
    Step,
)
from heliograph.store.backup import check, restore
from heliograph.store.export import Asked
from heliograph.store.lock import FileLock, StoreError
from heliograph.store.store import Settings, Store
from heliograph.store.writer import State

__all__ = [
    "MOST_POINTS",
    "Asked",
    "Correction",
    "Curve",
    "Event",
    "FileLock",
    "HeatMap",
    "KeptEquipment",
    "KeptFinding",
    "KeptGateway",
    "KeptSeries",
    "Latest",
    "Name",
    "Settings",
    "State",
    "Step",
    "Store",
    "StoreError",
    "check",
    "restore",
]
