"""What the ledger remembers of one gateway from poll to poll, and how that becomes bytes and comes back.

Books turn over every minute, every number of them: they are msgspec structs, which are frozen as dataclasses are and
cost a tenth to renew.
"""

import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

import msgspec

from heliograph.errors import HeliographError
from heliograph.model import Finding


class _Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """A frozen record; fields that an older or newer version does not know are ignored."""


class Baseline(_Page, frozen=True, omit_defaults=True):
    """How a gateway's counter becomes a trusted one: what is added to it, and why."""

    source: str
    """Where the counter was read."""
    offset: float = 0.0
    """Wh to add."""
    code: str = ""
    """Why (`reason.…`); empty while nothing had to be corrected."""
    since: float = 0.0
    """When it came into force, epoch seconds."""
    wraps: int = 0
    """How many 32-bit overflows are part of the offset."""
    at: float = 0.0
    """When it was last in force; kept of former baselines only."""
    given: float = 0.0
    """The trusted value at that moment."""


class Doubt(_Page, frozen=True, omit_defaults=True):
    """A value that is not believed yet, or never will be."""

    code: str
    source: str
    first: float
    """The first such value, Wh."""
    last: float
    since: float
    """Since when the trusted value is held, epoch seconds."""
    began: float
    """Since when the values have this shape and agree among themselves."""
    at: float
    polls: int = 1
    """How many agreed so far."""


class Counter(_Page, frozen=True, omit_defaults=True):
    """One lifetime counter: what the gateway says, and what is given instead."""

    raw: float
    """The last value that was believed, Wh."""
    given: float
    """The trusted value, Wh; that of a counter never falls."""
    at: float
    """When it was last believed, epoch seconds."""
    moved: float
    """When it last changed."""
    baseline: Baseline
    slack: float = 0.0
    """Wh by which the trusted value may be ahead of the gateway's until that catches up."""
    doubt: Doubt | None = None
    former: tuple[Baseline, ...] = ()
    """Baselines in force before, latest first: what returns is recognised."""


class Account(_Page, frozen=True, omit_defaults=True):
    """Where the days of one kind of energy began, and what its power says beside its counter."""

    openings: dict[int, float] = {}
    """The trusted counter at each local midnight, by ordinal day; never changed in place."""
    power: float | None = None
    """The latest power, W, of the account's own direction: never below zero, but for net power."""
    at: float = 0.0
    """When that was read."""
    varied: float = 0.0
    """When it last differed from the value before."""
    integral: float = 0.0
    """Wh that have flowed according to power since the books were opened."""
    paired: float = 0.0
    """`integral` when the counter last kept pace with it; while it stands still, when it was last compared."""
    stuck: float | None = None
    """The gateway's counter when it was found to stand still although energy flows; None while it counts."""
    midnight: float = 0.0
    """`integral` at the latest local midnight."""
    read: float = 0.0
    """The gateway's counter at `paired`."""
    read_at: float = 0.0
    """When that was."""
    rhythm: float = 0.0
    """Seconds from one step of the counter to the next, as learnt; 0 = not yet."""


class Panel(_Page, frozen=True, omit_defaults=True):
    """One inverter: how often it reports, and its own counter."""

    report: float = 0.0
    """When it last reported, epoch seconds; 0 = never."""
    cadence: float = 0.0
    """Seconds between two reports, as learnt; 0 = not yet."""
    seen: float = 0.0
    """When the gateway last listed it as in service."""
    silent: float | None = None
    """Since when it is silent by broad daylight."""
    energy: Counter | None = None
    flow: float = 0.0
    """Wh that its reports tell since it was first seen."""


class Fleet(_Page, frozen=True, omit_defaults=True):
    """All inverters together, as of the last time the gateway listed them."""

    power: float = 0.0
    """Sum over those that report, W."""
    said: float = 0.0
    """Sum over all, of what each last reported however long ago, W; some gateways give it as production."""
    varied: float = 0.0
    """When that last differed from the value before, epoch seconds."""
    max_power: float = 0.0
    """Sum over all of the highest power each ever had, W."""
    count: int = 0
    reporting: int = 0
    newest: float = 0.0
    """The newest report, epoch seconds."""
    cadence: float = 0.0
    """Seconds between two reports, of the slowest inverter."""
    energy: float = 0.0
    """Wh that have flowed since the books were opened."""
    anchor: float | None = None
    """What to add to the sum of what each tells, by its own counter or else its reports, for `energy`, Wh."""


class Steady(_Page, frozen=True, omit_defaults=True):
    """A power, and since when it has not changed by a bit."""

    value: float
    since: float
    mark: float = 0.0
    """The inverters' energy at that moment, Wh."""


class Pulse(_Page, frozen=True, omit_defaults=True):
    """How often a momentary value is dated anew."""

    at: float
    """When the latest one was measured by its own date, epoch seconds."""
    interval: float = 0.0
    """Seconds from one date to the next, as learnt; 0 = not yet."""


class Rivals(_Page, frozen=True, omit_defaults=True):
    """The same energy by two witnesses, over the present day, Wh."""

    meter: float = 0.0
    inverters: float = 0.0


class Watch(_Page, frozen=True, omit_defaults=True):
    """Something a detector has noticed."""

    since: float
    believed: bool = False
    mark: float = 0.0
    """The inverters' energy when it was noticed, Wh."""
    details: dict[str, str | int | float] = {}


class Day(_Page, frozen=True, omit_defaults=True):
    """A day of the gateway's own calendar; 23, 24 or 25 hours."""

    ordinal: int
    """Number of the day, 1 January of year 1 = 1."""
    start: float
    """Epoch seconds of its midnight."""
    end: float


class ClockDifference(_Page, frozen=True, omit_defaults=True):
    """The gateway's clock beside ours."""

    ahead: float = 0.0
    """Seconds by which it is ahead as a rule."""
    since: float = 0.0
    """Since when it is not, epoch seconds; 0 = it is."""


class Books(_Page, frozen=True, omit_defaults=True):
    """Everything the ledger remembers of one gateway. No field is ever changed in place."""

    serial: str
    """Whose books these are; they take no other gateway's numbers."""
    at: float = 0.0
    """Up to when they are kept, epoch seconds."""
    pace: float = 60.0
    """Seconds from one advance to the next, as a rule."""
    zone: str = ""
    """The time zone in which its days are counted."""
    day: Day | None = None
    counters: dict[str, Counter] = {}
    """Of the system by key (`import_lifetime`), of meters by full path (`meter/production/energy_delivered`)."""
    accounts: dict[str, Account] = {}
    panels: dict[str, Panel] = {}
    """By serial number."""
    listed: float = 0.0
    """When the gateway last listed its inverters, epoch seconds."""
    fleet: Fleet = Fleet()
    steady: dict[str, Steady] = {}
    rivals: Rivals = Rivals()
    pulses: dict[str, Pulse] = {}
    """Of the system's momentary values, by key."""
    clock: ClockDifference | None = None
    """None until the gateway has shown its clock."""
    watches: dict[str, Watch] = {}
    findings: dict[str, Finding] = {}
    """Those that are open, by code and what they are about."""

    @classmethod
    def open(cls, serial: str) -> Self:
        """Open empty books for a gateway."""
        return cls(serial=serial)


class BooksError(HeliographError):
    """Books that cannot be used: damaged, of a later version, or another gateway's."""

    def text(self, language: str = "en") -> str:
        """Return the sentence in a language (`fr`, `en`), one line."""
        sentences = _SENTENCES[self.code]
        return sentences.get(language, sentences["en"]).format_map(self.details)


_SENTENCES: Final[dict[str, dict[str, str]]] = {
    "books_damaged": {
        "en": "The ledger's books are damaged ({cause}). Restore a backup; otherwise counting starts anew from the "
        "gateway's own values.",
        "fr": "Les comptes du registre sont endommagés ({cause}). Restaurez une sauvegarde ; sinon le comptage "
        "recommence à partir des valeurs de la passerelle.",
    },
    "books_newer": {
        "en": "The ledger's books were written by a later version (schema {found}, known up to {known}). Update "
        "Heliograph.",
        "fr": "Les comptes du registre ont été écrits par une version plus récente (schéma {found}, connu jusqu’à "
        "{known}). Mettez Heliograph à jour.",
    },
    "books_foreign": {
        "en": "These books belong to gateway {expected}; the values are of gateway {found}. Each gateway has its own.",
        "fr": "Ces comptes sont ceux de la passerelle {expected} ; les valeurs viennent de {found}. Chaque passerelle "
        "a les siens.",
    },
}

SCHEMA: Final = 1
"""The version of what `encode` writes; raised when old bytes would be read with another meaning."""

Migration = Callable[[dict[str, Any]], dict[str, Any]]

MIGRATIONS: Final[Mapping[int, Migration]] = {}
"""How a version becomes the next, by the number of the older: plain data to plain data."""

_MAGIC: Final = b"HELIOBKS"
_encoder = msgspec.msgpack.Encoder()
_plain = msgspec.msgpack.Decoder(dict[str, Any])
_typed = msgspec.msgpack.Decoder(Books)


def encode(books: Books) -> bytes:
    """Write books as bytes: a mark, the schema, a checksum, then MessagePack."""
    body = _encoder.encode(books)
    return _MAGIC + SCHEMA.to_bytes(2, "big") + zlib.crc32(body).to_bytes(4, "big") + body


def decode(data: bytes, *, migrations: Mapping[int, Migration] = MIGRATIONS, schema: int = SCHEMA) -> Books:
    """Read books written by this version or an older one.

    Raises:
        BooksError: the bytes are damaged, cut short, not books at all, or of a later schema.
    """
    head, body = data[:14], data[14:]
    if len(head) < 14 or head[:8] != _MAGIC:
        raise BooksError("books_damaged", cause="no books")
    found = int.from_bytes(head[8:10], "big")
    if zlib.crc32(body) != int.from_bytes(head[10:], "big"):
        raise BooksError("books_damaged", cause="checksum")
    if found > schema:
        raise BooksError("books_newer", found=found, known=schema)
    try:
        if found == schema:
            return _typed.decode(body)
        document = _plain.decode(body)
        for version in range(found, schema):
            document = migrations[version](document)
        return msgspec.convert(document, Books)
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError) as error:
        raise BooksError("books_damaged", cause=str(error)) from error
