from dataclasses import replace

import msgspec
import pytest

from heliograph.ledger import Books, BooksError, Settings, advance, decode, encode
from heliograph.ledger.counters import QUIET, SHAPES
from heliograph.ledger.detectors import POWERS
from heliograph.ledger.periods import PERIODS
from heliograph.ledger.storage import CODES, STORAGE
from heliograph.model import Finding, Quality, Reading, Reason, Subject
from heliograph.model.labels import LANGUAGES, sentence, words
from tests.ledger.lies import told
from tests.ledger.life import GATEWAY, PARIS, SERIAL, SPRING, Life
from tests.ledger.story import lead

SETTINGS = Settings(zone=PARIS)
DAY = 86400.0


def test_books_take_no_other_gateway_s_numbers() -> None:
    life = Life(SPRING)
    with pytest.raises(BooksError) as caught:
        advance(Books.open("122300000002"), life.snapshot(), life.at, SETTINGS)
    assert caught.value.code == "books_foreign"
    assert SERIAL in str(caught.value)


def test_advance_changes_neither_books_nor_snapshot() -> None:
    life = Life(SPRING + 0.4 * DAY, battery=8000.0)
    life.lies = (told("zeros", SPRING, SPRING + DAY),)
    books = lead(Life(SPRING, battery=8000.0), 0.4).books
    before, raw = encode(books), life.snapshot()
    shown = msgspec.json.encode(raw)
    advance(books, raw, life.at + 60, SETTINGS)
    assert encode(books) == before
    assert msgspec.json.encode(raw) == shown


def test_advance_is_a_function_of_what_it_is_given() -> None:
    life = Life(SPRING + 0.4 * DAY)
    books, raw = Books.open(SERIAL), life.snapshot()
    assert advance(books, raw, life.at, SETTINGS) == advance(decode(encode(books)), raw, life.at, SETTINGS)


def test_findings_are_opened_once_and_closed_with_an_end() -> None:
    life = Life(SPRING)
    start, end = SPRING + 0.5 * DAY, SPRING + 0.55 * DAY
    life.lies = (told("wrapped", start, end),)
    story = lead(life, 0.6)
    [(at, finding)] = story.opened
    assert (finding.code, finding.subject, finding.key) == ("counter_wrapped", Subject.SYSTEM, "production_lifetime")
    assert at == finding.since == start
    [closed] = story.closed
    assert (closed.finding.code, closed.until) == ("counter_wrapped", end)
    assert closed.finding.details["count"] == 1


def test_current_findings_stand_in_the_snapshot_beside_the_reader_s() -> None:
    life = Life(SPRING)
    life.lies = (told("wrapped", SPRING + 0.5 * DAY, SPRING + DAY),)
    books = lead(life, 0.52).books
    own = Finding("total_equals_net", Subject.SYSTEM, SERIAL)
    life.live(60)
    given = advance(books, replace(life.snapshot(), findings=(own,)), life.at, SETTINGS)
    assert [finding.code for finding in given.snapshot.findings] == ["total_equals_net", "counter_wrapped"]
    assert (given.opened, given.closed) == ((), ())


def test_raw_trusted_reason_and_since_stand_side_by_side() -> None:
    life = Life(SPRING)
    life.lies = (told("wrapped", SPRING + 0.5 * DAY, SPRING + DAY),)
    story = lead(life, 0.52)
    assert story.snapshot is not None
    reading = story.snapshot.system.values["production_lifetime"]
    assert reading.quality is Quality.CORRECTED
    assert isinstance(reading.raw, float)
    assert reading.value == pytest.approx(reading.raw + 2**32 / 3600)
    assert reading.reason == Reason("counter_wrapped_settled", {"offset": 1193046, "count": 1})
    assert reading.since == SPRING + 0.5 * DAY


def test_a_snapshot_of_devices_only_keeps_the_system_s_findings() -> None:
    life = Life(SPRING)
    life.lies = (told("wrapped", SPRING + 0.5 * DAY, SPRING + DAY),)
    books = lead(life, 0.52).books
    raw = life.snapshot()
    devices = replace(raw, equipment=tuple(item for item in raw.equipment if item.subject is Subject.INVERTER))
    given = advance(books, devices, life.at + 60, SETTINGS)
    assert given.books.findings == books.findings
    assert given.closed == ()
    assert given.snapshot.find(Subject.SYSTEM) is None


def test_a_snapshot_without_inverters_keeps_their_findings() -> None:
    life = Life(SPRING)
    story = lead(life, 0.42)
    life.stopped = {2}
    story = lead(life, 0.1, story=story)
    assert story.open() == {"inverter_silent"}
    raw = life.snapshot()
    given = advance(story.books, replace(raw, equipment=(raw.system,)), life.at + 60, SETTINGS)
    assert given.books.findings == story.books.findings


def test_what_the_reader_could_not_read_stays_absent() -> None:
    story = lead(Life(SPRING, meter=False), 0.5, every=300)
    assert story.snapshot is not None
    absent = story.snapshot.system.absent
    assert absent["consumption_lifetime"] == Reason("no_consumption_meter")
    assert absent["consumption_today"] == Reason("no_consumption_meter")
    assert absent["autarky"] == Reason("no_consumption_meter")
    assert not any(key.startswith(("import", "export", "net", "charged")) for key in story.snapshot.system.values)


def test_every_reason_and_finding_has_its_sentence_in_every_language() -> None:
    shapes = {shape.code for shape in SHAPES}
    codes = shapes | {"counter_frozen"} | {d.code for d in (*STORAGE, *POWERS, *PERIODS) if not d.quiet}
    findings = (codes | {"inverter_silent"}) - QUIET
    reasons = (codes | {d.code for d in POWERS} | QUIET) - {"counter_frozen", "meter_differs", "inverters_unheard"}
    reasons |= {f"{code}_settled" for code in (shapes | {"counter_frozen", *CODES}) - QUIET}
    reasons |= {"ripple", "integrated", "night", "not_reporting", "value_old", "counting_since", "not_credible"}
    reasons |= {"not_counted", "nothing_yet"}
    details: dict[str, str | int | float] = {
        "offset": 1,
        "count": 2,
        "since": "2026-08-01",
        "minutes": 40,
        "percent": -22,
    }
    for language in LANGUAGES:
        for code in reasons:
            said = sentence(Reason(code, details), language)
            assert not said.endswith(".")
        for code in findings:
            assert words(language)[f"finding.{code}"].format_map(details).endswith((".", "?"))


def test_readings_of_an_honest_life_are_the_gateway_s_own() -> None:
    life = Life(SPRING + 0.3 * DAY)
    story = lead(life, 0.2)
    assert story.snapshot is not None
    raw, system = life.snapshot().system, story.snapshot.system
    for key in ("production_power", "production_lifetime", "import_lifetime", "consumption_power", "net_power"):
        assert system.values[key] == raw.values[key]
    consumption = system.values["consumption_lifetime"]
    assert consumption.value == pytest.approx(raw.values["consumption_lifetime"].value, abs=0.01)
    assert consumption.source == "ledger: production + import − export"
    assert consumption.raw is None


def test_a_clock_that_was_wrong_for_a_while_breaks_nothing() -> None:
    life = Life(SPRING)
    story = lead(life, 0.5)
    books = story.books
    for ahead in (40 * DAY, 40 * DAY + 60, 0.0, 60.0, 120.0):
        life.live(60)
        given = advance(books, life.snapshot(), life.at + ahead, SETTINGS)
        books = given.books
    reading = given.snapshot.system.values["production_lifetime"]
    assert isinstance(reading, Reading)
    assert reading.value == pytest.approx(life.truth["production"], abs=1)
    assert set(books.findings) == set()


def test_identity_is_the_gateway_s() -> None:
    life = Life(SPRING)
    given = advance(Books.open(SERIAL), life.snapshot(), life.at, SETTINGS)
    assert given.snapshot.gateway == GATEWAY
    assert given.snapshot.at == life.at
