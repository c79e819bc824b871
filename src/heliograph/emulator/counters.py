"""What a gateway had to bear, counted: the measure by which a client is called gentle."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Counters:
    """Counts since the start, or since `reset`."""

    requests: int = 0
    """Requests whose head arrived whole."""
    targets: Counter[str] = field(default_factory=Counter)
    """Requests by method and target: `GET /production.json?details=1`."""
    statuses: Counter[int] = field(default_factory=Counter)
    """Replies by status code."""
    concurrent: int = 0
    """Requests under way at this moment."""
    concurrent_max: int = 0
    """The most that were ever under way at once."""
    connections: int = 0
    """Connections accepted."""
    connections_open: int = 0
    """Connections held at this moment."""
    refused: int = 0
    """Connections turned away: closed port, outage, wrong protocol."""
    handshakes: int = 0
    """TLS handshakes completed."""
    handshakes_failed: int = 0
    """TLS handshakes that came to nothing."""
    unauthorised: int = 0
    """Requests refused for want of credentials: missing, wrong, expired, or a role too low."""
    malformed: int = 0
    """Heads that were no HTTP."""
    bytes_in: int = 0
    """Bytes of heads and bodies received."""
    bytes_out: int = 0
    """Bytes of heads and bodies sent, before encryption."""
    faults: Counter[str] = field(default_factory=Counter)
    """How often each fault struck."""

    def reset(self) -> None:
        """Start counting again; what is open or under way stays counted."""
        fresh = Counters(concurrent=self.concurrent, connections_open=self.connections_open)
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(fresh, name))

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count one request as under way inside the block."""
        self.concurrent += 1
        self.concurrent_max = max(self.concurrent_max, self.concurrent)
        try:
            yield
        finally:
            self.concurrent -= 1

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Count one connection as open inside the block."""
        self.connections += 1
        self.connections_open += 1
        try:
            yield
        finally:
            self.connections_open -= 1

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as plain data, busiest target first."""
        return asdict(self) | {
            "targets": dict(self.targets.most_common()),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "faults": dict(self.faults.most_common()),
        }
