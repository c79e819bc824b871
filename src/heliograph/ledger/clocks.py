"""Two clocks: ours and the gateway's. Where they begin to differ, the gateway's says how much time has passed."""

from typing import Final

from heliograph.ledger.books import Books, ClockDifference

TOLERANCE: Final = 120.0
"""Seconds within which two differences of the clocks are the same: answers may be slow."""
USUAL_AFTER: Final = 6 * 3600.0
"""Seconds after which a new difference counts as the usual one, and our clock is followed again."""


def present(books: Books, skew: float | None, at: float) -> tuple[float, ClockDifference | None]:
    """Return the present, epoch seconds UTC, and what is known of the clocks from now on.

    `at` is the present by our clock, `skew` the seconds by which the gateway's is ahead of it. A machine without a
    battery starts with an old time after a power cut; by the gateway's clock the time of the outage has passed. Ours is
    followed where both agree, where they differ as before, and where the gateway's went back.
    """
    clock = books.clock
    if skew is None:
        return at, clock
    if clock is None or abs(skew) <= TOLERANCE or abs(skew - clock.ahead) <= TOLERANCE:
        return at, ClockDifference(skew)
    theirs, since = at + skew - clock.ahead, clock.since or books.at
    if max(at, theirs) - since >= USUAL_AFTER and clock.since:
        return at, ClockDifference(skew)
    gone_back = theirs < books.at <= at
    return at if gone_back else theirs, ClockDifference(clock.ahead, since)
