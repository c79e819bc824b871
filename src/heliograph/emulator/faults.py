"""Faults by switch: which there are, which are on, and which of them strike a request."""

import fnmatch
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random

from heliograph.emulator.answer import Answer, Source
from heliograph.emulator.counters import Counters
from heliograph.emulator.damage import BENDS, MARKS
from heliograph.emulator.lies import LIES
from heliograph.emulator.wire import Reply

FAULTS = {
    "401": "answers 401 to whoever asks, session or not",
    "401-flapping": "answers 401 to every second request, although the session is good",
    "404": "says that the path does not exist",
    "500": "answers 500",
    "502": "answers 502, as a gateway does that has just booted",
    "503": "answers 503, as a gateway does that has just booted",
    "both-framings": "names a Content-Length and chunks the body as well, as 5.0 does now and then",
    "clock-skew": "believes in another time; the amount is the difference in seconds, 7200 unless given",
    "cut": "closes the connection in the middle of the body",
    "drop-keepalive": "promises to keep the connection and closes it",
    "empty-200": "answers 200 with nothing",
    "false-content-type": "calls JSON text/html and the rest application/json",
    "garbage-headers": "sends a WWW-Authenticate header of binary garbage, as a 3.9.36 did",
    "hang": "takes the request and never answers",
    "html-200": "answers 200 with an HTML page",
    "http10-close": "answers in HTTP/1.0 and ends the body by closing",
    "leading-space": "puts an empty line before the body",
    "missing-keys": "leaves out some keys of its JSON",
    "no-content-type": "names no Content-Type",
    "offline": "refuses every connection",
    "outage-23h": "from 23:00 to 23:05 by its own time refuses connections and hangs on those it has",
    "redirect-localhost": "redirects to https://localhost",
    "repeated-headers": "sends its headers twice",
    "session-expiry": "forgets every session before it looks at the request",
    "slow-drip": "sends the body in twenty pieces; the amount is the seconds before each, 0.5 unless given",
    "truncated": "sends half of the body and calls it whole",
    "wrong-types": "turns some numbers of its JSON into text, nulls, objects and lists",
}
"""Faults of the wire and of content, by name; what each does."""

_AMOUNTS = {"clock-skew": 7200.0, "slow-drip": 0.5}
_EVERY = {"401-flapping": 2}
_OUTAGE = range(23 * 60, 23 * 60 + 5)


class UnknownFaultError(ValueError):
    """A fault that does not exist, or that this source cannot have."""


@dataclass(slots=True)
class Switch:
    """One fault that is on: where, how often, how much."""

    name: str
    paths: str = "*"
    """A pattern of paths without query, as a shell matches file names."""
    every: int = 1
    """Strike each n-th of the matching requests only."""
    probability: float = 1.0
    times: int | None = None
    """Strike so often, then never again."""
    amount: float = 0.0
    """How much, for the faults that can be measured."""
    seen: int = 0

    def due(self, path: str, chance: Random) -> bool:
        """Return whether this request is struck, and remember that it was seen."""
        if self.times == 0 or not fnmatch.fnmatchcase(path, self.paths):
            return False
        self.seen += 1
        if self.seen % self.every or (self.probability < 1.0 and chance.random() >= self.probability):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(frozen=True, slots=True)
class Strike:
    """The faults that strike one request."""

    amounts: Mapping[str, float]
    """Names of the faults and how much of each."""
    chance: Random

    def has(self, name: str) -> bool:
        """Return whether a fault strikes this request."""
        return name in self.amounts

    @property
    def hangs(self) -> bool:
        """Whether the request is never answered."""
        return "hang" in self.amounts

    def bend(self, answer: Answer) -> Answer:
        """Let the faults of content have the answer."""
        for name in self.amounts:
            if bend := BENDS.get(name):
                answer = bend(answer, self.chance)
        return answer

    def mar(self, reply: Reply) -> None:
        """Let the faults of transport have the reply."""
        for name, amount in self.amounts.items():
            if mark := MARKS.get(name):
                mark(reply, amount)


class Faults:
    """The switches of one gateway: its own faults, and the lies of its source (see `all_faults`)."""

    def __init__(self, source: Source, counters: Counters, *, seed: int = 0) -> None:
        self._counters = counters
        self.follow(source)
        self._switches: dict[str, Switch] = {}
        self._chance = Random(seed)
        self._nothing = Strike({}, self._chance)

    def on(
        self,
        name: str,
        *,
        paths: str = "*",
        every: int | None = None,
        probability: float = 1.0,
        times: int | None = None,
        amount: float | None = None,
    ) -> None:
        """Switch a fault on, or on anew with other limits. Lies know no limits: those are for the faults of the wire.

        Raises:
            UnknownFaultError: No such fault, or the source cannot have it.
        """
        if name in FAULTS:
            self._switches[name] = Switch(
                name,
                paths,
                max(1, _EVERY.get(name, 1) if every is None else every),
                probability,
                times,
                _AMOUNTS.get(name, 0.0) if amount is None else amount,
            )
        else:
            self._lies_for(name).add(name)

    def off(self, name: str) -> None:
        """Switch a fault off; one that is not on stays so."""
        if name in FAULTS:
            self._switches.pop(name, None)
        else:
            self._lies_for(name).discard(name)

    def clear(self) -> None:
        """Switch everything off but the lies that the source told of its own accord."""
        self._switches.clear()
        if self._lies() != self._native:
            self._lies_for().clear()
            self._lies_for().update(self._native)

    def active(self) -> list[str]:
        """Name what is on."""
        return sorted({*self._switches, *self._lies()})

    def follow(self, source: Source) -> None:
        """Mind another source's lies from now on."""
        self._source = source
        self._native = frozenset(self._lies())

    def skew(self) -> float:
        """Return how far the gateway's clock is off, in seconds."""
        switch = self._switches.get("clock-skew")
        return switch.amount if switch else 0.0

    def closed(self, minute: Callable[[], int]) -> bool:
        """Return whether connections are refused at the present minute of the gateway's day."""
        name = next((name for name in ("offline", "outage-23h") if name in self._switches), None)
        if name is None or (name == "outage-23h" and minute() not in _OUTAGE):
            return False
        self._counters.faults[name] += 1
        return True

    def strike(self, path: str, minute: Callable[[], int]) -> Strike:
        """Decide which faults strike a request for a path, at the present minute of the gateway's day."""
        if not self._switches:
            return self._nothing
        amounts: dict[str, float] = {}
        for name, switch in self._switches.items():
            if name == "outage-23h":
                amounts |= {"hang": 0.0} if minute() in _OUTAGE else {}
            elif switch.due(path, self._chance):
                amounts[name] = switch.amount
        self._counters.faults.update(amounts.keys())
        return Strike(amounts, self._chance)

    def _lies(self) -> frozenset[str]:
        return frozenset(getattr(self._source, "lies", ()))

    def _lies_for(self, name: str = "") -> set[str]:
        """Return the source's own set of lies."""
        if name not in {"", *LIES}:
            message = f"there is no fault {name!r}; those that exist: {', '.join(all_faults())}"
            raise UnknownFaultError(message)
        lies: set[str] | None = getattr(self._source, "lies", None)
        if lies is None:
            message = f"{name!r} needs a simulated site; a recording cannot lie"
            raise UnknownFaultError(message)
        return lies


def all_faults(names: Iterable[str] = ()) -> dict[str, str]:
    """List every fault and lie with what it does; of `names` only, if given."""
    everything = dict(sorted({**FAULTS, **LIES}.items()))
    return {name: everything[name] for name in names} if names else everything
