import re
from typing import Final

import pytest

from heliograph.model import CATALOG, METRICS, Kind, Metric, Quantity, Subject, metric, metrics_of
from heliograph.model.catalog import DEVICES, HOUR, MINUTE
from heliograph.model.labels import LANGUAGES, label, words
from tests.recordings import RECORDINGS

DESIGN: Final = RECORDINGS.parent / "DESIGN.md"
each = pytest.mark.parametrize("metric", CATALOG, ids=lambda metric: metric.name)

CORE: Final = {
    "system.inverter_count": "Nombre de micro-onduleurs",
    "system.battery_count": "Nombre de batteries",
    "system.battery_state": "Etat des batteries",
    "system.battery_level": "% de charge des batteries",
    "system.battery_power": "Production des batteries",
    "system.production_power": "Production instantanée",
    "system.production_today": "Production de la journée",
    "system.production_7_days": "Production des 7 derniers jours",
    "system.production_lifetime": "Production depuis la mise en service",
    "system.consumption_power": "Puissance totale instantanée",
    "system.consumption_today": "Consommation de la journée",
    "system.consumption_7_days": "Consommation des 7 derniers jours",
    "system.consumption_lifetime": "Consommation depuis la mise en service",
    "system.net_power": "Puissance nette instantanée",
    "system.net_today": "Consommation nette de la journée",
    "system.net_7_days": "Consommation nette des 7 derniers jours",
    "system.net_lifetime": "Consommation nette depuis la mise en service",
    "inverter.provisioned": "Provisionné",
    "inverter.communicating": "Communication",
    "inverter.producing": "Production",
    "inverter.power": "Puissance",
    "inverter.max_power": "Puissance Max",
    "battery.provisioned": "Provisionné",
    "battery.communicating": "Communication",
    "battery.producing": "Production",
    "battery.power": "Puissance",
    "battery.max_power": "Puissance Max",
    "battery.level": "% de charge",
    "battery.max_temperature": "Température maximale",
}
"""The core promise, word for word."""


def test_every_metric_stands_once() -> None:
    assert len(METRICS) == len(CATALOG)
    assert [each.name for each in CATALOG] == list(METRICS)


@each
def test_every_metric_has_labels_unit_cadence_and_group(metric: Metric) -> None:
    assert all(label(metric, language).strip() for language in LANGUAGES)
    assert metric.cadence in {MINUTE, DEVICES, HOUR}
    assert all(words(language)[f"group.{metric.group}"] for language in LANGUAGES)
    assert all(words(language)[f"subject.{metric.subject}"] for language in LANGUAGES)
    assert isinstance(metric.unit, str)
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", metric.key)


@each
def test_units_never_stand_in_keys(metric: Metric) -> None:
    assert not set(metric.key.split("_")) & {"w", "wh", "kw", "kwh", "v", "a", "hz", "mw", "mv", "percent"}


@each
def test_states_have_words_and_only_states_have_states(metric: Metric) -> None:
    assert bool(metric.states) == (metric.quantity is Quantity.STATE)
    said = {state for state in metric.states if state not in {"L1", "L2", "L3"}}
    for language in LANGUAGES:
        spoken = words(language)
        assert all(f"state.{metric.key}.{state}" in spoken or f"state.{state}" in spoken for state in said)


@each
def test_counters_are_energies(metric: Metric) -> None:
    if metric.kind in {Kind.TOTAL, Kind.NET_TOTAL, Kind.PERIOD}:
        assert metric.quantity is Quantity.ENERGY


def test_the_core_promise_is_kept_word_for_word() -> None:
    assert {each.name: label(each, "fr") for each in CATALOG if each.core} == CORE


def test_core_and_group_are_the_same_promise() -> None:
    assert {each.name for each in CATALOG if each.group == "core"} == set(CORE)


@pytest.mark.skipif(not DESIGN.is_file(), reason="no DESIGN.md beside the project")
def test_the_core_promise_is_that_of_the_design() -> None:
    rows = [line.strip("| ").split(" | ") for line in DESIGN.read_text().splitlines() if " ● |" in line]
    promised: dict[str, str] = {}
    for subject, keys, _unit, cadence, labels in rows:
        names = [f"{subject.removesuffix(' ●')}.{key}" for key in keys.split(", ")]
        promised |= dict(zip(names, _expanded(labels, len(names)), strict=True))
        assert {METRICS[name].cadence for name in names} == {int(cadence.split()[0])}

    assert promised == CORE


def _expanded(labels: str, count: int) -> list[str]:
    """Write out `Production de la journée / des 7 derniers jours / depuis la mise en service`."""
    if " / " not in labels:
        return labels.split(", ") if count > 1 else [labels]
    first, *others = labels.split(" / ")
    name = first.removesuffix(" de la journée")
    return [first, *(f"{name} {other}" for other in others)]


def test_metrics_are_found_by_subject_and_key() -> None:
    assert metric(Subject.SYSTEM, "net_power").name == "system.net_power"
    assert [each.key for each in metrics_of(Subject.FIRMWARE)] == ["version", "token_expiry", "token_role"]
    with pytest.raises(KeyError):
        metric(Subject.SYSTEM, "weather")


def test_every_subject_has_metrics() -> None:
    assert all(metrics_of(subject) for subject in Subject)
    assert sum(len(metrics_of(subject)) for subject in Subject) == len(CATALOG)
