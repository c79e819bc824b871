"""Every quirk fires on its witnesses and on nothing else."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from heliograph.model import Facts, Reason, Subject
from heliograph.protocol import Answer, Statement
from heliograph.protocol.evidence import Evidence
from heliograph.protocol.quirks import QUIRKS, WRAP, apply_all
from heliograph.protocol.reading import weigh
from tests.protocol.asking import NOW, SERIAL, battery, facts, inverter, meter, replayed, said, said_all
from tests.recordings import FOLDERS, needs_recordings

DETAILS = "/production.json?details=1"
V1 = "/api/v1/production"
REPORTS = "/api/v1/production/inverters"
DATA = "/ivp/pdm/device_data"
INVENTORY = "/inventory.json"
READINGS = "/ivp/meters/readings"
ENSEMBLE = "/ivp/ensemble/inventory"
POWER = "/ivp/ensemble/power"
GENERATOR = "/ivp/ensemble/generator"
WHOLE = (Subject.SYSTEM, SERIAL)

_SAVINGS = {"7.3.517", "7.3.517_legacy_savings_mode"}
_BATTERIES = _SAVINGS | {
    "8.2.127_with_3cts_and_battery_split",
    "8.2.4286_with_3cts_and_battery_split",
    "8.3.1598_collar",
    "8.3.5167_3rd-pv",
}
_OFF = {"4.2.27", "7.3.466_metered_disabled_cts", "7.6.175_total", "8.2.4264_metered_noct"}

WITNESSES: Final[Mapping[str, set[str]]] = {
    "Q26": {"3.17.3", "3.8.10", "3.9.36_bad_auth"},
    "Q27": set(),
    "Q34": _BATTERIES,
    "Q9": {"8.3.5169_ACB_inventory"},
    "Q13": {"4.2.33", "8.3.5433_tot_is_net_cons"},
    "Q14": set(),
    "Q15": {"8.3.5169_ACB_inventory"},
    "Q16": {"8.3.5169_ACB_inventory"},
    "Q12": set(),
    "Q11": set(),
    "Q6": _OFF,
    "Q8": {*_OFF, "4.2.33", "7.3.130_no_consumption"},
    "Q7": {"8.3.1598_collar"},
    "H1": {
        "4.2.33",
        "7.3.466_with_cts_3phase",
        "7.6.175_with_cts_3phase",
        "8.2.127_with_3cts_and_battery_split",
        "8.3.5433_tot_is_net_cons",
    },
    "Q1": {"7.6.114_without_cts", "7.6.175"},
    "Q5": {"8.3.5433_tot_is_net_cons"},
    "Q17": {"7.3.130"},
    "Q3, Q4": {
        "8.2.127_with_3cts_and_battery_split",
        "8.2.4286_with_3cts_and_battery_split",
        "8.3.5167_3rd-pv",
        "8.3.5169_with_generator",
        "8.3.5433_tot_is_net_cons",
    },
    "Q10": {"8.3.1598_collar", "8.3.5433_tot_is_net_cons"},
    "H2": {*_BATTERIES, "8.2.4382_ACB_2", "8.3.5169_ACB_inventory"},
    "Q19": {*_SAVINGS, "8.2.127_with_3cts_and_battery_split"},
    "Q39": {"8.3.1598_collar", "8.3.5167_3rd-pv", "8.3.5169_with_generator", "8.3.5433_tot_is_net_cons"},
}
"""On which recordings each quirk fires; those without one have invented witnesses below."""


@needs_recordings
@pytest.mark.parametrize("quirk", [quirk.name for quirk in QUIRKS])
def test_fires_on_these_recordings_and_on_no_other(quirk: str) -> None:
    assert {folder.name for folder in FOLDERS if quirk in replayed(folder).quirks()} == WITNESSES[quirk]


def test_every_quirk_that_one_answer_can_show_is_a_record() -> None:
    names = {part for quirk in QUIRKS for part in quirk.name.split(", ")}

    wanted = {1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 26, 27, 34, 39}
    assert {f"Q{number}" for number in wanted} <= names
    assert names == WITNESSES.keys() - {"Q3, Q4"} | {"Q3", "Q4"}
    assert len(names) == len(QUIRKS) + 1


def test_every_quirk_says_in_words_what_it_is() -> None:
    assert all(quirk.title and quirk.apply.__doc__ for quirk in QUIRKS)
    assert all((quirk.apply.__doc__ or "").startswith(quirk.name) for quirk in QUIRKS)


# --- invented gateways -----------------------------------------------------------------------------------------------


def eim(kind: str, power: float, lifetime: float, **more: Any) -> dict[str, Any]:
    known = {"type": "eim", "activeCount": 1, "measurementType": kind, "readingTime": int(NOW)}
    return known | {"wNow": power, "whLifetime": lifetime} | more


def inverters(lifetime: float, power: float = 100, count: int = 2) -> dict[str, Any]:
    return {
        "type": "inverters",
        "activeCount": count,
        "readingTime": int(NOW),
        "wNow": power,
        "whLifetime": lifetime,
    }


def production(*elements: dict[str, Any], consumption: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    return {"production": list(elements), "consumption": list(consumption), **more}


def summary(lifetime: float, today: float = 10, week: float = 70, power: float = 5) -> dict[str, float]:
    return {
        "wattHoursToday": today,
        "wattHoursSevenDays": week,
        "wattHoursLifetime": lifetime,
        "wattsNow": power,
    }


def pcu(serial: str, *, now: int = 100, joules: int = 3_600_000, gone: bool = False, active: bool = True) -> Any:
    reading = {"endDate": int(NOW) - 60, "acVoltageINmV": 230_000}
    channel = {"watts": {"now": now, "max": 300}, "lastReading": reading, "lifetime": {"joulesProduced": joules}}
    return {"devName": "pcu", "sn": serial, "active": active, "modGone": gone, "channels": [channel]}


def device_data(*devices: Any, limit: int = 50) -> dict[str, Any]:
    listed = {str(553648384 + 256 * number): device for number, device in enumerate(devices)}
    return {**listed, "deviceCount": len(devices), "deviceDataLimit": limit}


def group(kind: str, *devices: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": kind, "devices": list(devices)}]


def fired(known: Facts, documents: Mapping[str, Any], at: float = NOW) -> tuple[Evidence, tuple[str, ...]]:
    return weigh(known, said_all(documents), at)


def shows(quirk: str, known: Facts, documents: Mapping[str, Any]) -> bool:
    return quirk in fired(known, documents)[1]


# --- Q1 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "expected"),
    [(WRAP, True), (5 * WRAP, True), (WRAP + 60, True), (WRAP + 100, False), (0, False), (WRAP / 2, False)],
)
def test_q1_whole_wraps_are_missing_from_the_inverters_sum(missing: float, expected: bool) -> None:
    documents = {DETAILS: production(inverters(1000, power=100)), V1: summary(1000 + missing)}

    assert shows("Q1", facts(metered=False), documents) == expected


def test_q1_gives_the_lost_wraps_back() -> None:
    documents = {DETAILS: production(inverters(351236, power=586)), V1: summary(1544282)}
    evidence, _ = fired(facts(metered=False), documents)

    assert evidence.system("production_lifetime", "inverters") == 1544282.471
    assert evidence.mended[WHOLE, "production_lifetime", "inverters"] == (
        351236,
        Reason("counter_wrap", {"wraps": 1}),
    )


def test_q1_of_each_inverter_shows_beside_their_64_bit_counters() -> None:
    counters = [4_904_101_572, 1_000_000_000]
    reported = sum(joules % 2**32 for joules in counters) / 3600
    documents = {
        DETAILS: production(inverters(round(reported))),
        DATA: device_data(pcu("1", joules=counters[0]), pcu("2", joules=counters[1])),
    }
    evidence, names = fired(facts(), documents)

    assert "Q1" in names
    assert evidence.system("production_lifetime", "inverters") == pytest.approx(sum(counters) / 3600, abs=1)


def test_q1_is_not_read_from_a_summary_that_follows_a_meter() -> None:
    metered = production(eim("production", 100, 1000 + WRAP), inverters(1000))

    assert not shows("Q1", facts(meters=(meter("production"),)), {DETAILS: metered, V1: summary(1000 + WRAP)})


# --- Q5 --------------------------------------------------------------------------------------------------------------


def _total(power: float, lifetime: float, *, net: tuple[float, float] = (428, 5000), made: float = 900) -> Any:
    consumed = (eim("total-consumption", power, lifetime), eim("net-consumption", *net))
    return {DETAILS: production(eim("production", 357, made), consumption=consumed)}


def test_q5_adds_production_where_the_total_repeats_the_net() -> None:
    evidence, names = fired(facts(), _total(428, 5000))

    assert "Q5" in names
    assert evidence.system("consumption_power", "meter.consumption") == 428 + 357
    assert evidence.system("consumption_lifetime", "meter.consumption") == 5000 + 900
    assert [finding.code for finding in evidence.findings] == ["total_equals_net"] * 2


@pytest.mark.parametrize(
    "documents",
    [
        _total(428.02, 5000),
        _total(428, 5000.02),
        _total(428, 5000, made=0),
        {DETAILS: production(eim("production", 1, 900), consumption=(eim("net-consumption", 428, 5000),))},
    ],
    ids=["other power", "other lifetime", "never produced", "no total"],
)
def test_q5_needs_both_to_be_the_same(documents: Mapping[str, Any]) -> None:
    assert not shows("Q5", facts(), documents)


# --- Q6, Q8 ----------------------------------------------------------------------------------------------------------

_NOISE = production(
    eim("production", 3.7, 1587, activeCount=0),
    inverters(32_465_106, 5521),
    consumption=(
        eim("total-consumption", -1.8, -18, activeCount=0),
        eim("net-consumption", -5.5, -2224, activeCount=0),
    ),
)


def test_q6_silences_the_meter_that_is_off_and_the_summary_that_follows_it() -> None:
    evidence, names = fired(facts(), {DETAILS: _NOISE, V1: summary(1583)})

    assert {"Q6", "Q8"} <= set(names)
    assert evidence.said[WHOLE]["production_power"].keys() == {"inverters"}
    assert "consumption_power" not in evidence.said[WHOLE] or not evidence.said[WHOLE]["consumption_power"]
    assert evidence.struck[Subject.SYSTEM, "production_power", "summary"] == Reason("no_production_meter")


def test_q6_leaves_the_summary_of_a_board_without_meters() -> None:
    evidence, names = fired(facts(metered=False), {DETAILS: _NOISE, V1: summary(32_465_106)})

    assert "Q6" in names
    assert evidence.system("production_lifetime", "summary") == 32_465_106


def test_q6_believes_the_configuration_before_the_count() -> None:
    flicker = production(eim("production", 500, 1000, activeCount=0), inverters(900))

    assert not shows("Q6", facts(meters=(meter("production"),)), {DETAILS: flicker})
    assert shows("Q6", facts(meters=(meter("production", enabled=False),)), {DETAILS: _metered()})


def _metered(**more: Any) -> dict[str, Any]:
    return production(
        eim("production", 500, 900_000, **more),
        inverters(890_000),
        consumption=(eim("total-consumption", 700, 1_300_000), eim("net-consumption", 200, 400_000)),
    )


def test_q6_and_q8_do_not_fire_on_a_meter_that_is_on() -> None:
    _, names = fired(facts(), {DETAILS: _metered()})

    assert not {"Q6", "Q8"} & set(names)


def test_q8_needs_both_entries_to_be_off() -> None:
    half = _metered()
    half["consumption"][0]["activeCount"] = 0

    assert not shows("Q8", facts(), {DETAILS: half})
    assert shows("Q8", facts(meters=(meter("net-consumption", enabled=False),)), {DETAILS: _metered()})


# --- Q7, H1 ----------------------------------------------------------------------------------------------------------


def test_q7_zeros_beside_inverters_that_have_produced_say_nothing() -> None:
    evidence, names = fired(facts(metered=False), {DETAILS: production(inverters(5000)), V1: summary(0, 0, 0, 0)})

    assert "Q7" in names
    assert evidence.system("production_lifetime", "summary") is None


@pytest.mark.parametrize(
    "documents",
    [
        {DETAILS: production(inverters(0)), V1: summary(0, 0, 0, 0)},
        {DETAILS: production(inverters(5000)), V1: summary(5000, 0, 0, 0)},
        {DETAILS: production(inverters(5000)), V1: {"wattHoursToday": 0, "wattsNow": 0}},
        {V1: summary(0, 0, 0, 0)},
    ],
    ids=["new roof", "morning", "incomplete", "alone"],
)
def test_q7_zeros_may_be_true(documents: Mapping[str, Any]) -> None:
    assert not shows("Q7", facts(metered=False), documents)


@pytest.mark.parametrize(("lifetime", "expected"), [(900_000, False), (909_000, False), (880_000, True), (0, True)])
def test_h1_the_summary_stands_still_beside_the_meter(lifetime: float, expected: bool) -> None:
    documents = {DETAILS: _metered(), V1: summary(lifetime, 1, 2)}

    assert shows("H1", facts(), documents) == expected


# --- Q9, Q14, Q15 ----------------------------------------------------------------------------------------------------


def test_q9_gives_small_negatives_their_sign_back() -> None:
    evidence, names = fired(facts(), {DATA: device_data(pcu("1", now=4294967292), pcu("2"))})

    assert "Q9" in names
    assert evidence.number((Subject.INVERTER, "1"), "power", "device_data") == -4
    assert evidence.number((Subject.INVERTER, "2"), "power", "device_data") == 100


def test_q9_shows_on_meters_too_and_not_on_great_powers() -> None:
    transformer = {"devName": "eim", "sn": "EIM1", "channels": [{"watts": {"now": 4294967292}}]}

    assert shows("Q9", facts(), {DATA: device_data(pcu("1"), transformer)})
    assert not shows("Q9", facts(), {DATA: device_data(pcu("1", now=(1 << 31) - 1))})
    assert not shows("Q9", facts(), {DATA: []})


@pytest.mark.parametrize(("count", "limit", "expected"), [(3, 3, True), (3, 4, False), (3, 2, True)])
def test_q14_a_list_at_its_limit_gives_no_sums(count: int, limit: int, expected: bool) -> None:
    document = device_data(*(pcu(str(number)) for number in range(count)), limit=limit)
    evidence, names = fired(facts(), {DATA: document})

    assert ("Q14" in names) == expected
    assert (evidence.system("production_lifetime", "device_data") is None) == expected


def test_q14_is_not_seen_without_the_counts() -> None:
    assert not shows("Q14", facts(), {DATA: {"553648384": pcu("1")}})


def test_q15_a_sleeping_inverter_is_not_gone() -> None:
    evidence, names = fired(facts(), {DATA: device_data(pcu("1", gone=True), pcu("2"))})

    assert "Q15" in names
    assert not evidence.said[Subject.INVERTER, "1"]["communicating"]


def test_q15_leaves_those_that_were_removed_and_those_that_are_awake() -> None:
    assert not shows("Q15", facts(), {DATA: device_data(pcu("1"), pcu("2", gone=True, active=False))})


# --- Q13, Q16 --------------------------------------------------------------------------------------------------------


def _listed(serial: str, **flags: Any) -> dict[str, Any]:
    known = {"serial_num": serial, "admin_state": 2, "last_rpt_date": str(int(NOW)), "communicating": True}
    return known | {"provisioned": True, "producing": True} | flags


def test_q13_removed_devices_are_not_heard() -> None:
    known = facts(devices=(inverter("1"), inverter("2", retired=True)))
    evidence, names = fired(known, {INVENTORY: group("PCU", _listed("1"), _listed("2"))})

    assert "Q13" in names
    assert [owner for owner in evidence.said if owner[0] is Subject.INVERTER] == [(Subject.INVERTER, "1")]
    assert evidence.system("inverter_count", "list") == 1


def test_q13_a_new_device_is_no_removed_one() -> None:
    evidence, names = fired(facts(devices=(inverter("1"),)), {INVENTORY: group("PCU", _listed("1"), _listed("2"))})

    assert "Q13" not in names
    assert [(finding.code, finding.id) for finding in evidence.findings] == [("new_device", "2")]


def test_a_device_that_only_device_data_knows_is_not_announced() -> None:
    reports = [{"serialNumber": "1", "devType": 1, "lastReportDate": int(NOW), "lastReportWatts": 1}]
    known = facts(devices=(inverter("1"),))

    beside, _ = fired(known, {REPORTS: reports, DATA: device_data(pcu("1"), pcu("2"))})
    alone, _ = fired(known, {DATA: device_data(pcu("1"), pcu("2"))})

    assert not beside.findings
    assert [finding.code for finding in alone.findings] == ["new_device"]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"provisioned": False, "communicating": False}, True),
        ({"provisioned": False, "communicating": True}, False),
        ({"provisioned": True, "communicating": False}, False),
        ({"provisioned": False, "communicating": False, "admin_state": 3}, False),
    ],
    ids=["asleep", "awake", "silent", "deleted"],
)
def test_q16_a_sleeping_inverter_stays_provisioned(flags: dict[str, Any], expected: bool) -> None:
    evidence, names = fired(facts(), {INVENTORY: group("PCU", _listed("1", **flags))})

    assert ("Q16" in names) == expected
    if expected:
        assert evidence.said[Subject.INVERTER, "1"]["provisioned"]["inventory"].value is True


def test_q16_is_of_inverters_that_are_heard() -> None:
    asleep = {"provisioned": False, "communicating": False}

    assert not shows("Q16", facts(), {INVENTORY: group("ACB", _listed("1", **asleep))})
    known = facts(devices=(inverter("2"), inverter("1", retired=True)))
    assert not shows("Q16", known, {INVENTORY: group("PCU", _listed("1", **asleep))})


# --- Q11, Q12, Q34 ---------------------------------------------------------------------------------------------------


def _storage(age: float, count: int = 2) -> dict[str, Any]:
    acb = {"type": "acb", "activeCount": count, "readingTime": int(NOW - age), "wNow": 260, "state": "discharging"}
    return {DETAILS: production(inverters(1000), storage=[acb | {"percentFull": 50}])}


@pytest.mark.parametrize(("age", "expected"), [(41 * 3600, True), (1801, True), (1800, False), (0, False)])
def test_q11_an_old_sum_of_ac_batteries_is_not_used(age: float, expected: bool) -> None:
    evidence, names = fired(facts(), _storage(age))

    assert ("Q11" in names) == expected
    assert (evidence.system("battery_power", "acb") is None) == expected
    assert evidence.system("battery_count", "acb") == 2


def test_q11_is_of_ac_batteries_that_are_there() -> None:
    assert not shows("Q11", facts(), _storage(41 * 3600, count=0))
    assert not shows("Q11", facts(), _storage(NOW))


def _encharge(listed: int, now: int, key: str = "devices:") -> dict[str, Any]:
    device = {"serial_num": "B1", "percentFull": listed, "last_rpt_date": int(NOW), "encharge_capacity": 5000}
    power = {key: [{"serial_num": "B1", "real_power_mw": 20_000, "soc": now}]}
    return {ENSEMBLE: group("ENCHARGE", device), POWER: power}


@pytest.mark.parametrize(("listed", "now", "expected"), [(10, 54, True), (54, 48, True), (50, 45, False)])
def test_q12_the_listed_level_lags(listed: int, now: int, expected: bool) -> None:
    evidence, names = fired(facts(), _encharge(listed, now))

    assert ("Q12" in names) == expected
    assert ("ensemble" in evidence.said[Subject.BATTERY, "B1"]["level"]) != expected


def test_q34_the_key_with_a_colon_and_the_key_without() -> None:
    with_colon, names = fired(facts(), _encharge(50, 50))
    without, others = fired(facts(), _encharge(50, 50, "devices"))

    assert "Q34" in names
    assert "Q34" not in others
    assert with_colon.said == without.said


# --- Q17 -------------------------------------------------------------------------------------------------------------


def _counted(net: float, imported: float, exported: float) -> dict[str, Any]:
    reading = {"eid": 704643584, "activePower": 10, "actEnergyDlvd": imported, "actEnergyRcvd": exported}
    return {
        DETAILS: production(eim("production", 1, 9_000_000), consumption=(eim("net-consumption", 10, net),)),
        READINGS: [reading],
    }


@pytest.mark.parametrize(
    ("net", "expected"), [(5_000_000, True), (5_000_004, True), (5_000_006, False), (3_000_000, False), (-1, False)]
)
def test_q17_the_net_equals_what_was_imported(net: float, expected: bool) -> None:
    known = facts(meters=(meter("production"), meter("net-consumption")))
    evidence, names = fired(known, _counted(net, 5_000_000, 2_000_000))

    assert ("Q17" in names) == expected
    if expected:
        assert evidence.system("net_lifetime", "meter.net") == 3_000_000


def test_q17_without_exports_net_is_import_in_truth() -> None:
    known = facts(meters=(meter("production"), meter("net-consumption")))

    assert not shows("Q17", known, _counted(5_000_000, 5_000_000, 500))


@pytest.mark.parametrize(("net", "expected"), [(7_116_676, True), (6_600_000, False), (6_494_874, False)])
def test_q17_without_readings_what_is_missing_from_the_total_was_exported(net: float, expected: bool) -> None:
    consumed = (eim("total-consumption", 1, 10_154_381), eim("net-consumption", 1, net))
    documents = {DETAILS: production(eim("production", 1, 3_659_506), consumption=consumed)}

    assert shows("Q17", facts(), documents) == expected


def test_q17_cannot_be_told_of_a_net_alone() -> None:
    assert not shows("Q17", facts(), {DETAILS: production(consumption=(eim("net-consumption", 1, 5000),))})


# --- Q3, Q4 ----------------------------------------------------------------------------------------------------------


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

    assert {key for (_, key, _), reason in evidence.struck.items() if reason.code == "implausible"} == struck
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


# --- Q10, H2 ---------------------------------------------------------------------------------------------------------


def _lines(*voltages: float) -> dict[str, Any]:
    lines = [{"wNow": 10 * voltage, "rmsVoltage": voltage, "rmsCurrent": 1} for voltage in voltages]
    return {DETAILS: production(eim("production", 1, 1000, lines=lines))}


def _phases(evidence: Evidence) -> list[str]:
    return [identifier for subject, identifier in evidence.said if subject is Subject.PHASE]


@pytest.mark.parametrize(
    ("meters", "voltages", "phases"),
    [
        ((meter("production", phases=2),), (120, 121, 0), ["L1", "L2"]),
        ((meter("production", phases=1),), (230, 3, 0), ["L1"]),
        ((meter("production", phases=3),), (230, 231, 232), ["L1", "L2", "L3"]),
        (None, (120, 121, 0), ["L1", "L2"]),
        (None, (230,), ["L1"]),
    ],
)
def test_q10_lines_without_a_transformer_are_no_phases(meters: Any, voltages: Any, phases: list[str]) -> None:
    evidence, names = fired(facts(meters=meters), _lines(*voltages))

    assert _phases(evidence) == phases
    assert ("Q10" in names) == (len(phases) < len(voltages))


def _stored(power: int, devices: tuple[Any, ...] = (battery("B1"),)) -> Any:
    return fired(facts(devices=devices), _encharge(50, 50) | {DETAILS: _metered()})


def test_h2_the_total_beside_a_battery_is_not_what_the_house_takes() -> None:
    evidence, names = _stored(-1000)

    assert "H2" in names
    assert evidence.system("consumption_power", "meter.consumption") is None
    assert evidence.struck[Subject.SYSTEM, "consumption_power", "meter.consumption"] == Reason("battery_in_total")


def test_h2_needs_a_battery_and_a_total() -> None:
    assert not shows("H2", facts(), {DETAILS: _metered()})
    assert not shows("H2", facts(devices=(battery("B1"),)), {DETAILS: production(inverters(5))})
    assert shows("H2", facts(meters=(meter("storage"), meter("net-consumption"))), {DETAILS: _metered()})


# --- Q19 -------------------------------------------------------------------------------------------------------------


def _generator(admin: str, present: int, config: Any = None) -> dict[str, Any]:
    document = {"admin_state": admin, "oper_state": "open", "start_soc": 20, "stop_soc": 80, "present": present}
    return {GENERATOR: document, "/ivp/ss/gen_config": config or {}}


@pytest.mark.parametrize(
    ("admin", "present", "config", "there", "lies"),
    [
        ("unknown", 1, None, False, True),
        ("unknown", 0, None, False, False),
        ("open", 0, None, True, False),
        ("unknown", 1, {"gen_type": "x"}, True, False),
    ],
)
def test_q19_a_document_is_no_generator(admin: str, present: int, config: Any, there: bool, lies: bool) -> None:
    evidence, names = fired(facts(), _generator(admin, present, config))

    assert ((Subject.GENERATOR, "generator") in evidence.said) == there
    assert ("Q19" in names) == lies


def test_q19_needs_a_document() -> None:
    assert not shows("Q19", facts(), {GENERATOR: []})
    assert not shows("Q19", facts(), {GENERATOR: b"<html></html>"})


# --- Q26, Q27, Q39 ---------------------------------------------------------------------------------------------------


def test_q26_a_page_where_data_was_asked() -> None:
    page = b"<!DOCTYPE html><title>Page Not Found</title>"

    assert shows("Q26", facts(), {DETAILS: page})
    assert not shows("Q26", facts(), {"/production?locale=en": page, "/home?locale=en": page})
    assert "Q26" not in weigh(facts(), {DETAILS: said(DETAILS, page, status=401)}, NOW)[1]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\n<?xml version='1.0'?><envoy_info/>", True),
        (b"<?xml version='1.0'?><envoy_info/>", False),
        (b"\n{}", False),
    ],
)
def test_q27_space_before_the_declaration(body: bytes, expected: bool) -> None:
    answers: dict[str, Answer] = {"/info": said("/info", body)}

    assert ("Q27" in weigh(facts(), answers, NOW)[1]) == expected


def _reading(**values: float) -> Any:
    node = {"eid": 704643584, "activePower": -5, "voltage": 230} | values
    known = facts(meters=(meter("net-consumption"),))
    return fired(known, {READINGS: [node | {"channels": [node]}]})


@pytest.mark.parametrize(("value", "expected"), [(1.931, True), (-1.5, True), (1, False), (-1, False), (0, False)])
def test_q39_power_factors_beyond_one_say_nothing(value: float, expected: bool) -> None:
    evidence, names = _reading(pwrFactor=value)

    assert ("Q39" in names) == expected
    assert bool(evidence.said[Subject.METER, "net-consumption"]["power_factor"]) != expected


@pytest.mark.parametrize(("value", "expected"), [(-3.46, True), (3.46, False), (0, False)])
def test_q39_currents_have_no_sign(value: float, expected: bool) -> None:
    evidence, names = _reading(current=value)

    assert ("Q39" in names) == expected
    assert evidence.number((Subject.PHASE, "L1"), "current", "readings.net-consumption") == abs(value)


def test_q39_is_of_numbers() -> None:
    evidence = Evidence(facts(), {}, NOW)
    evidence.hear(Statement(Subject.METER, "storage", "current", "much", NOW, "readings"))

    assert apply_all(evidence) == ()
