"""Which span and which series a caller means."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from heliograph.model import METRICS, Metric, Subject
from heliograph.store import Name, Store
from heliograph.web.house import House, Kept
from heliograph.web.problem import ProblemError

EARLIEST: Final = 0.0
LATEST: Final = 4_102_444_800.0
"""The year 2100: what lies beyond is a mistake."""
DAY: Final = 86_400.0
_SINGLE: Final = frozenset({Subject.SYSTEM, Subject.NETWORK, Subject.FIRMWARE, Subject.STORAGE})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One series that is meant."""

    text: str
    """As it was asked for."""
    gateway: Kept
    metric: Metric
    name: Name


def moment(text: str | None, field: str, otherwise: float) -> float:
    """Read a time: epoch seconds, or ISO 8601, which without an offset is UTC.

    Raises:
        ProblemError: `wrong_time`.
    """
    if text is None or not text.strip():
        return otherwise
    # A plus in an address is a blank.
    given = text.strip().replace(" ", "+")
    try:
        seconds = float(given)
    except ValueError:
        seconds = _iso(given)
    if not math.isfinite(seconds) or not EARLIEST <= seconds <= LATEST:
        raise ProblemError("wrong_time", 400, field=field, given=text[:60])
    return seconds


def _iso(given: str) -> float:
    for text in (given, given.replace("+", " ", 1)):
        try:
            parsed = datetime.fromisoformat(text)
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            continue
    return math.nan


def span(start: str | None, end: str | None, now: float, length: float) -> tuple[float, float]:
    """Read a span; what is not given ends now, and is so long.

    Raises:
        ProblemError: `wrong_time`, `wrong_span`.
    """
    last = moment(end, "to", now)
    first = moment(start, "from", max(EARLIEST, last - length))
    if first >= last:
        raise ProblemError("wrong_span", 400, field="from")
    return first, last


def the_gateway(house: House, serial: str | None) -> Kept:
    """Return the gateway that is meant; without a word the only one there is.

    Raises:
        ProblemError: `no_gateway`, `no_gateways`, `which_gateway`.
    """
    every = house.fleet.all()
    if serial is not None:
        found = next((kept for kept in every if serial in {kept.serial, kept.name}), None)
        if found is None:
            raise ProblemError("no_gateway", 404, field="gateway", serial=serial[:64])
        return found
    if not every:
        raise ProblemError("no_gateways", 404)
    if len(every) > 1:
        raise ProblemError("which_gateway", 400, field="gateway")
    return every[0]


async def wanted(house: House, store: Store, texts: Sequence[str], gateway: str | None) -> list[Wanted]:
    """Read series: `[gateway/]subject.key[:id]`; the id may be left out where there is but one.

    Raises:
        ProblemError: one of them is not there.
    """
    return [await _one(house, store, text, gateway) for text in texts]


async def _one(house: House, store: Store, text: str, gateway: str | None) -> Wanted:
    before, mark, rest = text.partition("/")
    kept = the_gateway(house, before if mark else gateway)
    name, _, identity = (rest if mark else before).partition(":")
    metric = METRICS.get(name)
    if metric is None:
        raise ProblemError("no_metric", 404, field="series", name=name[:80])
    if not identity:
        identity = await _only(house, store, kept, metric.subject, text)
    return Wanted(text, kept, metric, Name(metric.subject, identity, metric.key))


async def _only(house: House, store: Store, kept: Kept, subject: Subject, text: str) -> str:
    update = house.live.latest.get(kept.name)
    found = [] if update is None else [item.id for item in update.snapshot.of(subject) if not item.retired]
    if not found:
        found = [item.id for item in await store.equipment(kept.serial) if item.subject is subject]
    if not found and subject in _SINGLE:
        return kept.serial
    if len(found) != 1:
        raise ProblemError("no_equipment", 404, field="series", series=text[:80])
    return found[0]


def zone_name(house: House, kept: Kept) -> str:
    """Return the time zone in which a gateway's days begin."""
    facts = kept.client.facts
    return (facts.timezone if facts is not None else None) or house.zone
