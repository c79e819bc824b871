"""What keeps an Enlighten account from being locked by too many tries; it outlives a restart (protocol.md F3)."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from heliograph.errors import CloudError
from heliograph.gateway.credentials import Account

PAUSE: Final = 300.0
"""Seconds after a refusal or failure during which nothing is tried."""
BLOCKED_PAUSE: Final = 86400.0
"""Seconds after Enlighten said that the account is blocked."""
REFUSALS: Final = 3
"""After so many in a row, nothing is tried until the owner enters credentials anew."""
RENEWALS: Final = 86400.0
"""Seconds between two tries to renew a token that still lives long."""
REUSE: Final = 30.0
"""Seconds during which a token that was just fetched is given again."""


@dataclass(frozen=True, slots=True)
class CloudGuard:
    """What happened with the cloud so far."""

    mark: str = ""
    """Tells the credentials apart that it speaks of, and cannot be led back to them."""
    refusals: int = 0
    """In a row."""
    until: float = 0.0
    """Nothing is tried before; epoch seconds."""
    tried_at: float | None = None
    fetched_at: float | None = None

    def of(self, account: Account) -> Self:
        """Return the guard for these credentials: this one if they are the same, a fresh one if they are others."""
        mark = hashlib.sha256(f"{account.user}\0{account.password}".encode()).hexdigest()[:8]
        return self if mark == self.mark else type(self)(mark=mark)

    def check(self, now: float) -> None:
        """Let a try happen.

        Raises:
            CloudError: `cloud_stopped` or `cloud_paused`.
        """
        if self.refusals >= REFUSALS:
            raise CloudError("cloud_stopped", refusals=self.refusals)
        # A clock that was set back must not make the pause endless.
        if now < self.until <= now + BLOCKED_PAUSE:
            raise CloudError(
                "cloud_paused", until=datetime.fromtimestamp(self.until).astimezone().strftime("%Y-%m-%d %H:%M %Z")
            )

    def renewal_possible(self, now: float, *, urgent: bool) -> bool:
        """Return whether a renewal may be tried: once a day, or whenever the guard allows it if it is urgent."""
        if self.refusals >= REFUSALS or now < self.until <= now + BLOCKED_PAUSE:
            return False
        return urgent or self.tried_at is None or not 0 <= now - self.tried_at < RENEWALS

    def succeeded(self, now: float) -> Self:
        """Note a token."""
        return replace(self, refusals=0, until=0.0, tried_at=now, fetched_at=now)

    def failed(self, now: float, err: CloudError) -> Self:
        """Note a failure: only a refusal of the account counts towards the stop, all begin a pause."""
        refused = err.code in {"cloud_credentials", "cloud_mfa", "cloud_blocked"}
        pause = BLOCKED_PAUSE if err.code == "cloud_blocked" else PAUSE
        return replace(self, refusals=self.refusals + refused, until=now + pause, tried_at=now)

    def just_fetched(self, now: float) -> bool:
        """Return whether a token was fetched so lately that another would be the same."""
        return self.fetched_at is not None and 0 <= now - self.fetched_at < REUSE
