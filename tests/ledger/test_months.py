"""Months of made life: honest ones are believed to the letter, and no lie leaves a trace in the accounts."""

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tests.ledger.lies import LIES, told
from tests.ledger.life import AUTUMN, SPRING, Lie, Life
from tests.ledger.story import Story, lead

DAY, HOUR = 86400.0, 3600.0
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""A week takes a second to live through: no shrinking."""


def right(story: Story) -> None:
    """The accounts are those of the truth: days within 1 %, lifetimes within 0.1 %, nothing ever falls."""
    assert story.fallen == []
    assert story.off(share=0.01, floor=25.0) == {}
    for given_, true in story.weeks.values():
        assert given_ == pytest.approx(true, rel=0.01, abs=50)
    for given_, true in story.lifetimes.values():
        assert given_ == pytest.approx(true, rel=1e-3)


@pytest.mark.parametrize("start", [SPRING, AUTUMN], ids=["spring", "autumn"])
@pytest.mark.parametrize("battery", [0.0, 9000.0], ids=["plain", "battery"])
def test_honest_weeks_across_a_change_of_clocks(start: float, battery: float) -> None:
    story = lead(Life(start, battery=battery), 12, every=120)
    assert story.opened == []
    right(story)
    assert story.off(share=0.0, floor=0.01) == {}
    lived = len({ordinal for ordinal, _ in story.days})
    assert len(story.days) == (7 * lived - 5 if battery else 5 * lived - 2)


def test_honest_months_of_a_gateway_without_meter() -> None:
    life = Life(SPRING, meter=False, own_energy=False, cadence=900.0)
    story = lead(life, 120, every=300)
    assert story.opened == []
    right(story)
    assert len(story.weeks) == 120 - 6


@settings(max_examples=8, phases=PHASES)
@given(data=st.data())
def test_honest_weeks_with_outages_and_restarts(data: st.DataObject) -> None:
    hours = st.floats(6, 8 * 24)
    away = [
        (SPRING + start * HOUR, SPRING + (start + length) * HOUR)
        for start, length in data.draw(st.lists(st.tuples(hours, st.floats(0.02, 30)), max_size=3), label="outages")
    ]
    killed = data.draw(st.lists(hours, max_size=4), label="kills")
    life = Life(SPRING, battery=data.draw(st.sampled_from([0.0, 9000.0]), label="battery"))
    story = lead(life, 10, every=180, away=away, restarts=[SPRING + h * HOUR for h in killed], lost=600)
    assert story.opened == []
    assert story.fallen == []
    for given_, true in story.lifetimes.values():
        assert given_ == pytest.approx(true, rel=1e-6, abs=1)
    # Without a figure of the gateway's own nobody can know how a gap across midnight is shared.
    own = {name: pair for name, pair in story.off(0.01, 60.0).items() if name[1] in {"production", "consumption"}}
    blind = {ordinal for ordinal, _ in own}
    assert len(blind) <= len(away)
    if not any(int((a - SPRING) // DAY) != int((b - SPRING) // DAY) for a, b in away):
        assert story.off(0.01, 60.0) == {}


WITHOUT_FORCE = {"halved", "zeros", "meter_low"}
"""Half is only ever told for moments; of all zeros nothing can be known; an under-counting meter is believed."""

LYING = sorted(LIES.keys() - WITHOUT_FORCE)


Told = tuple[str, float, float]
"""The name of a lie, for how many hours it is told, and for how many none is told then."""

FLOOR = 225.0
"""Wh: a counter that stands still is found out once so much may have flowed, which can be after midnight."""


@settings(max_examples=12, phases=PHASES)
@given(
    begin=st.floats(1, 20),
    tellings=st.lists(st.tuples(st.sampled_from(LYING), st.floats(0.02, 40), st.floats(3, 40)), min_size=1, max_size=9),
    kills=st.lists(st.floats(1, 9 * 24), max_size=3),
)
@example(begin=23.36, tellings=[("frozen_grid", 29.2, 16.0)], kills=[43.76]).via("frozen shortly before midnight")
@example(begin=8.25, tellings=[("small_spike", 8.6, 9.0)], kills=[]).via("a jump that lasts")
@example(begin=22.58, tellings=[("lifetime_zero", 29.3, 9.0)], kills=[]).via("a counter at zero over a midnight")
def test_weeks_of_lies(begin: float, tellings: list[Told], kills: list[float]) -> None:
    """One lie after the other, of any length, with kills between: days, weeks and lifetimes stay right."""
    life, at = Life(SPRING), SPRING + begin * HOUR
    lies: list[Lie] = []
    for name, hours, pause in tellings:
        lies.append(told(name, at, at + hours * HOUR))
        at += (hours + pause) * HOUR
    life.lies = lies
    story = lead(life, 10, every=120, restarts=[SPRING + h * HOUR for h in kills], lost=300)
    assert story.fallen == []
    assert story.off(share=0.01, floor=FLOOR) == {}
    for name, (given_, true) in story.lifetimes.items():
        assert given_ == pytest.approx(true, rel=1e-3), name
