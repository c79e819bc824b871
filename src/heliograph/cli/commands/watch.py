"""`heliograph watch`: a gateway live, read at the promised cadence."""

import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from rich.live import Live

from heliograph.cli import keys
from heliograph.cli.board import Board
from heliograph.cli.commands.read import first_reading
from heliograph.cli.desk import Desk
from heliograph.cli.options import whole
from heliograph.cli.stop import until_stopped
from heliograph.cli.target import Target, opened, resolve
from heliograph.errors import HeliographError
from heliograph.gateway import Gateway
from heliograph.model import Snapshot

_CADENCE: Final = 60.0
"""Seconds between two readings: what DESIGN.md promises of system values."""
_REDRAW: Final = 1.0
_RECENT: Final = 300.0
_MOST: Final = 1_000_000


async def run(desk: Desk, *, host: str | None, token_file: str | None, count: str | None) -> None:
    """Show a gateway live until told to stop."""
    readings = whole(desk, count, "--count", least=1, most=_MOST)
    target = resolve(desk, host)
    async with opened(desk, target, keys.given(desk, token_file)) as gateway:
        await until_stopped(Watch(desk, gateway, target, readings=readings).run())


@dataclass
class Watch:
    """One gateway being watched. Time is the desk's; where that runs fast, so do the readings."""

    desk: Desk
    gateway: Gateway
    target: Target
    readings: int | None = None
    """After so many it ends; None never."""
    pace: float = 1.0
    """Seconds of the desk's time in a real one."""
    footer: Callable[[], str] | None = None
    _sent: deque[tuple[float, int]] = field(default_factory=deque)

    async def run(self) -> None:
        """Read, show, wait; again and again.

        Raises:
            HeliographError: the first reading failed.
        """
        desk, board = self.desk, Board(self.desk.say)
        snapshot = await first_reading(desk, self.gateway, self.target)
        problems: list[HeliographError] = list(self.gateway.problems.values())
        done = 1
        live = Live(console=desk.out, auto_refresh=False, vertical_overflow="crop") if desk.out.is_terminal else None
        with live or contextlib.nullcontext():
            while True:
                next_at = snapshot_due(snapshot.at if not problems else desk.clock(), desk.clock())
                if live is None:
                    desk.print(board.line(snapshot, problems))
                if self.readings is not None and done >= self.readings:
                    if live is not None:
                        self._redraw(live, board, snapshot, next_at, problems)
                    return
                await self._wait(live, board, snapshot, next_at, problems)
                snapshot, problems = await self._again(snapshot)
                done += 1

    async def _again(self, before: Snapshot) -> tuple[Snapshot, list[HeliographError]]:
        """Read once more; a failure is shown beside what was read before."""
        try:
            snapshot = await self.gateway.read()
        except HeliographError as err:
            return before, [err]
        return snapshot, list(self.gateway.problems.values())

    async def _wait(
        self, live: Live | None, board: Board, snapshot: Snapshot, next_at: float, problems: list[HeliographError]
    ) -> None:
        """Let time pass until the next reading, showing how the present one ages."""
        while (left := (next_at - self.desk.clock()) / self.pace) > 0:
            if live is not None:
                self._redraw(live, board, snapshot, next_at, problems)
            await self.desk.sleep(min(left, _REDRAW) if live is not None else left)

    def _redraw(
        self, live: Live, board: Board, snapshot: Snapshot, next_at: float, problems: list[HeliographError]
    ) -> None:
        now = self.desk.clock()
        view = board.draw(
            snapshot,
            title=self.target.title,
            now=now,
            next_at=next_at,
            requests=self.gateway.requests,
            recent=self._recent(now),
            problems=problems,
            footer=self.footer() if self.footer is not None else "",
        )
        live.update(view, refresh=True)

    def _recent(self, now: float) -> int:
        """Count the requests of the last five minutes."""
        sent = self.gateway.requests.sent
        self._sent.append((now, sent))
        while len(self._sent) > 1 and self._sent[1][0] <= now - _RECENT:
            self._sent.popleft()
        return sent - self._sent[0][1] if self._sent[0][0] <= now - _RECENT else sent


def snapshot_due(read_at: float, now: float) -> float:
    """Return when to read again: a cadence after the last reading, never at once."""
    return max(read_at + _CADENCE, now + 1.0)
