"""One story of each kind: right to 0.1 % of every lifetime and 1 % of every day, and nothing found that is not so."""

import pytest

from tests.stories.kinds import story
from tests.stories.story import tell

GATE = (
    "healthy", "overflow_one", "overflow_many", "boot_zeros", "jump", "restart", "frozen_catch_up", "frozen_power",
    "halved_storage", "reversed", "total_is_net", "today_lifetime", "start_behind", "our_clock", "gateway_clock",
    "outage",
)  # fmt: skip
"""The kinds of which one story is told here; `python -m tests.stories` tells all."""


@pytest.mark.parametrize("name", GATE)
def test_story_comes_out_right(name: str) -> None:
    outcome = tell(story(name, 0))
    assert outcome.crash is None
    assert outcome.judged > 0
    assert outcome.errors == []
    assert outcome.findings == {}
    assert outcome.fell == set()
