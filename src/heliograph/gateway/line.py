"""Requests to one gateway with patience: tried again while that may help, within a budget, and counted."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from heliograph.errors import AnswerError, Cause, HeliographError, UnreachableError
from heliograph.gateway.access import CHECK_JWT, Headers
from heliograph.gateway.address import Address
from heliograph.gateway.events import Latency, Requests
from heliograph.gateway.log import LOGGER
from heliograph.gateway.transport import Patience, Reply, Transport

BUSY: Final = frozenset({502, 503, 504})
"""What a gateway says that starts or is overloaded."""

_CLOSING: Final = {b"{": b"}", b"[": b"]"}
"""How a JSON body ends that began so."""

Sleep = Callable[[float], Awaitable[None]]


def poor(reply: Reply, host: str, target: str) -> HeliographError | None:
    """Return what is wrong with an answer that a moment later may be a better one; None if nothing is."""
    if reply.status in BUSY:
        return AnswerError("not_ready", host=host, target=target, status=reply.status)
    body = reply.body.strip() if reply.status == 200 else b"-"
    if not body:
        return AnswerError("bad_answer", host=host, target=target, cause=Cause("empty_answer"))
    if body[:1] in _CLOSING and body[-1:] != _CLOSING[body[:1]]:
        return UnreachableError("interrupted", host=host, target=target, cause=Cause("incomplete"))
    return None


def worth_another_try(err: HeliographError, *, probing: bool = False) -> bool:
    """Return whether asking again soon may help.

    After a time-out it would only add to the load; while probing, what answers wrongly may be no gateway at all.
    """
    cause = err.details.get("cause")
    code = cause.code if isinstance(cause, Cause) else None
    if err.code == "not_ready" or code in {"empty_answer", "incomplete"}:
        return True
    if probing:
        return False
    return err.code == "interrupted" or code in {"connection_refused", "closed", "not_http"}


def gone(err: HeliographError) -> bool:
    """Return whether an error means that there is no gateway to ask anything else."""
    return isinstance(err, UnreachableError) and err.code in {"unreachable", "unresolved"}


def turned_away(err: HeliographError) -> bool:
    """Return whether a connection was taken and closed without a word, as a port does that is about to be closed."""
    cause = err.details.get("cause")
    return err.code == "interrupted" and isinstance(cause, Cause) and cause.code == "closed"


class Line:
    """One transport, the scheme that it speaks, and what it costs."""

    def __init__(
        self,
        address: Address,
        *,
        patience: Patience,
        pin: str | None,
        scheme: str | None,
        sleep: Sleep,
    ) -> None:
        self.address = address
        self.scheme = scheme
        self.transport = Transport(address, patience=patience, pin=pin)
        self.requests = Requests()
        self.latency: dict[str, Latency] = {}
        self._patience = patience
        self._sleep = sleep
        self._left = patience.budget

    def at(self, address: Address) -> "Line":
        """Return the same to another address: what is trusted, spoken and counted goes with it."""
        key = self.transport.key.expected
        line = Line(address, patience=self._patience, pin=key, scheme=self.scheme, sleep=self._sleep)
        line.requests, line.latency = self.requests, self.latency
        return line

    def new_round(self, budgets: float = 1.0) -> None:
        """Grant time for further tries anew."""
        self._left = self._patience.budget * budgets

    async def send(self, target: str, headers: Headers = dict, *, probing: str | None = None) -> Reply:
        """Send a request over the scheme that is known, or is being probed, and again while that may help.

        Raises:
            UnreachableError: nothing came, or not all of it.
            AnswerError: what came cannot be read.
            CertificateError: the key is another; nothing was sent.
        """
        pauses = iter(self._patience.pauses)
        while True:
            start = time.monotonic()
            reply: Reply | None = None
            try:
                reply = await self._once(probing or self.scheme or self.address.schemes[0], target, headers())
                failure = poor(reply, str(self.address), target)
            except HeliographError as err:
                failure = err
            if failure is not None:
                self._left -= time.monotonic() - start
                if worth_another_try(failure, probing=probing is not None) and await self._pause(next(pauses, None)):
                    LOGGER.debug("%s is asked again for %s: %s", self.address, target, failure)
                    self.requests.repeated += 1
                    continue
            if reply is not None:
                return reply
            assert failure is not None  # noqa: S101 - one of both is there
            raise failure

    async def _once(self, scheme: str, target: str, headers: Mapping[str, str]) -> Reply:
        self.requests.sent += 1
        self.requests.sessions += target == CHECK_JWT
        try:
            reply = await self.transport.exchange(scheme, target, headers=headers)
        except HeliographError as err:
            LOGGER.debug("%s gave no answer to %s (%s)", self.address, target, err)
            self.requests.failed += 1
            raise
        LOGGER.debug("%s answered %s with HTTP %d in %.2f s", self.address, target, reply.status, reply.seconds)
        self.requests.answered += 1
        self.requests.refused += reply.status == 401
        self.latency.setdefault(target, Latency()).add(reply.seconds)
        return reply

    async def _pause(self, seconds: float | None) -> bool:
        if seconds is None or seconds > self._left:
            return False
        self._left -= seconds
        await self._sleep(seconds)
        return True
