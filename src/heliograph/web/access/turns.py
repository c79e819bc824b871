"""Costly questions of one caller are answered one after another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from heliograph.web.problem import ProblemError

WAITING: Final = 32
"""Questions of one caller that are answered or wait, at most."""


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class Turns:
    """A queue for each caller."""

    def __init__(self, waiting: int = WAITING) -> None:
        """Start without anybody waiting."""
        self._most = waiting
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def turn(self, caller: str) -> AsyncIterator[None]:
        """Wait until this caller's questions before are answered.

        Raises:
            ProblemError: `too_many_questions`: too many wait already.
        """
        queue = self._queues.setdefault(caller, _Queue())
        if queue.length >= self._most:
            raise ProblemError("too_many_questions", 429, headers={"Retry-After": "5"}, count=self._most)
        queue.length += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.length -= 1
            if not queue.length:
                del self._queues[caller]
