"""The emulated gateway's time: real by default; may start anywhere, be set, be moved, run fast or stand still."""

import time
from collections.abc import Callable


class Clock:
    """A clock that is read as an epoch and obeys whoever holds it.

    `rate` is how many emulated seconds pass in a real one: 1 is real time, 0 stands still, 60 makes a day last
    24 minutes.
    """

    def __init__(
        self, start: float | None = None, *, rate: float = 1.0, tick: Callable[[], float] = time.monotonic
    ) -> None:
        self._tick = tick
        self._rate = rate
        self._epoch = time.time() if start is None else start
        self._since = tick()

    @property
    def rate(self) -> float:
        """Emulated seconds in a real one."""
        return self._rate

    def now(self) -> float:
        """Return the emulated time as an epoch."""
        return self._epoch + (self._tick() - self._since) * self._rate

    def set(self, epoch: float) -> None:
        """Make it this time, from now on."""
        self._epoch = epoch
        self._since = self._tick()

    def advance(self, seconds: float) -> None:
        """Move the time, forwards or (below zero) back."""
        self.set(self.now() + seconds)

    def run(self, rate: float) -> None:
        """Run at another rate from now on, without a jump."""
        self.set(self.now())
        self._rate = rate
