from dataclasses import replace

from heliograph.model import Equipment, Finding, Identity, Quality, Reading, Reason, Snapshot, Subject, metric
from heliograph.outputs.jeedom.remarks import findings, gaps
from heliograph.outputs.jeedom.values import Wish
from tests.outputs.jeedom.sample import AT

NO_METER = Reason("no_consumption_meter")
SYSTEM = Equipment(
    Subject.SYSTEM,
    "122",
    absent={
        "consumption_power": NO_METER,
        "net_power": NO_METER,
        "battery_level": Reason("no_battery"),
        "import_today": NO_METER,
    },
)
SILENT = Equipment(
    Subject.INVERTER,
    "48",
    values={
        "power": Reading(
            metric(Subject.INVERTER, "power"), 126.0, AT, "reports", Quality.STALE, reason=Reason("not_reporting")
        )
    },
)


def _snapshot(*equipment: Equipment, noticed: tuple[Finding, ...] = ()) -> Snapshot:
    return Snapshot(Identity("122", "D8.2.4286", "", "envoy"), AT, equipment, noticed)


def test_what_is_missing_for_one_reason_stands_together() -> None:
    told = gaps(_snapshot(SYSTEM), Wish(language="fr"))
    assert told["gateway"] == [
        {
            "what": "Puissance totale instantanée, Puissance nette instantanée",
            "why": "aucune pince de consommation n’est activée sur cette passerelle",
        },
        {"what": "% de charge des batteries", "why": "aucune batterie n’est installée"},
    ]


def test_only_what_the_owner_wants_is_missing() -> None:
    wide = gaps(_snapshot(SYSTEM), Wish(groups=frozenset({"grid"}), language="fr"))
    assert wide["gateway"][0]["what"].endswith("Soutirage de la journée")


def test_a_value_too_old_to_be_told_is_missing_too() -> None:
    told = gaps(_snapshot(SILENT), Wish(language="fr"))
    assert [row["what"] for row in told["inverter:48"]] == ["Puissance"]
    assert told["inverter:48"][0]["why"].startswith("le micro-onduleur ne communique plus")


def test_nothing_is_missing_where_all_is_well_or_out_of_service() -> None:
    fine = Equipment(Subject.NETWORK, "122", absent={"problem": Reason("no_problem")})
    told = gaps(_snapshot(fine, replace(SILENT, retired=True)), Wish(groups=frozenset({"gateway"}), language="fr"))
    assert told == {"gateway": []}


def test_findings_are_said_with_what_they_are_about_the_whole_first() -> None:
    one = Finding("inverter_silent", Subject.INVERTER, "48", "power", 1.0, None)
    other = replace(one, id="49")
    fell = Finding("counter_fell", Subject.SYSTEM, "122", "production_lifetime", 1.0, 2.0)
    new = Finding("new_device", Subject.INVERTER, "50")
    said = findings(_snapshot(SYSTEM, noticed=(one, other, fell, new)), "fr")
    assert [row["what"] for row in said] == [
        "Production depuis la mise en service",
        "Puissance (48), Puissance (49)",
        "Micro-onduleur (50)",
    ]
    assert said[0]["why"].startswith("Un cumul a baissé")
