"""One lifetime counter: believes growth that can be, holds what cannot, and recognises by shape what happened to it.

How a value is judged:

1. It continues the present baseline, not behind the trusted value, nor ahead of what can have flowed: it is believed.
2. It continues a former baseline, because what was wrong is over: that baseline is in force again.
3. Else it is doubted: the trusted value is held, and the first of `SHAPES` that fits says why.
4. Once as many values agree as that shape asks for, it is settled: a new baseline goes on from the trusted value.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import msgspec

from heliograph.ledger.books import Baseline, Counter, Doubt

WRAP: Final = 2**32 / 3600
"""Wh after which a 32-bit counter of joules starts again (protocol.md Q1)."""
GAP: Final = 600.0
"""Seconds without a believed value after which the first one needs a second that agrees (protocol.md F1)."""
REST: Final = 3600.0
"""Seconds of standstill that one step may make up for at once; some gateways count by the hour."""
STEP: Final = 300.0
"""The same where power tells what has flowed meanwhile."""
FLOWS: Final = 3.0
"""By how much a counter's step may exceed what power tells: loads come and go between two readings of it."""
RIPPLE: Final = 30.0
"""Seconds by which the terms of a computed counter may be read apart: it may waver by what flows in them."""
BOOT: Final = 3600.0
"""Seconds for which a first zero may be that of a gateway that is starting (protocol.md Q38)."""
DRIFT: Final = 0.1
"""How far two sources of one counter, or its power integrated, may have drifted apart when the first one returns."""
ABSENCE: Final = 86400.0
"""Seconds of standstill whose energy may still be missing when a former baseline returns."""
EXACT: Final = frozenset({"", "counter_wrapped"})
"""Why baselines are what they are, where that is exact: other offsets are guesses of a few watt-hours."""
JUMPED: Final = "counter_jumped"
"""The code of a jump, which is never believed for having lasted."""
KEPT: Final = 4
"""How many former baselines are remembered."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What can be true of a counter."""

    power: float
    """The most that can flow, W."""
    signed: bool = False
    """It counts in both directions."""
    gap: float = GAP
    """Seconds without a believed value that count as a gap."""
    most: float = math.inf
    """Wh that can have flowed since a value was last believed, by the sun that has shone."""
    measured: bool = False
    """The flow beside the counter is counted by the devices' own counters: it is true of gaps, too."""
    departed: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Wh of equipment that may no longer be part of it, by serial number."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the gateway says of a counter at one moment."""

    raw: float
    source: str
    at: float
    bounds: Bounds
    flow: float | None
    """Wh that have flowed since the counter last moved, by the power measured beside it; None where unknown."""


def count(
    counter: Counter | None, raw: float, source: str, at: float, bounds: Bounds, *, flow: float | None = None
) -> Counter:
    """Take one more value of a counter; `raw` and `flow` in Wh, `at` in epoch seconds."""
    if counter is None:
        return _begin(raw, source, at)
    baseline = counter.baseline
    if counter.doubt is None and source == baseline.source:
        growth = raw + baseline.offset - counter.given
        if growth == 0.0 and at >= counter.at:
            return Counter(raw, counter.given, at, counter.moved, baseline, 0.0, None, counter.former)
        if 0.0 <= at - counter.at <= bounds.gap and (growth > 0.0 or bounds.signed):
            rest = min(at - counter.moved, REST) if flow is None else min(at - counter.moved, STEP)
            if abs(growth) <= bounds.power * (rest + RIPPLE) / 3600 + FLOWS * (flow or 0.0):
                return Counter(raw, raw + baseline.offset, at, at, baseline, 0.0, None, counter.former)
    return _consider(counter, Sample(raw, source, at, bounds, flow))


def proven(counter: Counter) -> bool:
    """Return whether a value may be given at all."""
    return counter.doubt is None or counter.doubt.code != "unproven_zero"


def begun_anew(before: Counter | None, now: Counter) -> bool:
    """Return whether a counter has just begun: nothing before it can be compared with what it says."""
    if before is None or not proven(before):
        return True
    return now.doubt is None and before.doubt is not None and before.doubt.code == "counter_begun" and now.given > 0


def _begin(raw: float, source: str, at: float) -> Counter:
    doubt = Doubt("unproven_zero", source, raw, raw, at, at, at) if raw == 0 else None
    return Counter(raw, raw, at, at, Baseline(source), 0.0, doubt)


def grain(raw: float) -> float:
    """Guess the resolution of a counter from its roundness: 10 000 Wh where it reads 1.24 MWh."""
    step = 100.0
    if raw == 0 or raw % step:
        return 1.0
    while raw % (step * 10) == 0:
        step *= 10
    return step


def _ripple(sample: Sample) -> float:
    return sample.bounds.power * RIPPLE / 3600 + 1.0


def _room(sample: Sample, since: float) -> float:
    """Wh that can have flowed since a moment; a clock that was set back says nothing, some minutes are allowed."""
    seconds = sample.at - since if sample.at >= since else GAP
    return sample.bounds.power * seconds / 3600 + _ripple(sample) + grain(sample.raw)


def _measured_room(counter: Counter, sample: Sample) -> float:
    """Wh that can have flowed since a counter moved: what power tells, and anything while nobody looked."""
    return _room(sample, min(counter.at, sample.at - STEP)) + FLOWS * (sample.flow or 0.0)


def _growth(counter: Counter, sample: Sample, offset: float) -> float:
    return sample.raw + offset - counter.given


def _believable(counter: Counter, sample: Sample) -> bool:
    """Return whether a value continues the counter: not behind the trusted value, nor ahead of what can have flowed."""
    growth = _growth(counter, sample, counter.baseline.offset)
    if growth > 0 and counter.doubt is not None and counter.doubt.code == JUMPED and _agrees(counter.doubt, sample):
        # What could not flow in its time does not become true because time passes.
        return False
    room = _room(sample, counter.moved) if sample.flow is None else _measured_room(counter, sample)
    if sample.bounds.signed:
        return abs(growth) <= room
    return -_ripple(sample) - counter.slack <= growth <= room


def _returns(counter: Counter, sample: Sample, former: Baseline) -> bool:
    """Return whether a value continues a former baseline: near what was counted since, which may be half the truth."""
    if former.source != sample.source:
        return False
    growth, counted = _growth(counter, sample, former.offset), max(0.0, counter.given - former.given)
    room = _room(sample, max(counter.moved, sample.at - ABSENCE))
    if sample.bounds.signed:
        return abs(growth) <= room
    if former.code in EXACT:
        # The gateway's own counter may make up for what was missed, and for all that nobody saw before it was left.
        unseen = counter.baseline.since - former.at if former is counter.former[0] else 0.0
        room += counted + sample.bounds.power * max(0.0, unseen) / 3600
    return -_ripple(sample) - DRIFT * counted <= growth <= room


def _consider(counter: Counter, sample: Sample) -> Counter:
    if not proven(counter):
        return _prove(counter, sample)
    baseline = _baseline(counter, sample)
    return _doubt(counter, sample) if baseline is None else _accept(counter, sample, baseline)


def _baseline(counter: Counter, sample: Sample) -> Baseline | None:
    """Find the baseline, present or former, that a value continues at once."""
    present = counter.baseline
    if present.source == sample.source and _believable(counter, sample):
        return None if _after_gap(counter, sample) else present
    back = [former for former in counter.former if _returns(counter, sample, former)]
    if back:
        return _anchored(counter, sample, min(back, key=lambda former: abs(_growth(counter, sample, former.offset))))
    if present.source != sample.source and abs(_growth(counter, sample, present.offset)) <= _ripple(sample):
        # Another name for the same counter: nothing to hold, nothing to correct.
        return msgspec.structs.replace(present, source=sample.source)
    return None


def _anchored(counter: Counter, sample: Sample, former: Baseline) -> Baseline:
    """Return a baseline that returns; one that was only a guess goes on where the counter is, not where it would be."""
    if former.code in EXACT or sample.flow is None:
        return former
    return msgspec.structs.replace(former, offset=counter.given + sample.flow - sample.raw)


def _prove(counter: Counter, sample: Sample) -> Counter:
    doubt = counter.doubt
    if sample.raw != 0 or doubt is None:
        return _begin(sample.raw, sample.source, sample.at)
    if sample.at - doubt.since >= BOOT:
        return Counter(0.0, 0.0, sample.at, sample.at, Baseline(sample.source))
    return msgspec.structs.replace(counter, doubt=msgspec.structs.replace(doubt, at=sample.at, polls=doubt.polls + 1))


def _accept(counter: Counter, sample: Sample, baseline: Baseline) -> Counter:
    value = sample.raw + baseline.offset
    behind = max(0.0, counter.given - value)
    former = counter.former
    slack = min(counter.slack, behind)
    if baseline is not counter.baseline:
        left = msgspec.structs.replace(counter.baseline, at=counter.at, given=counter.given)
        former = _remembered(counter, left, baseline)
        slack = behind
    moved = counter.moved if sample.raw == counter.raw and baseline is counter.baseline else sample.at
    given = value if sample.bounds.signed else max(counter.given, value)
    return Counter(sample.raw, given, sample.at, moved, baseline, slack, None, former)


def _remembered(counter: Counter, left: Baseline, taken: Baseline) -> tuple[Baseline, ...]:
    known = {_kind(left), _kind(taken)}
    kept = [left, *(former for former in counter.former if _kind(former) not in known)]
    while len(kept) > KEPT:
        # The oldest guess goes first: what is exact makes up for all guesses since when it returns.
        kept.remove(next((former for former in reversed(kept) if former.code not in EXACT), kept[-1]))
    return tuple(kept)


def _kind(baseline: Baseline) -> tuple[str, str, float]:
    """Return the kind of a baseline: of guesses with the same cause only the latest is worth keeping."""
    return baseline.source, baseline.code, baseline.offset if baseline.code in EXACT else 0.0


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing that happens to counters: how it looks, how long it is held, what then becomes of the counter."""

    code: str
    """Code of reason and finding."""
    recognise: Callable[[Counter, Sample], bool]
    polls: float
    """How many values in a row must agree before it is settled."""
    settle: Callable[[Counter, Sample, Doubt], Counter]
    seconds: float = 0.0
    """How long they must agree."""


def _fall(counter: Counter, sample: Sample) -> float:
    return -_growth(counter, sample, counter.baseline.offset)


def _zero(counter: Counter, sample: Sample) -> bool:
    return sample.raw == 0 and _fall(counter, sample) > 0


def _held_room(counter: Counter, sample: Sample) -> float:
    """Wh that can have flowed since a counter was believed: anything before the first doubt, then what power tells."""
    if counter.doubt is None or sample.flow is None:
        return min(_room(sample, counter.at), sample.bounds.most)
    return _room(sample, sample.at - max(0.0, counter.doubt.since - counter.at)) + FLOWS * sample.flow


def _halved(counter: Counter, sample: Sample) -> bool:
    # Exactly one of two phases reads zero (protocol.md F2): twice the value continues the counter.
    room = min(_held_room(counter, sample), abs(sample.raw) * 0.01)
    return -_ripple(sample) <= 2 * sample.raw - counter.raw <= room and _fall(counter, sample) > 0


def _elsewhere(counter: Counter, sample: Sample) -> bool:
    return sample.source != counter.baseline.source


def _wraps(counter: Counter, sample: Sample) -> int:
    """Count the overflows that explain a fall; 0 where none do. What overflows starts again at zero, not below."""
    if sample.raw < 0:
        return 0
    fall, room = _fall(counter, sample), _wrapped_room(counter, sample)
    if sample.bounds.measured and sample.flow is not None:
        wraps = round((sample.flow + fall) / WRAP)
        return wraps if wraps > 0 and abs(wraps * WRAP - fall - sample.flow) <= room else 0
    wraps = math.ceil((fall - _ripple(sample)) / WRAP)
    return wraps if wraps > 0 and wraps * WRAP - fall <= room else 0


def _wrapped_room(counter: Counter, sample: Sample) -> float:
    """Return how far an overflow may be from a whole one, Wh.

    By the devices' own counters: what a meter may differ from them. Else what can have flowed, but where the counter
    may as well have begun at zero again.
    """
    if sample.bounds.measured and sample.flow is not None:
        return DRIFT * sample.flow + _room(sample, sample.at - GAP)
    room = _held_room(counter, sample)
    return min(room, WRAP / 10) if sample.raw <= room else room


def _wrapped(counter: Counter, sample: Sample) -> bool:
    return _wraps(counter, sample) > 0


def _departed(counter: Counter, sample: Sample) -> bool:
    fall = _fall(counter, sample)
    gone = sample.bounds.departed
    candidates = (*gone.values(), sum(gone.values()))
    return any(
        energy > _ripple(sample) and -_ripple(sample) <= energy - fall <= _held_room(counter, sample)
        for energy in candidates
    )


def _fell(counter: Counter, sample: Sample) -> bool:
    return not sample.bounds.signed and _fall(counter, sample) > 0


def _after_gap(counter: Counter, sample: Sample) -> bool:
    """Return whether a step can be, but comes after a gap or a standstill."""
    growth = _growth(counter, sample, counter.baseline.offset)
    if not _believable(counter, sample) or abs(growth) <= _ripple(sample):
        return False
    if sample.at - counter.at > sample.bounds.gap:
        return True
    rest = min(max(0.0, sample.at - counter.moved), REST)
    return sample.flow is None and abs(growth) > _room(sample, sample.at - rest)


def _begun(counter: Counter, sample: Sample) -> bool:
    # What has read zero for as long as it is known has counted nothing that an offset could keep.
    return counter.given == 0.0 == counter.raw and sample.raw > 0 and not _believable(counter, sample)


def _anything(_counter: Counter, _sample: Sample) -> bool:
    return True


def _start(_counter: Counter, sample: Sample, _doubt: Doubt) -> Counter:
    return _begin(sample.raw, sample.source, sample.at)


def _believe(counter: Counter, sample: Sample, _doubt: Doubt) -> Counter:
    return _accept(counter, sample, counter.baseline)


def _unwrap(counter: Counter, sample: Sample, doubt: Doubt) -> Counter:
    wraps = _wraps(counter, sample)
    baseline = counter.baseline
    since = baseline.since if baseline.code == doubt.code else doubt.since
    offset = baseline.offset + wraps * WRAP
    return _accept(counter, sample, Baseline(sample.source, offset, doubt.code, since, baseline.wraps + wraps))


def _rebase(counter: Counter, sample: Sample, doubt: Doubt) -> Counter:
    # What power says has flowed since the last believed value is energy, whatever the counter did meanwhile.
    step = sample.raw - doubt.first
    growth = step if sample.flow is None else max(step, sample.flow)
    offset = counter.given + growth - sample.raw
    return _accept(counter, sample, Baseline(sample.source, offset, doubt.code, doubt.since, counter.baseline.wraps))


SHAPES: Final = (
    Shape("counter_zero", _zero, math.inf, _believe),
    Shape("counter_halved", _halved, 3, _rebase, seconds=3600),
    Shape("counter_begun", _begun, 3, _start),
    Shape("source_changed", _elsewhere, 3, _rebase),
    Shape("counter_wrapped", _wrapped, 3, _unwrap),
    Shape("inverter_gone", _departed, 3, _rebase),
    # Five minutes, so that the list of inverters has been read anew and may explain it.
    Shape("counter_fell", _fell, 3, _rebase, seconds=300),
    Shape("after_gap", _after_gap, 2, _believe),
    Shape(JUMPED, _anything, 3, _rebase),
)
"""What can happen, the most telling shape first. A new one is one record and its witness test."""

QUIET: Final = frozenset({"after_gap", "unproven_zero", "counter_begun"})
"""Shapes that are ordinary prudence: the reading says them, no finding does."""


def _doubt(counter: Counter, sample: Sample) -> Counter:
    shape = next(shape for shape in SHAPES if shape.recognise(counter, sample))
    doubt = _continued(counter.doubt, shape.code, sample)
    if doubt.polls >= shape.polls and sample.at - doubt.began >= shape.seconds:
        return shape.settle(counter, sample, doubt)
    return msgspec.structs.replace(counter, doubt=doubt)


def _continued(previous: Doubt | None, code: str, sample: Sample) -> Doubt:
    raw, source, at = sample.raw, sample.source, sample.at
    since = at if previous is None else previous.since
    if previous is None or previous.source != source or not _agrees(previous, sample):
        return Doubt(code, source, raw, raw, since, at, at)
    return msgspec.structs.replace(previous, code=code, last=raw, at=at, polls=previous.polls + 1)


def _agrees(doubt: Doubt, sample: Sample) -> bool:
    step = sample.raw - doubt.last
    low = -_room(sample, doubt.at) if sample.bounds.signed else -_ripple(sample)
    return low <= step <= _room(sample, doubt.at)
