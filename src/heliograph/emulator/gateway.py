"""A simulated site behind one firmware: the source of answers for the HTTP side, and the truth beside it."""

from collections.abc import Iterable
from typing import Any

import msgspec

from heliograph.emulator.answer import Answer, Authentication
from heliograph.emulator.dialect import Dialect, Missing, Tongue
from heliograph.emulator.documents.pages import live_meters
from heliograph.emulator.documents.view import Live, View
from heliograph.emulator.lies import LIES, RESET_DELAY, bend_site, bends_of
from heliograph.emulator.site.books import Books
from heliograph.emulator.site.equipment import serial_of
from heliograph.emulator.site.plan import Plan
from heliograph.emulator.site.truth import Truth
from heliograph.emulator.site.world import World
from heliograph.emulator.truth import truth_of
from heliograph.emulator.writers import WRITERS, Writer

_STREAM = "/ivp/livedata/stream"
_STREAM_SECONDS = 900
"""After which the live stream switches itself off."""
_WRONG_METHOD = b'{"err":"405 - Method Not Allowed"}'
_UNAUTHORIZED = b"<html><body><h2>401 Unauthorized</h2></body></html>"
_USUAL_SECONDS = 0.05


class SimulatedGateway:
    """One gateway that does not exist. Time never goes back: an earlier `now` gives the earliest state at hand."""

    def __init__(
        self,
        plan: Plan,
        dialect: Dialect,
        successor: Dialect,
        part: str,
        *,
        start: float,
        days: int = 1,
        lies: Iterable[str] = (),
    ) -> None:
        self.plan = plan
        self.part = part
        self.lies: set[str] = set(lies)
        """The names of the lies being told, see `heliograph.emulator.lies`; may be changed at any time."""
        self.grid_connected = True
        """Whether the grid is there, as the controller, the collar and the relays see it."""
        self.world = World(plan, start, days)
        self._dialects = (dialect, successor)
        self._memory: dict[str, Any] = {}
        self._remembered = frozenset(self.lies)
        self._swapped: Books | None = None
        self._stream_until = float("-inf")
        self._start = start
        self._live: dict[str, Any] | None = None

    @property
    def dialect(self) -> Dialect:
        """The firmware being spoken."""
        return self._dialects["firmware-update" in self.lies]

    @property
    def serial(self) -> str:
        """Serial number of the gateway that stands there now."""
        return serial_of("2025", self.plan.seed, 0) if "gateway-swap" in self.lies else self.plan.serial

    @property
    def firmware(self) -> str:
        """As in `/info`."""
        return self.dialect.firmware

    @property
    def authentication(self) -> Authentication:
        """How this firmware lets its readers in."""
        return self.dialect.authentication

    def open_to_all(self, path: str) -> bool:
        """Return whether this path is answered without credentials; before tokens, so is what is not there."""
        dialect = self.dialect
        if dialect.authentication is Authentication.TOKEN or path in dialect.free or path in dialect.refused:
            return path in dialect.free
        return dialect.authentication is Authentication.NONE or self._writer(dialect, path, path) is None

    def minimum_role(self, path: str) -> str:
        """Name the lowest role a token needs for this path."""
        return "installer" if path == "/stream/meter" else self.dialect.refused.get(path, "owner")

    def answer(self, method: str, target: str, body: bytes, now: float) -> Answer:
        """Answer a request at an epoch time."""
        dialect = self.dialect
        path = target.partition("?")[0]
        if path == _STREAM and dialect.live_totals:
            return self._stream(method, body, now)
        name = self._writer(dialect, target, path)
        if dialect.refused.get(path) == "nobody":
            return Answer(_UNAUTHORIZED, 401, "text/html")
        if name is None:
            missing = dialect.missing_settings if path.startswith(("/ivp/ss", "/ivp/sc")) else dialect.missing
            return _missing(missing)
        if method not in {"GET", "HEAD"}:
            return Answer(_WRONG_METHOD, 405)
        return self._write(dialect, name, target, path, now)

    @staticmethod
    def _writer(dialect: Dialect, target: str, path: str) -> str | None:
        """Find the writer of a target: with its query, without, or as one row of a list."""
        name = dialect.routes.get(target) or dialect.routes.get(path)
        if name is None:
            parent, _, last = path.rpartition("/")
            name = dialect.routes.get(parent) if last.isdigit() else None
            return name if name is not None and WRITERS[name].picks_eid else None
        return name

    def _write(self, dialect: Dialect, name: str, target: str, path: str, now: float) -> Answer:
        writer = WRITERS[name]
        handler = dialect.handlers[writer.tongue]
        view = self._view(now)
        document = writer.write(view)
        for bend in bends_of(name, self.lies):
            document = bend(document, view)
        if path not in dialect.routes:
            document = _row(writer, document, int(path.rpartition("/")[2]))
            if document is None:
                return _missing(dialect.missing)
        seconds = dialect.seconds.get(target) or dialect.seconds.get(path, _USUAL_SECONDS)
        return Answer(
            _printed(document, handler.indent if writer.tongue is not Tongue.INFO else 0, handler.ending),
            content_type=handler.content_type,
            framing=handler.framing,
            headers=handler.headers,
            seconds=seconds,
        )

    def _view(self, now: float) -> View:
        if self._live is None:
            # The live data stand where they stood at the start until the stream is enabled.
            self._live = live_meters(self._seen(self._start))
        view = self._seen(now)
        enabled = now < self._stream_until
        if enabled:
            self._live = live_meters(view)
        view.live = Live(enabled, self._live)
        return view

    def _seen(self, now: float) -> View:
        moment = self.world.at(now)
        self._remember(now)
        return View(
            serial=self.serial,
            part=self.part,
            plan=bend_site(self.plan, self.lies),
            dialect=self.dialect,
            world=self.world,
            moment=moment,
            memory=self._memory,
            reset_delay=RESET_DELAY if "late-midnight-reset" in self.lies else 0,
            offset=self._swapped,
            grid=self.grid_connected,
        )

    def _remember(self, now: float) -> None:
        """Start or end the memory of lies that came or went."""
        told = frozenset(self.lies)
        if told != self._remembered:
            unknown = told - LIES.keys()
            if unknown:
                msg = f"no such lie: {', '.join(sorted(unknown))}; see heliograph.emulator.lies.LIES"
                raise ValueError(msg)
            self._memory.clear()
            self._remembered = told
        if "gateway-swap" not in told:
            self._swapped = None
        elif self._swapped is None:
            self._swapped = self.world.at(now).books

    def _stream(self, method: str, body: bytes, now: float) -> Answer:
        """Switch the live stream: the only thing that can be written here."""
        if method != "POST":
            return Answer(_WRONG_METHOD, 405)
        try:
            wanted = msgspec.json.decode(body, type=dict[str, int]).get("enable")
        except msgspec.DecodeError:
            wanted = None
        if wanted not in {0, 1}:
            return Answer(b'{"err":"400 - Bad Request"}', 400)
        self._stream_until = now + _STREAM_SECONDS if wanted else float("-inf")
        state = "enabled" if wanted else "disabled"
        return Answer(_printed({"sc_stream": state}, 4, b"\n"), seconds=_USUAL_SECONDS)

    def truth(self, now: float) -> Truth:
        """Return what really is, whatever lies are told."""
        return truth_of(self.plan, self.world, self._dialects[0], now)

    def fail_inverter(self, serial: str, now: float) -> None:
        """Let an inverter die at this time."""
        self.world.fail(serial, now)


def _missing(missing: Missing) -> Answer:
    return Answer(missing.body, 404, missing.content_type)


def _row(writer: Writer, document: Any, eid: int) -> Any:
    return next((row for row in document if row["eid"] == eid), None) if writer.picks_eid else None


def _printed(document: Any, indent: int, ending: bytes) -> bytes:
    if isinstance(document, bytes):
        return document
    encoded = msgspec.json.encode(document)
    return (msgspec.json.format(encoded, indent=indent) if indent else encoded) + ending
