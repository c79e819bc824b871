"""Home Assistant is told of every equipment and metric, in fields it documents, and of nothing that has no value."""

import json

import pytest

from heliograph.model import CATALOG, Subject, metric
from heliograph.outputs.base import told
from heliograph.outputs.mqtt.discovery import (
    DEVICE,
    ENTITY,
    OFF,
    Manner,
    Seen,
    configurations,
    is_of,
    other_forms,
    retired,
    slug,
)
from heliograph.outputs.mqtt.topics import Topics
from tests.outputs import homeassistant
from tests.outputs.samples import GATEWAY, NAME, SERIAL, changed, everything, full, without

SEEN = [Seen(item, frozenset(told(item))) for item in everything()]


def manner(form: str = DEVICE, language: str = "fr") -> Manner:
    return Manner(Topics("heliograph"), language, "1.0", form=form)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("form", [DEVICE, ENTITY])
def test_every_metric_of_the_vocabulary_becomes_an_entity(form: str, language: str) -> None:
    entities = homeassistant.entities(configurations(manner(form, language), NAME, GATEWAY, SEEN))
    names = [row["value_template"] for row in entities.values() if "value_template" in row]
    assert len(names) == sum(len(one.keys) for one in SEEN)
    keys = {name.split("value_json.")[1].split(" ")[0] for name in names}
    assert keys == {one.key for one in CATALOG}
    assert len({row["default_entity_id"] for row in entities.values()}) == len(entities)


def test_both_forms_make_the_same_entities() -> None:
    by_device, by_entity = (
        homeassistant.entities(configurations(manner(form), NAME, GATEWAY, SEEN)) for form in (DEVICE, ENTITY)
    )
    plain = {"device", "origin", "availability_mode"}
    assert {name: {k: v for k, v in row.items() if k not in plain} for name, row in by_device.items()} == {
        name: {k: v for k, v in row.items() if k not in plain} for name, row in by_entity.items()
    }


def test_nothing_is_announced_when_nobody_wants_it() -> None:
    assert configurations(manner(OFF), NAME, GATEWAY, SEEN) == {}


def test_what_has_no_value_is_not_announced() -> None:
    item = without(full(Subject.BATTERY, "492200000001"), "temperature")
    entities = homeassistant.entities(configurations(manner(), NAME, GATEWAY, [Seen(item, frozenset(told(item)))]))
    assert f"heliograph_{SERIAL}_battery_492200000001_power" in entities
    assert f"heliograph_{SERIAL}_battery_492200000001_temperature" not in entities


def test_names_stand_in_the_chosen_language_and_ids_in_none() -> None:
    french, english = (
        homeassistant.entities(configurations(manner(language=one), NAME, GATEWAY, SEEN)) for one in ("fr", "en")
    )
    key = f"heliograph_{SERIAL}_production_power"
    assert french[key]["name"] == "Production instantanée"
    assert english[key]["name"] == "Production now"
    assert french[key]["default_entity_id"] == english[key]["default_entity_id"] == "sensor.toit_d_ete_production_power"
    panel = french[f"heliograph_{SERIAL}_inverter_482200000001_power"]
    assert panel["device"]["name"] == "Micro-onduleur 482200000001"
    assert panel["device"]["via_device"] == f"heliograph_{SERIAL}"
    meter = french[f"heliograph_{SERIAL}_meter_production_L1_voltage"]
    assert meter["name"].endswith("production L1: Tension")


def test_states_are_words_and_one_that_firmware_invented_joins_them() -> None:
    item = changed(full(Subject.METER, "production"), metering_status="melted")
    key = f"heliograph_{SERIAL}_meter_production_metering_status"
    row = homeassistant.entities(configurations(manner(), NAME, GATEWAY, [Seen(item, frozenset(told(item)))]))[key]
    assert "melted" in row["options"]
    assert len(row["options"]) == len(metric(Subject.METER, "metering_status").states) + 1


def test_fifty_panels_bring_their_essentials_enabled_and_their_details_not() -> None:
    entities = homeassistant.entities(configurations(manner(), NAME, GATEWAY, SEEN))
    place = f"heliograph_{SERIAL}_inverter_482200000001"
    assert "enabled_by_default" not in entities[f"{place}_power"]
    assert entities[f"{place}_dc_voltage"]["enabled_by_default"] is False


def test_a_gateway_away_is_unavailable_except_for_its_own_state() -> None:
    entities = homeassistant.entities(configurations(manner(), NAME, GATEWAY, SEEN))
    both = [{"topic": "heliograph/status"}, {"topic": f"heliograph/{SERIAL}/availability"}]
    assert entities[f"heliograph_{SERIAL}_production_power"]["availability"] == both
    assert entities[f"heliograph_{SERIAL}_network_state"]["availability"] == both[:1]
    assert entities[f"heliograph_{SERIAL}_network_cloud_connected"]["availability"] == both


@pytest.mark.parametrize("form", [DEVICE, ENTITY])
def test_what_is_out_of_service_is_found_under_the_topics_it_had(form: str) -> None:
    item = full(Subject.INVERTER, "482200000001")
    before = configurations(manner(form), NAME, GATEWAY, [Seen(item, frozenset(told(item)))])
    after = configurations(manner(form), NAME, GATEWAY, [])
    assert set(before) - set(after) == set(retired(manner(form), GATEWAY, item))


def test_messages_of_another_form_are_known_again_and_strangers_are_not() -> None:
    for form in (DEVICE, ENTITY):
        for topic in configurations(manner(form), NAME, GATEWAY, SEEN):
            assert is_of(manner(), GATEWAY, topic)
    assert not is_of(manner(), GATEWAY, "homeassistant/device/zigbee2mqtt_1/config")
    assert not is_of(manner(), GATEWAY, f"homeassistant/device/heliograph_{SERIAL}9/config")
    assert other_forms(manner(DEVICE), GATEWAY) == (f"homeassistant/+/heliograph_{SERIAL}/+/config",)
    assert other_forms(manner(ENTITY), GATEWAY) == ("homeassistant/device/+/config",)


def test_payloads_are_json_that_keeps_accents() -> None:
    payloads = configurations(manner(), NAME, GATEWAY, SEEN).values()
    assert all(json.loads(payload) for payload in payloads)
    assert any("instantanée" in payload for payload in payloads)


@pytest.mark.parametrize(
    ("text", "expected"), [("Toit d'été", "toit_d_ete"), ("  ", "heliograph"), ("屋根", "heliograph"), ("A--b", "a_b")]
)
def test_entity_ids_are_made_of_any_name(text: str, expected: str) -> None:
    assert slug(text) == expected
