from datetime import UTC, datetime

import pytest

from heliograph.emulator.site.sun import Sky, Slope

LYON = (45.76, 4.84)


def sky(*, latitude: float = LYON[0], longitude: float = LYON[1], slopes: tuple[Slope, ...] = (Slope(),)) -> Sky:
    return Sky(latitude, longitude, 1, slopes)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("moment", "latitude", "longitude", "elevation"),
    [
        ("2025-06-21T11:42", *LYON, 67.7),
        ("2025-12-21T11:39", *LYON, 20.8),
        ("2025-03-20T12:07", 0.0, 0.0, 89.5),
        ("2025-06-21T23:42", *LYON, -20.8),
        ("2025-12-21T16:57", 45.0, -75.0, 21.6),
    ],
)
def test_stands_where_almanacs_say(moment: str, latitude: float, longitude: float, elevation: float) -> None:
    assert sky(latitude=latitude, longitude=longitude).elevation(at(moment)) == pytest.approx(elevation, abs=0.6)


def test_rises_and_sets_when_almanacs_say() -> None:
    lyon = sky()

    assert lyon.elevation(at("2025-06-21T03:51")) == pytest.approx(-0.8, abs=0.7)
    assert lyon.elevation(at("2025-06-21T19:34")) == pytest.approx(-0.8, abs=0.7)


def test_gives_nothing_by_night() -> None:
    assert sky(slopes=(Slope(), Slope())).shares(at("2025-06-21T23:00")) == [0.0, 0.0]


def test_eastern_roofs_have_the_morning() -> None:
    both = sky(slopes=(Slope(30, 90), Slope(30, 270)))

    east, west = both.shares(at("2025-06-21T07:00"))
    assert east > 2 * west


def test_never_exceeds_the_rating() -> None:
    oversized = sky(slopes=(Slope(oversize=3.0),))
    start = at("2025-06-21T00:00")

    shares = [oversized.shares(start + 300 * step)[0] for step in range(288 * 5)]
    assert max(shares) == 1.0
    assert min(shares) == 0.0


def test_clouds_take_something_away_on_some_days() -> None:
    lyon = sky()
    noon = at("2025-06-01T12:00")

    clearness = [lyon.clearness(noon + 86400 * day) for day in range(30)]
    assert min(clearness) < 0.45
    assert max(clearness) > 0.8
