import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.ledger import Books, BooksError, decode, encode
from heliograph.ledger.books import SCHEMA
from tests.ledger.lies import told
from tests.ledger.life import SPRING, Life
from tests.ledger.story import lead


@pytest.fixture(scope="module")
def books() -> Books:
    """Books of a site with a battery, in the middle of a correction."""
    life = Life(SPRING, battery=8000.0)
    life.lies = (told("wrapped", SPRING + 40_000, SPRING + 90_000),)
    return lead(life, 0.6, every=300).books


def test_books_come_back_as_they_were(books: Books) -> None:
    assert books.findings
    assert decode(encode(books)) == books


def test_books_are_small(books: Books) -> None:
    assert len(encode(books)) < 6_000


def test_fields_of_a_later_version_are_ignored(books: Books) -> None:
    document = msgspec.msgpack.decode(encode(books)[14:])
    document["weather"] = {"rain": 1}
    document["counters"]["production_lifetime"]["mood"] = "good"
    assert decode(_sealed(document, SCHEMA)) == books


def test_fields_that_an_earlier_version_had_not_are_as_new() -> None:
    assert decode(_sealed({"serial": "1223"}, SCHEMA)) == Books.open("1223")


def test_older_books_are_migrated_step_by_step() -> None:
    def name_serial(document: dict[str, Any]) -> dict[str, Any]:
        return {"serial": document["sn"]}

    def add_time(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "at": 7.0}

    old = _sealed({"sn": "1223"}, 1)
    assert decode(old, migrations={1: name_serial, 2: add_time}, schema=3) == Books(serial="1223", at=7.0)


def test_books_of_a_later_schema_are_refused(books: Books) -> None:
    data = _sealed({"serial": "1223"}, SCHEMA + 1)
    with pytest.raises(BooksError) as caught:
        decode(data)
    assert caught.value.code == "books_newer"


@pytest.mark.parametrize(
    "data",
    [b"", b"HELIOBKS", b"x" * 400, b"HELIOBKS" + bytes(60)],
    ids=["nothing", "cut", "other", "zeros"],
)
def test_what_is_no_book_is_refused_with_a_word(data: bytes) -> None:
    with pytest.raises(BooksError) as caught:
        decode(data)
    assert caught.value.code == "books_damaged"
    assert "damaged" in str(caught.value)
    assert "endommagés" in caught.value.text("fr")


def test_well_sealed_nonsense_is_refused() -> None:
    with pytest.raises(BooksError):
        decode(_sealed({"serial": 5}, SCHEMA))
    with pytest.raises(BooksError):
        decode(_sealed({"serial": "1223"}, 0))


@given(position=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_flipped_bit_is_never_believed(books: Books, position: int, bit: int) -> None:
    data = bytearray(encode(books))
    data[position % len(data)] ^= 1 << bit
    with pytest.raises(BooksError):
        decode(bytes(data))


@given(length=st.integers(min_value=0))
def test_cut_books_are_never_believed(books: Books, length: int) -> None:
    data = encode(books)
    with pytest.raises(BooksError):
        decode(data[: length % len(data)])


def _sealed(document: dict[str, Any], schema: int) -> bytes:
    body = msgspec.msgpack.encode(document)
    return b"HELIOBKS" + schema.to_bytes(2, "big") + zlib.crc32(body).to_bytes(4, "big") + body
