"""H7, H8: lifetimes that cannot be, or that are too small for the gateway's age."""

from datetime import UTC, datetime

import pytest

from heliograph.model import Reason
from heliograph.protocol import read
from heliograph.protocol.counters import manufactured_at
from tests.protocol.asking import NOW, facts, meter, said_all
from tests.protocol.invented import DETAILS, READINGS, REPORTS, V1, eim, fired, inverters, production, summary

UNSET = 2**32
OLD, NEW = "122041000001", "122630000001"
"""Gateways of October 2020 and of July 2026; the tests' present is September 2026."""


def test_no_house_imports_exactly_two_to_the_thirty_second() -> None:
    documents = {
        DETAILS: production(
            eim("production", 488, 3_183_793),
            consumption=(eim("total-consumption", 477, UNSET), eim("net-consumption", -11, UNSET)),
        ),
        READINGS: [
            {"eid": 704643584, "timestamp": int(NOW), "activePower": -11, "actEnergyDlvd": UNSET, "actEnergyRcvd": 1776}
        ],
    }
    known = facts(meters=(meter("production"), meter("net-consumption")))
    snapshot = read(known, said_all(documents), host="gateway", at=NOW)[0]
    for key in ("import_lifetime", "net_lifetime", "consumption_lifetime"):
        assert snapshot.system.absent[key] == Reason("impossible_counter"), key
    assert snapshot.system.value("export_lifetime") == 1776
    assert snapshot.system.value("net_power") == -11
    assert {finding.code for finding in snapshot.findings} == {"impossible_counter"}


def _reports(count: int = 9) -> list[dict[str, object]]:
    report = {"lastReportDate": int(NOW) - 60, "lastReportWatts": 347, "maxReportWatts": 366}
    return [{"serialNumber": str(number), **report} for number in range(count)]


@pytest.mark.parametrize(
    ("serial", "lifetime", "expected"),
    [(OLD, 703_588, True), (NEW, 703_588, False), (OLD, 1_200_000, False), (OLD, 0, False), ("x", 703_588, False)],
    ids=["old and small", "new and small", "more than one overflow", "nothing yet", "a serial that tells nothing"],
)
def test_a_small_lifetime_of_an_old_gateway_is_doubted(serial: str, lifetime: int, expected: bool) -> None:
    documents = {DETAILS: production(inverters(lifetime, 3123, 9)), REPORTS: _reports()}
    assert ("H8" in fired(facts(serial=serial, metered=False), documents)[1]) is expected


def test_a_lifetime_below_its_own_week_is_doubted() -> None:
    documents = {
        DETAILS: production(inverters(50_000, 3123, 1)),
        V1: summary(50_000, week=60_000),
        REPORTS: _reports(1),
    }
    evidence, names = fired(facts(serial=OLD, metered=False), documents)
    assert "H8" in names
    assert [finding.details for finding in evidence.findings if finding.code == "lifetime_too_small"] == [
        {"energy": 50_000}
    ]


def test_a_metered_gateway_is_not_doubted() -> None:
    documents = {DETAILS: production(eim("production", 500, 703_588), inverters(703_588, 3123, 9)), REPORTS: _reports()}
    assert "H8" not in fired(facts(serial=OLD), documents)[1]


@pytest.mark.parametrize(
    ("serial", "made"),
    [("122041000001", datetime(2020, 10, 7, tzinfo=UTC)), ("122300000001", None), ("202041000001", None), ("12", None)],
)
def test_a_serial_tells_when_a_gateway_was_made(serial: str, made: datetime | None) -> None:
    assert manufactured_at(serial) == (None if made is None else made.timestamp())
