"""Small snapshots for the tests of the Jeedom output."""

from typing import Final

from heliograph.model import Equipment, Identity, Quality, Reading, Reason, Snapshot, Subject, Value, metric

AT: Final = 1_700_000_000.0
IDENTITY: Final = Identity("122012345678", "D8.2.1", "800-00664-r05", "envoy.local")


def equipment(subject: Subject, id_: str, *, at: float = AT, retired: bool = False, **values: Value) -> Equipment:
    """Give an equipment with measured values."""
    readings = {key: Reading(metric(subject, key), value, at, "test") for key, value in values.items()}
    return Equipment(subject, id_, readings, {}, "IQ7+", "800-1", retired)


def stale(subject: Subject, id_: str, key: str, value: Value) -> Equipment:
    """Give an equipment whose only value is too old."""
    reading = Reading(metric(subject, key), value, AT, "test", Quality.STALE)
    return Equipment(subject, id_, {key: reading}, {"power": Reason("none")})


def snapshot(*items: Equipment, at: float = AT) -> Snapshot:
    """Give a snapshot."""
    return Snapshot(IDENTITY, at, items)
