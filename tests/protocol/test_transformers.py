"""H3, H4, H5, H9: transformers that are enabled but not fitted, and the gateway's own warnings."""

from typing import Any

import pytest

from heliograph.model import Reason, Subject
from heliograph.protocol import read
from tests.protocol.asking import NOW, SERIAL, battery, facts, meter, said_all
from tests.protocol.invented import (
    DETAILS,
    ENSEMBLE,
    POWER,
    READINGS,
    REPORTS,
    eim,
    fired,
    group,
    inverters,
    production,
    shows,
)

MISSING = Reason("transformer_missing")
BOTH = (meter("production"), meter("net-consumption"))
METERS = "/ivp/meters"


def _site(made: tuple[float, float], net: tuple[float, float, float], power: float = 5180) -> dict[str, Any]:
    """Return the answers of 25 inverters that made 17.6 MWh, beside (power, Wh) of production and of the net."""
    report = {"serialNumber": "1", "lastReportDate": int(NOW) - 60, "lastReportWatts": power, "maxReportWatts": 300}
    return {
        DETAILS: production(
            eim("production", *made),
            inverters(17_617_974, power, 25),
            consumption=(eim("total-consumption", 0, 0), eim("net-consumption", net[0], net[1])),
        ),
        READINGS: [
            {"eid": 704643328, "timestamp": int(NOW), "activePower": made[0], "actEnergyDlvd": made[1]},
            {
                "eid": 704643584,
                "timestamp": int(NOW),
                "activePower": net[0],
                "actEnergyDlvd": net[1],
                "actEnergyRcvd": net[2],
            },
        ],
        REPORTS: [report],
    }


def _system(documents: dict[str, Any]) -> Any:
    return read(facts(meters=BOTH), said_all(documents), host="gateway", at=NOW)[0].system


@pytest.mark.parametrize("made", [(0, 0), (0.9, 4321), (-0.7, 0.002)], ids=["nothing", "noise for years", "2 mWh"])
def test_production_is_the_inverters_at_the_first_look(made: tuple[float, float]) -> None:
    system = _system(_site(made, (-2000, 900_000, 9_000_000)))
    assert system.value("production_power") == 5180
    assert system.value("production_lifetime") == 17_617_974
    assert system.value("net_power") == -2000
    assert system.value("consumption_power") == 3180


def test_without_both_nothing_is_derived_from_nothing() -> None:
    system = _system(_site((0, 0), (0, 0, 0)))
    assert system.value("production_power") == 5180
    for key in ("net_power", "consumption_power", "import_lifetime", "export_lifetime", "consumption_lifetime"):
        assert system.absent[key] == MISSING, key
    assert {"autarky", "import_today", "consumption_today"} <= system.absent.keys()
    assert system.absent["autarky"] == MISSING


def test_a_missing_net_transformer_leaves_production_alone() -> None:
    evidence, names = fired(facts(meters=BOTH), _site((5100, 17_500_000), (0.4, 0.002, 0)))
    assert {"H3", "H4"} & names == {"H4"}
    assert [(one.code, one.id) for one in evidence.findings if "transformer" in one.code] == [
        ("transformer_missing", "net-consumption")
    ]


@pytest.mark.parametrize(
    ("made", "net", "power"),
    [
        ((5100, 17_500_000), (-2000, 900_000, 9_000_000), 5180),
        ((0, 17_500_000), (300, 900_000, 9_000_000), 0),
        ((0, 25_000), (300, 2000, 9000), 0),
        ((1.0, 8000), (300, 2000, 9000), 40),
    ],
    ids=["by day", "by night", "fitted a week ago, by night", "fitted a week ago, at dawn"],
)
def test_what_is_fitted_is_believed(made: tuple[float, float], net: tuple[float, float, float], power: float) -> None:
    assert not {"H3", "H4"} & fired(facts(meters=BOTH), _site(made, net, power))[1]


def test_what_was_believed_before_is_fitted_though_its_counter_begins_again() -> None:
    pins = {"production_power": "meter.production", "net_power": "meter.net"}
    assert not {"H3", "H4"} & fired(facts(meters=BOTH, pins=pins), _site((0, 0), (0, 0, 0)))[1]


def test_a_new_roof_has_counted_little() -> None:
    documents = {DETAILS: production(eim("production", 0, 0), inverters(90_000, 100, 25))}
    assert not shows("H3", facts(meters=BOTH), documents)


def _beside_batteries(power: float, storage: tuple[float, float, float]) -> dict[str, Any]:
    """Return a site with two batteries of `power` W each, beside (power, Wh out, Wh in) of the storage transformer."""
    documents = _site((5100, 17_500_000), (-2000, 900_000, 9_000_000))
    shown, delivered, received = storage
    documents[READINGS].append(
        {
            "eid": 704643840,
            "timestamp": int(NOW),
            "activePower": shown,
            "actEnergyDlvd": delivered,
            "actEnergyRcvd": received,
        }
    )
    serials = ("122500000001", "122500000002")
    documents[ENSEMBLE] = group(
        "ENCHARGE",
        *(
            {"serial_num": serial, "percentFull": 50, "encharge_capacity": 5000, "communicating": True}
            for serial in serials
        ),
    )
    documents[POWER] = {
        "devices:": [{"serial_num": serial, "real_power_mw": round(power * 1000), "soc": 50} for serial in serials]
    }
    return documents


def _missing(snapshot: Any) -> list[str]:
    return [one.id for one in snapshot.findings if one.code == "transformer_missing"]


def _batteries(documents: dict[str, Any], pins: dict[str, str] | None = None) -> Any:
    configured = (*BOTH, meter("storage"))
    batteries = (battery("122500000001"), battery("122500000002"))
    found = facts(meters=configured, devices=batteries, pins=pins or {})
    return read(found, said_all(documents), host="gateway", at=NOW)


@pytest.mark.parametrize("storage", [(0, 0, 0), (-1.2, 0.4, 30)], ids=["nothing", "noise for years"])
def test_without_a_storage_transformer_the_batteries_are_heard(storage: tuple[float, float, float]) -> None:
    snapshot, after = _batteries(_beside_batteries(-750, storage))
    assert snapshot.system.value("battery_power") == -1500
    assert snapshot.system.value("battery_state") == "charging"
    assert snapshot.system.value("consumption_power") == 5100 - 2000 - 1500
    assert "charged_lifetime" not in snapshot.system.values
    assert _missing(snapshot) == ["storage"]
    # It is not fitted either while the batteries rest.
    resting, _ = _batteries(_beside_batteries(0, storage), dict(after.pins))
    assert _missing(resting) == ["storage"]


def test_a_new_storage_transformer_beside_resting_batteries_is_fitted() -> None:
    snapshot, _ = _batteries(_beside_batteries(5, (0, 0, 0)))
    assert snapshot.system.value("battery_power") == 0
    assert snapshot.system.values["battery_power"].source == "meter.storage"
    assert _missing(snapshot) == []


def test_the_gateways_own_warnings_are_findings() -> None:
    def node(eid: int, kind: str, status: str, *flags: str, state: str = "enabled") -> dict[str, Any]:
        names = {"measurementType": kind, "meteringStatus": status, "statusFlags": list(flags)}
        return {"eid": eid, "state": state, "phaseCount": 1, **names}

    documents = {
        METERS: [
            node(1, "production", "not-metering", "production-imbalance", "negative-production"),
            node(2, "net-consumption", "check-wiring", "power-on-unused-phase", "never-heard-of", "nor-of-this"),
            node(3, "storage", "check-wiring", state="disabled"),
            node(4, "total-consumption", "normal"),
        ]
    }
    evidence, names = fired(facts(), documents)
    assert "H5" in names
    assert [(one.subject, one.id, one.code, dict(one.details)) for one in evidence.findings] == [
        (Subject.METER, "production", "meter_not_metering", {}),
        (Subject.METER, "production", "meter_production_imbalance", {}),
        (Subject.METER, "production", "meter_negative_production", {}),
        (Subject.METER, "net-consumption", "meter_check_wiring", {}),
        (Subject.METER, "net-consumption", "meter_unused_phase", {}),
        (Subject.METER, "net-consumption", "meter_warning", {"words": "never-heard-of, nor-of-this"}),
    ]
    assert SERIAL not in {one.id for one in evidence.findings}
