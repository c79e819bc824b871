"""From a counter's state to what is said of it: reading, reason, findings."""

from heliograph.ledger.bench import Bench, Details
from heliograph.ledger.books import Baseline, Counter
from heliograph.ledger.counters import QUIET
from heliograph.model import Finding, Quality, Reading, Reason, Subject

INTEGRAL = "ledger: power over time"
"""The source of an energy that no counter tells, integrated from power."""


def trusted(said: Reading, counter: Counter) -> Reading:
    """Return the trusted reading for what the gateway said of a counter."""
    raw = said.value if said.raw is None else said.raw
    metric, given, source = said.metric, counter.given, said.source
    doubt, baseline = counter.doubt, counter.baseline
    # The sentence of a shape says why a value is held; that of the settled one, what is done about it since.
    if doubt is not None:
        return Reading(metric, given, counter.at, source, Quality.CORRECTED, raw, Reason(doubt.code), doubt.since)
    if baseline.code:
        reason = Reason(f"{baseline.code}_settled", details(baseline))
        return Reading(metric, given, said.at, source, Quality.CORRECTED, raw, reason, baseline.since)
    if given == said.value:
        return said
    return Reading(metric, given, said.at, source, Quality.CORRECTED, raw, Reason("ripple"), None)


def details(baseline: Baseline) -> Details:
    """Return what a baseline adds, Wh, and how many overflows are in it."""
    offset = round(baseline.offset)
    return {"offset": offset, "count": baseline.wraps} if baseline.code == "counter_wrapped" else {"offset": offset}


def report(bench: Bench, subject: Subject, identity: str, reading: Reading, counter: Counter) -> None:
    """Notice what a counter is held or corrected for."""
    doubt, baseline, key = counter.doubt, counter.baseline, reading.metric.key
    if doubt is not None and doubt.code not in QUIET and doubt.code != baseline.code:
        bench.notice(Finding(doubt.code, subject, identity, key, reading.raw, reading.value, doubt.since))
    if baseline.code:
        raw, since = reading.raw, baseline.since
        bench.notice(Finding(baseline.code, subject, identity, key, raw, reading.value, since, details(baseline)))


def in_order(counter: Counter) -> bool:
    """Return whether there is nothing to say of a counter."""
    return counter.doubt is None and not counter.baseline.code
