import json
import unicodedata

import pytest

from heliograph.model import CATALOG, Subject, metric, metrics_of
from heliograph.outputs.jeedom import layout
from tests.jeedom.plugin import PLUGIN

GENERAL = [
    "Nombre de micro-onduleurs",
    "Nombre de batteries",
    "Etat des batteries",
    "% de charge des batteries",
    "Production des batteries",
    "Production instantanée",
    "Production de la journée",
    "Production des 7 derniers jours",
    "Production depuis la mise en service",
    "Puissance totale instantanée",
    "Consommation de la journée",
    "Consommation des 7 derniers jours",
    "Consommation depuis la mise en service",
    "Puissance nette instantanée",
    "Consommation nette de la journée",
    "Consommation nette des 7 derniers jours",
    "Consommation nette depuis la mise en service",
]
INVERTER = ["Provisionné", "Communication", "Production", "Puissance", "Puissance Max"]
BATTERY = [*INVERTER, "% de charge", "Température maximale"]


@pytest.mark.parametrize(
    ("kind", "names"), [("gateway", GENERAL), ("inverter", INVERTER), ("battery", BATTERY)], ids=["17", "5", "7"]
)
def test_the_core_promise_carries_exactly_these_names(kind: str, names: list[str]) -> None:
    assert [command.name["fr"] for command in layout.commands(kind) if command.group == "core"] == names


def test_every_metric_stands_somewhere_once() -> None:
    every = [command.logical_id for kind in layout.kinds() for command in layout.commands(kind) if not command.phase]
    derived = len(layout.LINK_COMMANDS) + len(layout.ROOF_COMMANDS) + len(layout.SCENARIO_COMMANDS)
    phases = len(metrics_of(Subject.PHASE))
    assert len(every) == len(CATALOG) - phases + derived


@pytest.mark.parametrize("kind", layout.kinds())
@pytest.mark.parametrize("language", ["fr", "en"])
def test_names_are_unique_as_the_database_sees_them(kind: str, language: str) -> None:
    def folded(name: str) -> str:
        return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold().strip()

    names = [folded(command.name[language]) for command in layout.commands(kind)]
    assert sorted(names) == sorted(set(names))
    assert folded(layout.REFRESH[language]) not in names


@pytest.mark.parametrize("kind", layout.kinds())
def test_logical_ids_are_unique(kind: str) -> None:
    ids = [command.logical_id for command in layout.commands(kind)]
    assert sorted(ids) == sorted(set(ids))


def test_no_name_loses_a_sign_or_is_cut() -> None:
    for kind in layout.kinds():
        for command in layout.commands(kind):
            for name in command.name.values():
                assert not set(name) & set("&#[]\\/'\"*<>"), name
                assert len(name.encode()) <= 127, name
                assert name == " ".join(name.split()), name


def test_an_apostrophe_becomes_typographic() -> None:
    assert layout.command_name(metric(Subject.SYSTEM, "self_consumption"), "fr") == "Taux d’autoconsommation"


@pytest.mark.parametrize(
    ("subject", "id_", "expected"),
    [
        (Subject.SYSTEM, "122", "gateway"),
        (Subject.PHASE, "L1", "gateway"),
        (Subject.FIRMWARE, "122", "gateway"),
        (Subject.INVERTER, "4821", "inverter:4821"),
        (Subject.METER, "production", "meter:production"),
        (Subject.METER, "production.L2", "meter:production"),
    ],
)
def test_equipment_of_a_subject(subject: Subject, id_: str, expected: str) -> None:
    assert layout.equipment_id(subject, id_) == expected


@pytest.mark.parametrize(
    ("subject", "key", "phase", "expected"),
    [
        (Subject.SYSTEM, "production_power", "", "production_power"),
        (Subject.PHASE, "production_power", "L1", "production_power.L1"),
        (Subject.STORAGE, "mode", "", "storage.mode"),
        (Subject.INVERTER, "power", "", "power"),
        (Subject.METER, "power", "L2", "power.L2"),
    ],
)
def test_logical_id_of_a_metric(subject: Subject, key: str, phase: str, expected: str) -> None:
    assert layout.logical_id(metric(subject, key), phase) == expected


def test_what_a_tile_draws_is_there_and_not_listed_twice() -> None:
    for name, kind in layout.catalog("1")["kinds"].items():
        visible = {row["logicalId"]: row["isVisible"] for row in kind["commands"]}
        for part, logical_id in kind["tile"].items():
            assert visible[logical_id] == 0, (name, part)


def test_groups_are_all_but_the_core() -> None:
    assert layout.groups() == (
        "scenarios",
        "grid",
        "battery_energy",
        "phases",
        "panel_details",
        "battery_details",
        "meters",
        "site",
        "settings",
        "gateway",
    )


def test_what_scenarios_act_on_is_one_group_and_stays_off_the_tile() -> None:
    rows = [command for command in layout.commands("gateway") if "scenarios" in command.groups]
    assert [command.name["fr"] for command in rows] == [
        "Soutirage de la journée",
        "Injection de la journée",
        "Taux d’autoconsommation",
        "Taux d’autoproduction",
        "Passerelle joignable",
        "Surplus disponible",
        *(f"{flow} d’hier" for flow in ("Production", "Consommation", "Soutirage", "Injection")),
        *(f"{flow} du mois" for flow in ("Production", "Consommation", "Soutirage", "Injection")),
        *(f"{flow} de l’année" for flow in ("Production", "Consommation", "Soutirage", "Injection")),
        "Jours restants du jeton",
        "Micro-onduleurs muets",
        "Dernière anomalie",
    ]
    visible = {row["logicalId"]: row["isVisible"] for row in layout.catalog("1")["kinds"]["gateway"]["commands"]}
    assert {visible[key] for key in layout.SCENARIO_COMMANDS} == {0}
    names = {group: name["fr"] for group, name in layout.catalog("1")["groups"].items()}
    assert (names["scenarios"], names["gateway"], names["grid"]) == (
        "Pour les scénarios",
        "Passerelle",
        "Réseau : soutirage et injection",
    )


def test_the_guide_has_an_example_for_each_command_that_scenarios_act_on() -> None:
    guide = (PLUGIN / "docs/fr_FR/index.md").read_text(encoding="utf-8")
    names = [command.name["fr"] for command in layout.commands("gateway") if "scenarios" in command.groups]
    assert [name for name in names if f"[{name}]#" not in guide] == []


def test_watts_keep_two_decimals_for_their_display() -> None:
    rows = {row["logicalId"]: row for row in layout.catalog("1")["kinds"]["gateway"]["commands"]}
    assert rows["production_power"]["configuration"]["historizeRound"] == "2"
    assert rows["inverter_count"]["configuration"]["historizeRound"] == "0"
    assert "historizeRound" not in rows["battery_state"]["configuration"]


def test_a_state_has_a_word_for_each_of_its_codes_in_every_language() -> None:
    rows = {row["logicalId"]: row["states"] for row in layout.catalog("1")["kinds"]["gateway"]["commands"]}
    assert rows["battery_state"] == {
        "en": {"charging": "charging", "discharging": "discharging", "idle": "idle"},
        "fr": {"charging": "en charge", "discharging": "en décharge", "idle": "au repos"},
    }
    assert rows["storage.mode"]["fr"]["self-consumption"] == "autoconsommation"
    assert rows["production_power"] == {}


def test_the_catalog_is_plain_json_of_its_version() -> None:
    catalog = layout.catalog("1.2.3")
    assert json.loads(json.dumps(catalog)) == catalog
    assert catalog["version"] == "1.2.3"
    assert catalog["kinds"]["gateway"]["name"]["fr"] == "General"
