"""How often something may be tried: a bucket of tries for each caller, and one for all together."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

CALLERS: Final = 4096
"""Callers remembered at one time; the one longest unheard is forgotten first."""
EVERYBODY: Final = ""


@dataclass(frozen=True, slots=True)
class Allowance:
    """A bucket: so many tries at once, one more after each pause."""

    tries: int
    pause: float
    """Seconds."""


OF_ONE: Final = Allowance(5, 30.0)
OF_ALL: Final = Allowance(60, 5.0)


class Limits:
    """Counts tries."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, one: Allowance = OF_ONE, all_: Allowance = OF_ALL
    ) -> None:
        """Start with full buckets; `clock` gives seconds that nobody can put back."""
        self._clock = clock
        self._one = one
        self._all = all_
        self._buckets: dict[str, tuple[float, float]] = {}
        """Tries left and when that was so, by caller."""

    def take(self, caller: str, *, trusted: bool = False) -> float:
        """Take one try of a caller; return the seconds to wait where there is none, else 0.

        `caller` is an address, or a name of a `trusted` caller (a valid session, this machine): such a caller has a
        bucket of its own only, so that tries of others do not use up the owner's.
        """
        own = caller if trusted else _network(caller)
        buckets = [(own, self._one)] if trusted else [(own, self._one), (EVERYBODY, self._all)]
        wait = max(self._wait(name, allowance) for name, allowance in buckets)
        if wait > 0:
            return wait
        for name, allowance in buckets:
            self._buckets[name] = (self._left(name, allowance) - 1, self._clock())
        while len(self._buckets) > CALLERS:
            oldest = min((name for name in self._buckets if name != EVERYBODY), key=lambda name: self._buckets[name][1])
            del self._buckets[oldest]
        return 0.0

    def clear(self, caller: str, *, trusted: bool = False) -> None:
        """Fill a caller's bucket again: it has shown who it is."""
        self._buckets.pop(caller if trusted else _network(caller), None)

    def _left(self, name: str, allowance: Allowance) -> float:
        left, since = self._buckets.get(name, (float(allowance.tries), self._clock()))
        return min(allowance.tries, left + max(0.0, self._clock() - since) / allowance.pause)

    def _wait(self, name: str, allowance: Allowance) -> float:
        left = self._left(name, allowance)
        return 0.0 if left >= 1 else (1 - left) * allowance.pause


def _network(address: str) -> str:
    """Return what one caller can be told by: an IPv6 household owns a whole network."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address or "unknown"
    return str(ip_network(f"{parsed}/64", strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)
