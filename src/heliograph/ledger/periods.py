"""The gateway's own day and week: what of it can be true, and what it is when it is not (GATEWAY-API.md Q3, Q4)."""

from functools import partial
from typing import Final

from heliograph.ledger.bench import Bench
from heliograph.ledger.detectors import NO, SEEN, UNKNOWN, Detector, Sight
from heliograph.model import Quality, Reading, Reason

YOUNG: Final = 200_000.0
"""Wh of a lifetime below which a day or week may well be all of it (GATEWAY-API.md §5.1)."""
SLACK: Final = 250.0
"""Wh by which the gateway's own figure may lag or be rounded."""
SHARE: Final = 0.05
"""And the share of it."""
LAG: Final = 2400.0
"""Seconds for which it may lag: some count by the quarter hour, some start the day late by as much."""


def credible(raw: float, lifetime: float | None, most: float, least: float = 0.0) -> bool:
    """Tell whether a gateway's own day or week can be true, as far as one moment tells; all in Wh.

    `most` is what can have flowed in that time, `least` what is known to have flowed.
    """
    if not least <= raw <= most:
        return False
    return lifetime is None or (raw <= lifetime + 1 and not is_lifetime(raw, lifetime))


def is_lifetime(raw: float, lifetime: float) -> bool:
    """Tell whether a day or week is in truth the counter since commissioning, or nearly so."""
    return lifetime > YOUNG and raw >= 0.98 * lifetime


def _own_and_raw(bench: Bench, key: str) -> tuple[Reading, float] | None:
    """Give the figure computed here and the gateway's own, where both are there."""
    said, own = bench.said.get(key), bench.values.get(key)
    if own is None or said is None or own is said or isinstance(said.value, str):
        return None
    return own, float(said.value)


def _wrong(own: Reading, raw: float) -> bool:
    value = float(own.value)
    return abs(raw - value) > max(SLACK, SHARE * abs(value))


def _is_lifetime(key: str, bench: Bench, _since: float | None) -> Sight:
    found = _own_and_raw(bench, key)
    lifetime = bench.said.get(f"{key.split('_', maxsplit=1)[0]}_lifetime")
    if found is None or lifetime is None or isinstance(lifetime.value, str):
        return UNKNOWN
    own, raw = found
    return SEEN if _wrong(own, raw) and raw >= 0.98 * float(lifetime.value) else NO


def _differs(key: str, bench: Bench, _since: float | None) -> Sight:
    found = _own_and_raw(bench, key)
    if found is None:
        return UNKNOWN
    same_as_lifetime = f"{_LIFETIME[key]} {key}" in bench.watches
    return SEEN if _wrong(*found) and not same_as_lifetime else NO


def _explain(key: str, bench: Bench, reason: Reason, since: float) -> None:
    own = bench.values.get(key)
    if own is not None and own.quality is not Quality.CORRECTED:
        raw = bench.said[key].value if key in bench.said else None
        bench.values[key] = Reading(own.metric, own.value, own.at, own.source, Quality.CORRECTED, raw, reason, since)


_LIFETIME: Final = {
    "production_today": "today_is_lifetime",
    "consumption_today": "today_is_lifetime",
    "production_7_days": "week_is_lifetime",
    "consumption_7_days": "week_is_lifetime",
}

PERIODS: Final = (
    *(
        Detector(code, key, partial(_is_lifetime, key), partial(_explain, key), patience=LAG)
        for key, code in _LIFETIME.items()
    ),
    *(
        Detector(code.replace("is_lifetime", "differs"), key, partial(_differs, key), partial(_explain, key), LAG)
        for key, code in _LIFETIME.items()
    ),
)
"""What is looked for once days and weeks are counted."""
