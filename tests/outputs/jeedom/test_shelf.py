from pathlib import Path

import pytest

from heliograph.gateway import Credentials, Gateway, Known
from heliograph.model import Authentication, Facts
from heliograph.outputs.jeedom.shelf import BOOKS_EVERY, Note, Shelf


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def shelf(tmp_path: Path, clock: _Clock) -> Shelf:
    return Shelf(tmp_path / "data", clock=clock)


def _gateway() -> Gateway:
    facts = Facts("122", "D8.2", "800-1", Authentication.TOKEN)
    return Gateway("envoy", Credentials(token="a.b.c"), known=Known(facts=facts, pin="ab"))


def test_what_a_gateway_knows_is_kept_without_its_secrets(shelf: Shelf) -> None:
    shelf.remember("1", "envoy", _gateway())
    assert shelf.known("1", "envoy").pin == "ab"
    files = [path for path in shelf.folder.rglob("*") if path.is_file()]
    assert [path for path in files if "a.b.c" in path.read_text()] == []
    assert {oct(path.stat().st_mode)[-3:] for path in files} == {"600"}


def test_nothing_is_known_of_another_address_or_name(shelf: Shelf) -> None:
    shelf.remember("1", "envoy", _gateway())
    assert shelf.known("1", "elsewhere") == Known()
    assert shelf.known("2", "envoy") == Known()


def test_a_gateway_that_was_never_reached_is_not_kept(shelf: Shelf) -> None:
    shelf.remember("1", "envoy", Gateway("envoy"))
    assert shelf.known("1", "envoy") == Known()


def test_books_are_at_hand_at_once_and_written_now_and_then(shelf: Shelf, clock: _Clock) -> None:
    path = shelf.folder / "books-122.bin"
    shelf.keep_books("122", b"one")
    assert path.read_bytes() == b"one"
    shelf.keep_books("122", b"two")
    assert (path.read_bytes(), shelf.books("122")) == (b"one", b"two")
    clock.now = BOOKS_EVERY
    shelf.keep_books("122", b"three")
    assert path.read_bytes() == b"three"


def test_the_last_books_are_written_at_the_end(shelf: Shelf) -> None:
    shelf.keep_books("122", b"one")
    shelf.keep_books("122", b"two")
    shelf.close()
    assert Shelf(shelf.folder).books("122") == b"two"


def test_there_are_no_books_of_a_stranger(shelf: Shelf) -> None:
    assert shelf.books("999") is None


def test_a_serial_does_not_lead_out_of_the_folder(shelf: Shelf) -> None:
    shelf.keep_books("../../evil", b"x")
    assert [path.parent for path in shelf.folder.parent.rglob("books-*")] == [shelf.folder]


def test_notes_come_back_and_a_damaged_one_is_a_new_one(shelf: Shelf) -> None:
    assert shelf.note("1") == Note()
    shelf.keep_note("1", Note(synced=True, warned="x"))
    assert shelf.note("1") == Note(synced=True, warned="x")
    next(shelf.folder.glob("note-*")).write_bytes(b"{")
    assert shelf.note("1") == Note()


def test_forgetting_leaves_nothing(shelf: Shelf) -> None:
    shelf.remember("1", "envoy", _gateway())
    shelf.keep_books("122", b"one")
    shelf.keep_note("1", Note(synced=True))
    shelf.forget("1")
    assert [path for path in shelf.folder.rglob("*") if path.is_file()] == []
