"""From trusted snapshots to entries: knows every series' number and its latest sample; touches no database."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from threading import RLock
from typing import Final

from heliograph.model import Equipment, Identity, Reading, Snapshot, Subject, Value
from heliograph.store.answer import Event, Name
from heliograph.store.days import midnight_before
from heliograph.store.entry import REWIND, Entry, Row, to_body
from heliograph.store.grain import REMINDER, to_whole
from heliograph.store.heads import ASTRAY, Head, Item, head_of
from heliograph.store.rows import (
    FindingKey,
    blob_row,
    correction_row,
    event_row,
    finding_key,
    finding_row,
    item_row,
    series_row,
)
from heliograph.store.samples import QUALITIES, RAW, STEP, Sample

BOOKS: Final = "books"
"""The name of the blob that holds a gateway's books."""
_FLAGS: Final = {quality: number for number, quality in enumerate(QUALITIES)}
_WORD_LIMIT: Final = 1000
_RIPPLE: Final = 120
"""Seconds by which a clock may be put back without anything being missed: it has soon caught up."""


@dataclass(slots=True)
class Site:
    """One gateway as history knows it."""

    id: int
    serial: str
    firmware: str
    part_number: str
    zone: str
    first_at: float
    last_at: int | None = None
    """Of its latest snapshot, epoch seconds."""
    agrees: bool | None = None
    """Whether its clock agreed with ours in its latest snapshot; None where it does not tell its own."""
    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    findings: dict[FindingKey, Row] = field(default_factory=dict)
    """Those in force."""

    def row(self) -> Row:
        """Return as a row; where the gateway is new, its roll-ups begin with the day of its first snapshot."""
        return {
            "id": self.id,
            "serial": self.serial,
            "firmware": self.firmware,
            "part_number": self.part_number,
            "zone": self.zone,
            "first_at": self.first_at,
            "last_at": self.first_at,
            "rolled": midnight_before(int(self.first_at), self.zone),
        }


class Numbers:
    """Numbers that are given out once."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def next(self, table: str) -> int:
        """Return the next number of a table."""
        self._last[table] = number = self._last.get(table, 0) + 1
        return number

    def used(self, table: str, number: int) -> None:
        """Never give this number, nor a lower one."""
        self._last[table] = max(number, self._last.get(table, 0))


class Recorder:
    """Turns snapshots into entries.

    The numbers of gateways, equipment, series and words are given here, not by the database, so that snapshots can be
    packed while it is away.
    """

    def __init__(self, zone: str = "UTC") -> None:
        """Take the time zone of gateways that say none."""
        self.sites: dict[str, Site] = {}
        self.words: dict[str, int] = {}
        self.numbers = Numbers()
        self.lock = RLock()
        self._zone = zone

    @property
    def clock_confirmed(self) -> bool:
        """Whether a gateway agrees with our clock, or none of them tells its own."""
        told = [site.agrees for site in list(self.sites.values()) if site.agrees is not None]
        return any(told) or not told

    def take(
        self,
        snapshot: Snapshot,
        *,
        zone: str | None = None,
        books: bytes | None = None,
        events: Iterable[Event] = (),
        steps: Collection[Name] = (),
        clock: float | None = None,
    ) -> Entry:
        """Take a trusted snapshot; `steps` names counters that start anew with it, so that no energy is seen.

        `clock` is our own time now. Where it stands behind what is known, it was put back; where it does not, a
        snapshot that is older than the latest comes late.
        """
        with self.lock:
            rows: list[tuple[str, Row]] = []
            known = self.sites.get(snapshot.gateway.serial)
            if known is not None and _is_late(known, int(snapshot.at), clock):
                return self._late(known, snapshot, rows, events)
            site = self._site(snapshot.gateway, snapshot.at, zone, rows)
            site.agrees = None if snapshot.skew is None else not snapshot.skew
            taking = _Taking(self, site, int(snapshot.at), snapshot.at, rows, steps)
            if not taking.begin(snapshot.skew):
                return self._entry(site, taking.now, None, rows, books=books, events=events)
            for equipment in snapshot.equipment:
                taking.equipment(equipment)
            taking.findings(snapshot)
            site.last_at = max(taking.now, site.last_at or 0)
            return self._entry(site, taking.now, taking.samples, rows, books=books, events=events)

    def _late(self, site: Site, snapshot: Snapshot, rows: list[tuple[str, Row]], events: Iterable[Event]) -> Entry:
        """Take of an old snapshot what nothing newer is known of; nothing that is known changes, books least of all."""
        taking = _Taking(self, site, int(snapshot.at), snapshot.at, rows, ())
        for equipment in snapshot.equipment:
            taking.missing(equipment)
        return self._entry(site, taking.now, taking.samples, rows, books=None, events=events)

    def note(self, serial: str, at: float, *, books: bytes | None = None, events: Iterable[Event] = ()) -> Entry:
        """Take what is to be kept of a gateway that says nothing."""
        with self.lock:
            rows: list[tuple[str, Row]] = []
            site = self.sites.get(serial) or self._site(Identity(serial, "", "", ""), at, None, rows)
            return self._entry(site, int(at), None, rows, books=books, events=events)

    def blob(self, name: str, body: bytes, serial: str, at: float) -> Entry:
        """Take a small named thing."""
        with self.lock:
            rows = [("blob", blob_row(serial, name, at, body))]
            return Entry(self.numbers.next("journal"), 0, serial, int(at), None, rows)

    def begin_anew(self, serial: str) -> None:
        """Take the next snapshot of a gateway as if it were the first, however old it is."""
        with self.lock:
            self.forget(serial)
            if serial in self.sites:
                self.sites[serial].last_at = None

    def forget(self, serial: str) -> None:
        """Have every series of a gateway recorded anew: samples of it were lost."""
        with self.lock:
            site = self.sites.get(serial)
            for item in () if site is None else site.items.values():
                for head in item.heads.values():
                    head.forget()

    def word(self, text: str, rows: list[tuple[str, Row]]) -> int:
        """Return the number of a word; a new one is added to the rows."""
        text = text[:_WORD_LIMIT].replace("\0", "")
        number = self.words.get(text)
        if number is None:
            number = self.words[text] = self.numbers.next("word")
            rows.append(("word", {"id": number, "text": text}))
        return number

    def everything(self) -> list[tuple[str, Row]]:
        """Return the rows of all that is known, for a database that has lost them."""
        with self.lock:
            rows: list[tuple[str, Row]] = [("word", {"id": n, "text": text}) for text, n in self.words.items()]
            for site in self.sites.values():
                rows.append(("gateway", site.row()))
                rows += [("finding", row) for row in site.findings.values()]
                for (subject, name), item in site.items.items():
                    rows.append(("equipment", item_row(site.id, subject, name, item)))
                    rows += [("series", series_row(item, key, head)) for key, head in item.heads.items()]
            return rows

    def _site(self, identity: Identity, at: float, zone: str | None, rows: list[tuple[str, Row]]) -> Site:
        site = self.sites.get(identity.serial)
        zone = zone or (self._zone if site is None else site.zone)
        if site is None:
            number = self.numbers.next("gateway")
            site = Site(number, identity.serial, identity.firmware, identity.part_number, zone, at)
            self.sites[identity.serial] = site
        elif (site.firmware, site.part_number, site.zone) == (identity.firmware, identity.part_number, zone):
            return site
        site.firmware, site.part_number, site.zone = identity.firmware, identity.part_number, zone
        rows.append(("gateway", site.row()))
        return site

    def _entry(
        self,
        site: Site,
        at: int,
        samples: list[tuple[int, Sample]] | None,
        rows: list[tuple[str, Row]],
        *,
        books: bytes | None,
        events: Iterable[Event],
    ) -> Entry:
        rows += [("event", event_row(site.id, event)) for event in events]
        if books is not None:
            rows.append(("blob", blob_row(site.serial, BOOKS, at, books)))
        body = None if samples is None else to_body(at, samples)
        rewinds = samples is not None and any(number == REWIND for number, _ in samples[:1])
        return Entry(self.numbers.next("journal"), site.id, site.serial, at, body, rows, rewinds)


@dataclass(slots=True)
class _Taking:
    """One snapshot being taken."""

    recorder: Recorder
    site: Site
    now: int
    at: float
    rows: list[tuple[str, Row]]
    steps: Collection[Name]
    samples: list[tuple[int, Sample]] = field(default_factory=list)
    earliest: int = 0
    """Epoch seconds that no sample may come before."""

    def begin(self, skew: float | None) -> bool:
        """Look whether our clock was put back behind what is kept; False where nothing is to be kept meanwhile.

        Where the gateway's clock agrees with ours, what was kept is dated wrongly: it is void from now on, or two pasts
        would be told at once, and the growth of counters twice. Where it does not, ours is wrong, as after a start
        without a battery, and will be put right.
        """
        last = self.site.last_at
        if skew is None or last is None or last - self.now <= _RIPPLE:
            return True
        if skew:
            return last - self.now > ASTRAY
        self.recorder.forget(self.site.serial)
        self.site.last_at = self.earliest = self.now
        self.samples.append((REWIND, Sample(self.now, 0)))
        return True

    def missing(self, equipment: Equipment) -> None:
        """Take the series of equipment that were never heard of."""
        name = (str(equipment.subject), equipment.id)
        item = self.site.items.get(name)
        values = {key: one for key, one in equipment.values.items() if item is None or key not in item.heads}
        if values:
            item = item or self._item(name, (equipment.model, equipment.part_number, equipment.retired))
            for key, reading in values.items():
                self._reading(name, item, key, reading)

    def equipment(self, equipment: Equipment) -> None:
        name = (str(equipment.subject), equipment.id)
        item = self.site.items.get(name)
        told = (equipment.model, equipment.part_number, equipment.retired)
        if item is None:
            item = self._item(name, told)
        elif (item.model, item.part_number, item.retired) != told:
            item.model, item.part_number, item.retired = told
            self.rows.append(("equipment", item_row(self.site.id, *name, item)))
        for key, reading in equipment.values.items():
            self._reading(name, item, key, reading)
        for key in equipment.absent:
            head = item.heads.get(key)
            if head is not None:
                self.samples += [(head.id, sample) for sample in head.stop(self.now)]
                self._correct(head, None)

    def _item(self, name: tuple[str, str], told: tuple[str | None, str | None, bool]) -> Item:
        item = self.site.items[name] = Item(self.recorder.numbers.next("equipment"), *told, self.at)
        self.rows.append(("equipment", item_row(self.site.id, *name, item)))
        return item

    def _reading(self, name: tuple[str, str], item: Item, key: str, reading: Reading) -> None:
        head = item.heads.get(key)
        former = self.site.last_at
        if head is None:
            head = item.heads[key] = head_of(self.recorder.numbers.next("series"), reading.metric)
            self.rows.append(("series", series_row(item, key, head)))
            former = None
        sample = self._sample(head, reading)
        if sample is None:
            return
        if self.steps and Name(Subject(name[0]), name[1], key) in self.steps:
            sample = sample._replace(flag=sample.flag | STEP)
        kept = head.take(sample, self.now, former=former)
        if kept:
            self.samples += [(head.id, one) for one in kept]
        if reading.reason is not None or head.correction is not None:
            self._correct(head, reading)

    def _sample(self, head: Head, reading: Reading) -> Sample | None:
        value = self._whole(head, reading.value)
        if value is None:
            return None
        flag, raw = _FLAGS[reading.quality], 0
        if reading.raw is not None:
            said = self._whole(head, reading.raw)
            if said is not None and said != value:
                flag, raw = flag | RAW, said - value
        reason = 0 if reading.reason is None else self.recorder.word(reading.reason.code, self.rows)
        at = min(round(reading.at), self.now)
        # What was measured long ago and is still shown is news of now: it says that nothing else is known.
        return Sample(max(at if self.now - at < REMINDER else self.now, self.earliest), value, flag, raw, reason)

    def _whole(self, head: Head, value: Value) -> int | None:
        return to_whole(head.quantity, value, lambda text: self.recorder.word(text, self.rows))

    def _correct(self, head: Head, reading: Reading | None) -> None:
        """Open and close the correction of a series."""
        wanted: tuple[str, float] | None = None
        if reading is not None and reading.reason is not None and reading.since is not None:
            wanted = reading.reason.code, reading.since
        known = head.correction
        if known is not None and (known["code"], known["since"]) != wanted:
            self.rows.append(("correction", {**known, "until": self.at}))
            head.correction = None
        if reading is None or reading.reason is None or wanted is None or head.correction is not None:
            return
        number = self.recorder.numbers.next("correction")
        head.correction = correction_row(number, head.id, reading, wanted)
        self.rows.append(("correction", head.correction))

    def findings(self, snapshot: Snapshot) -> None:
        """Open what is new; close what is over, but nothing of subjects that the snapshot does not speak of."""
        present = {finding_key(finding): finding for finding in snapshot.findings}
        known = self.site.findings
        spoken_of = {str(item.subject) for item in snapshot.equipment}
        for key in [key for key in known if key not in present and key[1] in spoken_of]:
            self.rows.append(("finding", {**known.pop(key), "closed": self.at}))
        for key, finding in present.items():
            if key not in known:
                number = self.recorder.numbers.next("finding")
                row = known[key] = finding_row(number, self.site.id, finding, self.at)
                self.rows.append(("finding", row))


def _is_late(site: Site, at: int, clock: float | None) -> bool:
    last = site.last_at
    return clock is not None and last is not None and at < last <= clock
