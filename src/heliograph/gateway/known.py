"""What is known of one gateway from earlier, so that a restart asks nothing twice."""

from dataclasses import dataclass, field

from heliograph.gateway.guard import CloudGuard
from heliograph.model import Facts
from heliograph.protocol import Plan


@dataclass(frozen=True, slots=True)
class Known:
    """Everything but the credentials; holds no secret."""

    facts: Facts | None = None
    plan: Plan | None = None
    scheme: str | None = None
    """`https` or `http`, as it answered last."""
    pin: str | None = None
    """SHA-256 of its certificate's key, hexadecimal."""
    guard: CloudGuard = field(default_factory=CloudGuard)
    address: str | None = None
    """Where it was found again, if it is not where its owner says any more."""
