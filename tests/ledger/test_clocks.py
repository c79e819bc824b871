"""Two clocks: while ours is wrong, the gateway's says how much time has passed; a wrong gateway's decides nothing."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from heliograph.ledger import Books, Settings, advance
from tests.ledger.life import PARIS, SERIAL, SPRING, Life

HOUR = 3600.0


@pytest.mark.parametrize(
    ("length", "lag"),
    [(1200.0, 1200.0), (5 * HOUR, 5 * HOUR), (0.0, 86400.0), (0.0, -2 * HOUR), (600.0, 4 * HOUR)],
)
def test_while_our_clock_is_wrong_the_gateways_says_how_much_time_has_passed(length: float, lag: float) -> None:
    life, books = Life(SPRING + 10 * HOUR), Books.open(SERIAL)
    life.live(60)
    began = life.at + HOUR
    end = began + length
    for _ in polls_until(life, end + 3 * HOUR, away=(began, end)):
        behind = lag if end <= life.at < end + 130 else 0.0
        raw = replace(life.snapshot(), at=life.at - behind, skew=behind)
        given = advance(books, raw, life.at - behind, Settings(zone=PARIS))
        books = given.books
        assert books.at == pytest.approx(life.at, abs=1)
        assert given.snapshot.findings == ()
    system = given.snapshot.system
    for key in ("production", "consumption", "import", "export"):
        assert system.value(f"{key}_lifetime") == pytest.approx(life.truth[key], abs=1)
    for key in ("production", "consumption"):
        assert system.value(f"{key}_today") == pytest.approx(life.day(key), abs=1)


def test_a_gateway_whose_clock_goes_back_does_not_take_ours_along() -> None:
    life, books = Life(SPRING + 10 * HOUR), Books.open(SERIAL)
    for minute in range(600):
        life.live(60)
        ahead = -8e8 if minute >= 60 else 0.0
        given = advance(books, replace(life.snapshot(), skew=ahead), life.at, Settings(zone=PARIS))
        books = given.books
        assert books.at == life.at
    assert [finding.code for finding in given.snapshot.findings] == ["gateway_clock_behind"]
    assert given.snapshot.system.value("production_today") == pytest.approx(life.day("production"), abs=1)


def polls_until(life: Life, end: float, away: tuple[float, float]) -> Iterator[float]:
    """Let a life go on minute by minute, but for one outage."""
    while life.at < end:
        life.live(60.0)
        if not away[0] <= life.at < away[1]:
            yield life.at
