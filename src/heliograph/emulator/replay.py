"""A recording folder as a source: the answers of that gateway, with times moved to now (protocol.md, appendix A)."""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from heliograph.emulator.access import authentication_of, is_open, minimum_role
from heliograph.emulator.answer import Answer, Authentication, Framing
from heliograph.emulator.generation import version_of

_ALIASES = {
    "/info.xml": ("/info",),
    "/home.json": ("/home",),
    "/inventory.json": ("/inventory", "/inventory.json?deleted=1"),
    "/inventory": ("/inventory.json?deleted=1",),
    "/inventory.json?deleted=1": ("/inventory.json", "/inventory"),
    "/production.json?details=1": ("/production.json",),
    "/production.json": ("/production.json?details=1",),
    "/ivp/meters/reports/": ("/ivp/meters/reports",),
}
_NOT_FOUND = Answer(b' { "error" : "404 - Not Found" }', 404, "application/json; charset=ISO-8859-4")
_NOT_FOUND_TOKEN = Answer(b'{"err":"404 - Not Found"}', 404)
_TRANSPORT_HEADERS = {
    "connection",
    "content-length",
    "content-type",
    "date",
    "server",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "x-content-type-options",
    "x-frame-options",
}
_RUBY = ("/home", "/production", "/inventory")
_USUAL_SECONDS = (
    ("/home", 7.0),
    ("/production.json?details=1", 3.5),
    ("/production.json", 3.0),
    ("/production", 7.0),
    ("/inventory", 4.0),
    ("/", 0.2),
)
_LINES = re.compile(rb',\s*"lines"\s*:\s*\[[^\[\]]*\]|"lines"\s*:\s*\[[^\[\]]*\]\s*,?')
_EPOCHS = re.compile(
    rb'"(?:readingTime|timestamp|lastReportDate|last_rpt_date|last_report_date|created|createdAt|createdTime'
    rb'|endDate|last_update|last_enlighten_report_time)"\s*:\s*"?([1-9]\d{8,10})(?![\d.])'
    rb"|<time>([1-9]\d{8,10})</time>"
)
_LOCAL_CLOCK = re.compile(rb'"current_(?:date|time)"\s*:\s*"([^"]*)"')
_MIXED = 600
"""Seconds by which an epoch may lie after its recording's time before it must come from another box."""

_Piece = bytes | float | str


@dataclass(frozen=True, slots=True)
class _Recorded:
    """One recorded answer, its body cut at its times: bytes, a number of seconds before now, or a local format."""

    answer: Answer
    pieces: tuple[_Piece, ...]

    def at(self, now: float, zone: ZoneInfo) -> Answer:
        if len(self.pieces) == 1:
            return self.answer
        body = b"".join(piece if isinstance(piece, bytes) else _told(piece, now, zone) for piece in self.pieces)
        return replace(self.answer, body=body)


def _told(piece: float | str, now: float, zone: ZoneInfo) -> bytes:
    if isinstance(piece, str):
        return datetime.fromtimestamp(now, zone).strftime(piece).encode()
    return b"%d" % (now - piece)


class Replay:
    """Answers as one recorded gateway. The serial is whatever its `/info` says, even where that was made unreadable.

    With `rebase` the recording's moment is always now: a time in a body is as long ago as it was then, and 0 stays 0.
    A file whose times lie after its own recording was put together from two gateways; its newest time is taken as its
    moment.
    """

    def __init__(self, folder: Path, *, rebase: bool = True) -> None:
        self._folder = folder
        self._rebase = rebase
        info = _text(folder / "info")
        self.name = folder.name
        self.serial = _between(info, "sn")
        self.firmware = _between(info, "software")
        self.authentication = authentication_of(self.firmware, web_tokens=_between(info, "web-tokens") == "true")
        self.timezone = _timezone(_text(folder / "home"))
        self._zone = ZoneInfo(self.timezone)
        self.recorded_at = float(_between(info, "time") or 0)
        """The epoch at which this gateway was recorded, by its own clock."""
        self._kept: dict[str, _Recorded | None] = {}

    def open_to_all(self, path: str) -> bool:
        """Return whether this path (no query) is answered without credentials; a refusal that was recorded is."""
        if is_open(self.authentication, self.firmware, path):
            return True
        if self.authentication is not Authentication.DIGEST:
            return False
        recorded = self._recorded(path)
        return recorded is not None and recorded.answer.status == 401

    def minimum_role(self, path: str) -> str:
        """Name the lowest role a token needs for this path."""
        return minimum_role(path)

    def answer(self, method: str, target: str, body: bytes, now: float) -> Answer:  # noqa: ARG002 - nothing is written
        """Answer a request for a target at an epoch time; what was not recorded does not exist."""
        if method not in {"GET", "HEAD"}:
            return _REFUSED_METHOD
        recorded = self._recorded(target)
        if recorded is None:
            return _NOT_FOUND_TOKEN if self.authentication is Authentication.TOKEN else _NOT_FOUND
        return recorded.at(now, self._zone)

    def targets(self) -> list[str]:
        """List what was recorded, by its file's name."""
        return sorted(
            path.name
            for path in self._folder.iterdir()
            if not path.name.endswith("_log.json") and path.name != "_readme"
        )

    def _recorded(self, target: str) -> _Recorded | None:
        if target not in self._kept:
            self._kept[target] = self._load(target)
        return self._kept[target]

    def _load(self, target: str) -> _Recorded | None:
        for wanted in (target, *_ALIASES.get(target, ())):
            path = self._folder / file_name(wanted)
            if path.is_file():
                return self._read(path, target)
        if "?" in target and "=" in target:
            # Gateways disregard what they do not know in a query.
            return self._recorded(target.partition("?")[0])
        return None

    def _read(self, path: Path, target: str) -> _Recorded:
        body = path.read_bytes()
        if target.partition("?")[0] == "/production.json" and "details" not in target:
            body = _LINES.sub(b"", body)
        log_path = path.with_name(path.name + "_log.json")
        log: dict[str, Any] = json.loads(_text(log_path) or "{}")
        headers = {str(name).lower(): str(value) for name, value in log.get("headers", {}).items()}
        answer = Answer(
            body,
            int(log.get("code", 200)),
            headers.get("content-type") if log else self._usual_type(target, body),
            self._framing(target, headers, logged=bool(log)),
            self._kept_headers(headers),
            float(log.get("duration_seconds", _usual_seconds(target))),
        )
        moment = _moment(headers.get("date", "")) or self.recorded_at
        return _Recorded(answer, _cut(body, moment) if self._rebase else (body,))

    def _kept_headers(self, headers: dict[str, str]) -> dict[str, str]:
        kept = {name.title(): value for name, value in headers.items() if name not in _TRANSPORT_HEADERS}
        if version_of(self.firmware) >= (7,) and headers.get("connection") == "close":
            kept["Connection"] = "close"
        return kept

    def _framing(self, target: str, headers: dict[str, str], *, logged: bool) -> Framing:
        if "chunked" in headers.get("transfer-encoding", ""):
            return Framing.CHUNKED
        if logged and "content-length" not in headers:
            return Framing.CLOSE
        return Framing.CHUNKED if not logged and target.startswith(_RUBY) else Framing.LENGTH

    def _usual_type(self, target: str, body: bytes) -> str | None:
        """Return the Content-Type of a handler whose headers nobody wrote down (protocol.md §1.6)."""
        if target.startswith("/info"):
            return None if version_of(self.firmware) >= (8, 3) else "text/xml"
        if target.startswith(("/ivp/", "/admin/")):
            return None
        return "text/html" if body.lstrip().startswith(b"<") else "application/json"


_REFUSED_METHOD = Answer(b'{"err":"405 - Method Not Allowed"}', 405)


def file_name(target: str) -> str:
    """Name the file in which the answer to a target is recorded."""
    return re.sub(r"[/?=& ]", "_", target.removeprefix("/"))


def _cut(body: bytes, moment: float) -> tuple[_Piece, ...]:
    """Cut a body at its times, given the moment at which it was recorded."""
    found: list[tuple[int, int, _Piece]] = []
    for match in _EPOCHS.finditer(body):
        group = 1 if match[1] is not None else 2
        found.append((*match.span(group), float(match[group])))
    newest = max((epoch for _, _, epoch in found if isinstance(epoch, float)), default=moment)
    moment = newest if newest > moment + _MIXED else moment
    found = [(start, end, moment - float(epoch)) for start, end, epoch in found]
    for match in _LOCAL_CLOCK.finditer(body):
        found.append((*match.span(1), "%m/%d/%Y" if b"/" in match[1] else "%H:%M"))
    return _pieces(body, sorted(found, key=_by_start))


def _usual_seconds(target: str) -> float:
    """Return how long gateways take over a target, where nobody measured it (protocol.md §1.6)."""
    return next(seconds for start, seconds in _USUAL_SECONDS if target.startswith(start))


def _by_start(cut: tuple[int, int, _Piece]) -> int:
    return cut[0]


def _pieces(body: bytes, cuts: list[tuple[int, int, _Piece]]) -> tuple[_Piece, ...]:
    pieces: list[_Piece] = []
    last = 0
    for start, end, piece in cuts:
        pieces += [body[last:start], piece]
        last = end
    return (*pieces, body[last:])


def _moment(date: str) -> float | None:
    """Read the Date header; the older recordings joined two of them by a comma."""
    try:
        return parsedate_to_datetime(date.partition(" GMT")[0] + " GMT").timestamp() if date else None
    except ValueError:
        return None


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.is_file() else ""


def _between(xml: str, name: str) -> str:
    match = re.search(rf"<{name}>\s*([^<]*?)\s*</{name}>", xml)
    return match[1] if match else ""


def _timezone(home: str) -> str:
    match = re.search(r'"timezone"\s*:\s*"([^"]+)"', home)
    try:
        return ZoneInfo(match[1]).key if match else "UTC"
    except (KeyError, ValueError):
        return "UTC"
