"""The gateway's own day and week: what of it can be true, and what it is when it is not (protocol.md Q3, Q4)."""

from functools import partial
from typing import Final

from heliograph.ledger.bench import Bench
from heliograph.ledger.detectors import NO, SEEN, UNKNOWN, Detector, Sight
from heliograph.model import Quality, Reading, Reason

YOUNG: Final = 200_000.0
"""Wh of a lifetime below which a day or week may well be all of it (protocol.md §5.1)."""
SLACK: Final = 250.0
"""Wh by which the gateway's own figure may lag or be rounded."""
SHARE: Final = 0.05
"""And the share of it."""
LAG: Final = 4200.0
"""Seconds for which the two may lag: some gateways count by the hour, some start the day a quarter of one late."""


def credible(raw: float, lifetime: float | None, most: float, least: float = 0.0) -> bool:
    """Return whether a gateway's own day or week can be true, as far as one moment tells; all in Wh.

    `most` is what can have flowed in that time, `least` what is known to have flowed.
    """
    if not least <= raw <= most:
        return False
    return lifetime is None or (raw <= lifetime + 1 and not is_lifetime(raw, lifetime))


def is_lifetime(raw: float, lifetime: float) -> bool:
    """Return whether a day or week is in truth the counter since commissioning, or nearly so."""
    return lifetime > YOUNG and 0.95 * lifetime <= raw <= 1.02 * lifetime


def _wrong(bench: Bench, key: str) -> bool | None:
    """Return whether the gateway's own figure is wrong: against the one computed here, or by itself; None = unknown."""
    said, own = bench.said.get(key), bench.values.get(key)
    if said is None or isinstance(said.value, str) or bench.ahead:
        # Its days are others than ours while its clock is wrong.
        return None
    if own is said:
        return False
    if own is None:
        return bench.absent[key].code == "not_credible"
    value, excess = float(own.value), float(said.value) - float(own.value)
    slack = max(SLACK, SHARE * abs(value))
    return not -slack <= excess <= slack + bench.leeway.get(key, 0.0)


def _is_lifetime(key: str, bench: Bench, _since: float | None) -> Sight:
    wrong = _wrong(bench, key)
    if not wrong:
        return UNKNOWN if wrong is None else NO
    raw, name = float(bench.said[key].value), f"{key.partition('_')[0]}_lifetime"
    lifetimes = [float(book[name].value) for book in (bench.said, bench.values) if name in book]
    return SEEN if any(is_lifetime(raw, lifetime) for lifetime in lifetimes) else NO


def _differs(key: str, bench: Bench, _since: float | None) -> Sight:
    wrong = _wrong(bench, key)
    if wrong is None:
        return UNKNOWN
    return SEEN if wrong and f"{_LIFETIME[key]} {key}" not in bench.watches else NO


def _explain(key: str, bench: Bench, reason: Reason, since: float) -> None:
    own, said = bench.values.get(key), bench.said.get(key)
    if own is None or said is None or own is said or own.quality is Quality.CORRECTED:
        return
    bench.values[key] = Reading(own.metric, own.value, own.at, own.source, Quality.CORRECTED, said.value, reason, since)


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
