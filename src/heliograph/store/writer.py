"""The one writer: a thread that commits what waits, keeps trying while it cannot, and tidies up in between."""

import logging
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Condition, Thread
from typing import Final

from sqlalchemy.exc import DBAPIError

from heliograph.errors import Cause, InUseError
from heliograph.store import upkeep
from heliograph.store.commit import commit
from heliograph.store.engine import Database, cause_of, damaged, set_aside, spoken
from heliograph.store.entry import Entry, Row
from heliograph.store.lock import StoreError
from heliograph.store.migrate import migrate
from heliograph.store.recorder import Recorder

log = logging.getLogger(__name__)

BATCH: Final = 500
"""Entries that one transaction takes at most."""
KEPT_SECONDS: Final = 3600
"""What waits is kept for at least this long, however much memory it takes."""
FOLD: Final = 3600
"""Seconds of journal after which it is folded into chunks."""
_DELAYS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between attempts while the database does not take anything."""


@dataclass(frozen=True, slots=True)
class State:
    """How the writer fares."""

    ok: bool = True
    cause: Cause | None = None
    """Why nothing can be written."""
    since: float | None = None
    """Since when, epoch seconds UTC."""
    waiting: int = 0
    """Polls kept in memory."""
    lost: int = 0
    """Polls that had to be given up since the start."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How the writer behaves."""

    keep: float
    """Seconds for which samples are kept; their roll-ups stay for ever."""
    memory: int
    """Bytes that may wait in memory before what is older than an hour is given up."""
    clock: Callable[[], float]
    pause: Callable[[Condition, float], object]
    """Waits on a condition, held, for so many seconds at most."""


@dataclass(slots=True)
class Waiting:
    """An entry on its way, and who waits for it."""

    entry: Entry
    since: float
    done: Future[None]


@dataclass(slots=True)
class Writer:
    """Owns all writing. Everything public may be called from the event loop and returns at once."""

    database: Database
    recorder: Recorder
    loop: AbstractEventLoop
    habits: Habits
    state: State = field(default_factory=State)
    refused: InUseError | None = None
    """Why it ended of itself: another writer has the history."""
    _queue: deque[Waiting] = field(default_factory=deque)
    _orphans: list[tuple[str, Row]] = field(default_factory=list)
    """Rows of entries that were given up: what names series must come through all the same."""
    _condition: Condition = field(default_factory=Condition)
    _size: int = 0
    _failures: int = 0
    _closing: bool = False
    _hurry: bool = False
    _journals: dict[int, int] = field(default_factory=dict)
    """Since when each gateway's journal has not been folded, epoch seconds."""
    _due: dict[tuple[str, int], None] = field(default_factory=dict)
    """What is to be tidied up, `fold` or `roll` and of which gateway, in this order."""
    _pruned: bool = True
    _tidying: list[Future[None]] = field(default_factory=list)
    """Those who wait until nothing is left to tidy up."""
    _thread: Thread | None = None

    def start(self) -> None:
        """Begin."""
        # What an earlier run left in the journal is folded as soon as there is time.
        self._journals = {site.id: 0 for site in self.recorder.sites.values()}
        self._thread = Thread(target=self._run, name="history-writer", daemon=True)
        self._thread.start()

    def put(self, entry: Entry) -> Future[None]:
        """Have an entry written; the future is done once it is committed.

        It fails with `StoreError` where the entry had to be given up.
        """
        done: Future[None] = self.loop.create_future()
        # Nobody may be waiting any more when it fails.
        done.add_done_callback(lambda future: future.cancelled() or future.exception())
        with self._condition:
            if self._closing:
                done.set_exception(StoreError("history_closed"))
                return done
            self._queue.append(Waiting(entry, self.habits.clock(), done))
            self._size += entry.size
            self._make_room()
            self._condition.notify_all()
        return done

    def close(self) -> None:
        """Ask for the end: what waits is still tried once."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()

    def join(self, seconds: float) -> bool:
        """Wait for the end, blocking; tell whether it came in time."""
        if self._thread is not None:
            self._thread.join(seconds)
            return not self._thread.is_alive()
        return True

    def tidy(self) -> Future[None]:
        """Have everything folded and rolled up now, not when it is due; the future is done when it is."""
        done: Future[None] = self.loop.create_future()
        with self._condition:
            self._hurry = True
            self._tidying.append(done)
            self._condition.notify_all()
        return done

    def _run(self) -> None:
        while True:
            with self._condition:
                while not (self._queue or self._closing or self._work_waits()):
                    self._condition.wait()
                batch = [self._queue[index] for index in range(min(BATCH, len(self._queue)))]
                orphans = list(self._orphans)
                if self._closing and not batch:
                    break
            if batch and not self._write(batch, orphans) and not self._patient():
                break
            if self._work_waits():
                self._upkeep()
            self._tell_tidy()
        self._give_up_all()

    def _tell_tidy(self) -> None:
        with self._condition:
            if not self._tidying or self._queue or self._work_waits():
                return
            tidying, self._tidying = self._tidying, []
        self._settle(tidying, None)

    def _work_waits(self) -> bool:
        return self._failures == 0 and (self._hurry or bool(self._due) or not self._pruned)

    def _write(self, batch: list[Waiting], orphans: list[tuple[str, Row]]) -> bool:
        try:
            commit(self.database, (waiting.entry for waiting in batch), orphans)
        except InUseError as err:
            log.error("%s", err)  # noqa: TRY400 - the sentence says it all
            self.refused = err
            self.close()
            return False
        except Exception as err:  # noqa: BLE001 - whatever it was, the writer must live to try again
            self._failed(err)
            return False
        with self._condition:
            for waiting in batch:
                # An entry may have been given up while it was being written.
                if self._queue and self._queue[0] is waiting:
                    self._queue.popleft()
                    self._size -= waiting.entry.size
                if waiting.entry.body is not None:
                    self._journals.setdefault(waiting.entry.gateway, waiting.entry.at)
            del self._orphans[: len(orphans)]
            left = len(self._queue)
        self._succeeded(left)
        self._tell(batch, None)
        for entry in (waiting.entry for waiting in batch):
            if entry.rewinds or entry.at - self._journals.get(entry.gateway, entry.at) >= FOLD:
                self._due["fold", entry.gateway] = None
        return True

    def _upkeep(self) -> None:
        """Do one thing that is due, so that nothing waits long for its turn."""
        with self._condition:
            if self._hurry:
                self._due |= {("fold", gateway): None for gateway in self._journals}
            self._hurry = False
            work = next(iter(self._due), None)
        if work is None:
            if self.recorder.clock_confirmed:
                self._guarded(lambda: upkeep.prune(self.database, self.habits.clock(), self.habits.keep))
            self._pruned = True
            return
        what, gateway = work
        del self._due[work]
        if what == "fold":
            self._guarded(partial(self._fold, gateway))
        elif self._guarded(partial(upkeep.roll_up, self.database, gateway)):
            # There may be more days; others first.
            self._due[work] = None

    def _fold(self, gateway: int) -> None:
        upkeep.fold(self.database, gateway)
        self._journals.pop(gateway, None)
        self._due["roll", gateway] = None
        self._pruned = False

    def _guarded(self, work: Callable[[], object]) -> object:
        try:
            return work()
        except Exception as err:  # noqa: BLE001 - tidying up can wait until writing works again
            log.debug("History could not be tidied up: %s", cause_of(err))
            if damaged(err):
                self._renew()
            return None

    def _failed(self, error: Exception) -> None:
        if damaged(error):
            self._renew()
        cause = cause_of(error)
        with self._condition:
            self._failures += 1
            since = self.state.since or self.habits.clock()
            news = self.state.ok
            self.state = State(False, cause, since, len(self._queue), self.state.lost)
        log.log(
            logging.WARNING if news else logging.DEBUG,
            "History cannot be written (%s); new values wait in memory, and it is tried again",
            cause,
        )

    def _succeeded(self, left: int) -> None:
        if not self.state.ok:
            lost = f"{self.state.lost} polls were" if self.state.lost else "nothing was"
            log.info("History is written again; %s lost", lost)
        self._failures = 0
        self.state = State(waiting=left, lost=self.state.lost)

    def _patient(self) -> bool:
        """Wait before the next attempt; False where there shall be none."""
        delay = _DELAYS[min(self._failures, len(_DELAYS)) - 1]
        with self._condition:
            if not self._closing:
                self.habits.pause(self._condition, delay)
            return not self._closing

    def _renew(self) -> None:
        """Set a damaged file aside and go on in a new one."""
        path = self.database.path
        if path is None:
            return
        self.database.engine.dispose()
        try:
            aside = renew(self.database, path, self.habits.clock())
        except (DBAPIError, OSError) as err:
            log.debug("A new history file cannot be begun: %s", cause_of(err))
            return
        log.error("The history file %s is damaged; it was set aside as %s, and a new one begun", path, aside.name)
        with self._condition:
            self._orphans = [*self.recorder.everything(), *self._orphans]
            self._journals.clear()
            self._due.clear()

    def _make_room(self) -> None:
        """Drop the oldest entries where too much waits, but never what is younger than an hour."""
        enough = self.habits.clock() - KEPT_SECONDS
        while self._size > self.habits.memory and self._queue and self._queue[0].since < enough:
            waiting = self._queue.popleft()
            self._size -= waiting.entry.size
            self._orphans += waiting.entry.rows
            self.recorder.forget(waiting.entry.serial)
            self.state = State(False, self.state.cause, self.state.since, len(self._queue), self.state.lost + 1)
            self._tell([waiting], StoreError("history_lost", database=spoken(self.database.url)))

    def _give_up_all(self) -> None:
        with self._condition:
            left, tidying = list(self._queue), self._tidying
            self._queue.clear()
        self._settle(tidying, None)
        if left:
            log.error("History ends with %s polls that could not be written (%s)", len(left), self.state.cause)
            self._tell(left, StoreError("history_closed"))

    def _tell(self, batch: list[Waiting], error: StoreError | None) -> None:
        self._settle([waiting.done for waiting in batch], error)

    def _settle(self, futures: list[Future[None]], error: StoreError | None) -> None:
        def settle() -> None:
            for done in futures:
                if done.done():
                    continue
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)

        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(settle)


def renew(database: Database, path: Path, at: float) -> Path:
    """Set a damaged file aside and make a new one; give the name under which the old one is kept."""
    aside = set_aside(path, at)
    database.set_aside.append(aside)
    path.touch(0o600)
    migrate(database)
    return aside
