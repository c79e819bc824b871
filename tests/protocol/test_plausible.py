"""Accounts of the day and the week that cannot be (Q3, Q4)."""

from typing import Any

import pytest

from tests.protocol.asking import NOW, facts
from tests.protocol.invented import DETAILS, REPORTS, V1, eim, fired, inverters, production, shows, summary


def _account(today: float, week: float, lifetime: float, lines: tuple[float, ...] = ()) -> dict[str, Any]:
    more = {"whToday": today, "whLastSevenDays": week}
    return {
        DETAILS: production(
            eim("production", 1, lifetime, **more),
            inverters(lifetime, count=10),
            consumption=(
                eim("total-consumption", 1, 9e6, whToday=4000, lines=[{"whToday": line} for line in lines]),
                eim("net-consumption", 1, 1e6),
            ),
        )
    }


@pytest.mark.parametrize(
    ("today", "week", "lifetime", "struck"),
    [
        (20_000, 150_000, 9_000_000, set()),
        (47_000, 47_000, 47_000, set()),
        (9_000_000, 9_000_000, 9_000_000, {"production_today", "production_7_days"}),
        (20_000, 8_999_000, 9_000_000, {"production_7_days"}),
        (60_001, 150_000, 9_000_000, {"production_today"}),
        (20_000, 420_001, 9_000_000, {"production_7_days"}),
        (-1, 0, 9_000_000, {"production_today"}),
    ],
    ids=["plausible", "young", "baselines lost", "week lost", "great day", "great week", "negative"],
)
def test_q3_q4_accounts_that_cannot_be(today: float, week: float, lifetime: float, struck: set[str]) -> None:
    evidence, names = fired(facts(), _account(today, week, lifetime))

    assert {
        key
        for (_, key), reasons in evidence.excluded.items()
        if "implausible" in {reason.code for reason in reasons.values()}
    } == struck
    assert ("Q3, Q4" in names) == bool(struck)


@pytest.mark.parametrize(("lines", "expected"), [((2000, 2000), False), ((9000, 9009), True), ((), False)])
def test_q4_a_total_that_contradicts_its_own_lines(lines: tuple[float, ...], expected: bool) -> None:
    assert shows("Q3, Q4", facts(), _account(20_000, 150_000, 9_000_000, lines)) == expected


def test_q4_a_total_of_zero_says_nothing() -> None:
    document = _account(20_000, 150_000, 9_000_000)
    document[DETAILS]["consumption"][0]["whToday"] = 0

    assert shows("Q3, Q4", facts(), document)


def test_q4_knows_the_roof_by_what_its_inverters_once_gave() -> None:
    reports = [{"serialNumber": str(n), "lastReportDate": int(NOW), "maxReportWatts": 100} for n in range(10)]
    documents = _account(20_000, 50_000, 9_000_000) | {REPORTS: reports}

    assert shows("Q3, Q4", facts(), documents)
    assert not shows("Q3, Q4", facts(), {V1: summary(9_000_000, 8_000_000 * 0.9, 8_000_000)})
