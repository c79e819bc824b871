"""Tries notifications out: a message to every address, and a dry run over history."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from zoneinfo import ZoneInfo

from heliograph.app.dry_run import DAY, DryRunRequest, dry_run
from heliograph.app.settings import Notifications
from heliograph.errors import HeliographError
from heliograph.outputs.notifications import CODES, Message, kind_of, told, try_out
from heliograph.outputs.notifications.post import Post, post
from heliograph.outputs.wording import say
from heliograph.store import Store
from heliograph.web import wording
from heliograph.web.problem import ProblemError
from heliograph.web.shapes import notifications as shapes

LOGGER: Final = logging.getLogger("heliograph.app")


@dataclass(slots=True)
class _DryRun:
    """A dry run, under way or over."""

    asked: DryRunRequest
    started: float
    state: Literal["running", "done", "failed"] = "running"
    done: int = 0
    total: int = 0
    since: float | None = None
    told: list[tuple[str, Message]] = field(default_factory=list)
    """Messages with the serial numbers of their gateways."""
    error: HeliographError | None = None

    def progress(self, done: int, total: int) -> None:
        """Note how far it is."""
        self.done, self.total = done, total


class Notifier:
    """What the page's buttons for notifications do."""

    def __init__(
        self,
        *,
        settings: Callable[[], Notifications],
        names: Callable[[], Mapping[str, str]],
        history: Callable[[], Store],
        zone: ZoneInfo,
        clock: Callable[[], float],
        send: Post = post,
    ) -> None:
        """Prepare.

        Args:
            settings: as they stand in the file: what was entered is tried before a restart puts it in force.
            names: the owner's names of all gateways by serial number.
            history: gives the history; raises `ProblemError` while there is none.
            zone: in whose time messages are told.
            clock: tells the time, epoch seconds UTC.
            send: takes one message to one address.
        """
        self._settings = settings
        self._names = names
        self._history = history
        self._zone = zone
        self._clock = clock
        self._send = send
        self._latest: _DryRun | None = None
        self._task: asyncio.Task[None] | None = None

    def all(self, language: str) -> shapes.Notifications:
        """Return where messages go and what is told."""
        settings = self._settings()
        return shapes.Notifications(
            addresses=[shapes.Address(number=number, kind=kind_of(address)) for number, address in _numbered(settings)],
            rules=[
                shapes.Rule(code=code, title=say(f"rule.{code}", language), on=code not in settings.silenced)
                for code in CODES
            ],
        )

    async def test(self, language: str) -> Sequence[shapes.Trial]:
        """Send a message to every address that only shows that messages arrive.

        Raises:
            ProblemError: `no_addresses`.
        """
        addresses = self._settings().to.split()
        if not addresses:
            raise ProblemError("no_addresses", 409)
        trials = await try_out(addresses, language, send=self._send)
        return [
            shapes.Trial(
                number=number,
                kind=trial.kind,
                ok=trial.error is None,
                problem=None if trial.error is None else trial.error.text(language),
            )
            for number, trial in enumerate(trials, 1)
        ]

    def begin(self, days: int, gateways: Sequence[str], language: str) -> shapes.DryRun:
        """Begin a dry run over the last days; one that is under way is given up.

        Raises:
            ProblemError: `no_history`.
        """
        store, now = self._history(), self._clock()
        if self._task is not None:
            self._task.cancel()
        names = {serial: name for serial, name in self._names().items() if serial in gateways}
        asked = DryRunRequest(names, self._zone, now - days * DAY, now, self._settings().silenced)
        self._latest = latest = _DryRun(asked, now)
        self._task = asyncio.get_running_loop().create_task(self._see_through(store, latest), name="dry run")
        return self._shown(latest, language)

    def dry_run(self, language: str) -> shapes.DryRun | None:
        """Return how far the latest dry run is, and what it told so far; None where there was none."""
        return None if self._latest is None else self._shown(self._latest, language)

    async def close(self) -> None:
        """Cancel what is running."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _see_through(self, store: Store, one: _DryRun) -> None:
        try:
            one.since = await dry_run(
                store, one.asked, lambda serial, message: one.told.append((serial, message)), one.progress
            )
        except HeliographError as err:
            one.state, one.error = "failed", err
        except Exception:
            LOGGER.exception("the dry run failed unexpectedly")
            one.state = "failed"
        else:
            one.state = "done"

    def _shown(self, one: _DryRun, language: str) -> shapes.DryRun:
        return shapes.DryRun(
            state=one.state,
            start=one.asked.start,
            end=one.asked.end,
            started=one.started,
            done=one.done,
            total=one.total,
            since=one.since,
            messages=[
                self._message(serial, message, language)
                for serial, message in sorted(one.told, key=lambda told: told[1].at)
            ],
            problem=None if one.error is None else wording.trouble(one.error, language),
        )

    def _message(self, serial: str, message: Message, language: str) -> shapes.Message:
        said = told(message, language, self._zone)
        return shapes.Message(
            gateway=serial,
            rule=message.rule,
            state="over" if message.over else "begun",
            at=message.at,
            title=said.title,
            text=said.text,
        )


def _numbered(settings: Notifications) -> enumerate[str]:
    return enumerate(settings.to.split(), 1)
