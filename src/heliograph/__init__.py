"""Reads Enphase Envoy / IQ Gateways and hands over numbers that can be trusted.

>>> from heliograph import Credentials, Gateway
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heliograph.errors import HeliographError
    from heliograph.gateway import Account, Credentials, Gateway, Known
    from heliograph.model import Equipment, Facts, Finding, Metric, Quantity, Reading, Snapshot, Subject

__version__ = "0.1.0"

__all__ = [
    "Account",
    "Credentials",
    "Equipment",
    "Facts",
    "Finding",
    "Gateway",
    "HeliographError",
    "Known",
    "Metric",
    "Quantity",
    "Reading",
    "Snapshot",
    "Subject",
    "__version__",
]

_ROOMS = {
    "heliograph.errors": ("HeliographError",),
    "heliograph.gateway": ("Account", "Credentials", "Gateway", "Known"),
    "heliograph.model": ("Equipment", "Facts", "Finding", "Metric", "Quantity", "Reading", "Snapshot", "Subject"),
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    """Open a room when something in it is first asked for: naming the package costs nothing."""
    room = _HOMES.get(name)
    if room is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - only when something is asked for

    return getattr(import_module(room), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
