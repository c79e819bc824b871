"""The page for Prometheus: every metric in base units, counters that never fall, nothing that does not hold."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from heliograph.gateway import Latency
from heliograph.live import Live, State, Update
from heliograph.model import CATALOG, Equipment, Finding, Kind, Metric, Quality, Quantity, Reading, Subject, metric
from heliograph.outputs import exposition
from heliograph.outputs.exposition import Values, exported
from heliograph.outputs.prometheus import Prometheus
from tests.outputs.samples import AT, GATEWAY, NAME, SERIAL, aged, changed, everything, full, update

WHO = {"gateway": NAME, "gateway_serial": SERIAL}


def checked(page: bytes) -> None:
    """Have promtool check a page."""
    program = shutil.which("promtool")
    if program is None:
        assert os.environ.get("CI") != "true", "promtool is missing"
        pytest.skip("promtool is not installed")
    said = subprocess.run([program, "check", "metrics"], input=page, capture_output=True, check=False)  # noqa: S603 - found above
    assert (said.returncode, said.stderr.decode(), said.stdout.decode()) == (0, "", "")


def samples(page: bytes) -> Iterator[Sample]:
    for family in text_string_to_metric_families(page.decode()):
        yield from family.samples


def value(page: bytes, name: str, **labels: str) -> float | None:
    found = [one.value for one in samples(page) if one.name == name and labels.items() <= one.labels.items()]
    assert len(found) <= 1
    return found[0] if found else None


def page_of(*updates: Any, **named: Any) -> bytes:
    live = Live()
    for one in updates:
        live.publish(one)
    return Prometheus(live, version="1.0", **named).render()


def test_every_quantity_has_words() -> None:
    assert set(exposition.QUANTITIES) == set(Quantity)


@pytest.mark.parametrize("one", CATALOG, ids=lambda one: one.name)
def test_every_metric_stands_on_the_page(one: Metric) -> None:
    assert exported(one) in {sample.name for sample in samples(PAGE)}


PAGE = page_of(update(everything()))


def test_names_are_unique_and_promtool_finds_no_fault() -> None:
    assert len({exported(one) for one in CATALOG}) == len(CATALOG)
    checked(PAGE)


def test_values_stand_in_base_units_with_their_labels() -> None:
    panel = {**WHO, "serial": "482200000001", "part": "800-01", "phase": "L1"}
    assert value(PAGE, "heliograph_inverter_energy_joules_total", **panel) == 12345 * 3600
    assert value(PAGE, "heliograph_inverter_power_watts", **panel) == 1234.56
    assert value(PAGE, "heliograph_battery_level_ratio", serial="492200000001") == 0.71
    assert value(PAGE, "heliograph_inverter_communicating", **panel) == 1
    assert value(PAGE, "heliograph_inverter_last_report_timestamp_seconds", **panel) == AT - 60
    assert value(PAGE, "heliograph_controller_grid_state", state="on_grid") == 1
    assert value(PAGE, "heliograph_controller_grid_state", state="off_grid") == 0
    assert value(PAGE, "heliograph_firmware_version_info", value="envoy.global.ok") == 1
    assert value(PAGE, "heliograph_meter_voltage_volts", serial="production", phase="L1") == 236.25
    assert value(PAGE, "heliograph_system_inverter_number", **WHO) == 20


def test_absent_and_old_values_are_not_there_and_never_zero() -> None:
    panel = aged(full(Subject.INVERTER, "1"))
    page = page_of(update([panel]))
    assert value(page, "heliograph_inverter_power_watts") is None
    assert value(page, "heliograph_inverter_energy_joules_total") == 12345 * 3600
    assert value(page, "heliograph_system_production_power_watts") is None
    assert value(page_of(), "heliograph_gateway_up") is None


def test_the_time_zone_of_each_gateway_is_said_where_it_is_known() -> None:
    page = page_of(replace(update(everything()), zone="Europe/Lisbon"))
    assert value(page, "heliograph_gateway_info", **WHO, zone="Europe/Lisbon") == 1
    assert b"heliograph_gateway_info" not in page_of(update(everything()))


def test_of_a_gateway_away_only_what_lasts_is_said() -> None:
    page = page_of(update(everything(), state=State.AWAY))
    assert value(page, "heliograph_gateway_up", **WHO) == 0
    assert value(page, "heliograph_system_production_power_watts") is None
    assert value(page, "heliograph_system_production_joules_total") is not None
    assert value(page, "heliograph_network_state", state="online") is not None
    assert value(page, "heliograph_network_cloud_connected") is None


def test_retired_equipment_is_not_there() -> None:
    page = page_of(update([replace(full(Subject.INVERTER, "1"), retired=True)]))
    assert value(page, "heliograph_inverter_power_watts") is None


def test_a_counter_never_falls_while_what_nets_may() -> None:
    live = Live()
    output = Prometheus(live, version="1.0")
    system = full(Subject.SYSTEM, SERIAL)
    for energy, expected in ((100.0, 100.0), (90.0, 100.0), (110.0, 110.0)):
        live.publish(update([changed(system, production_lifetime=energy, net_lifetime=energy)]))
        page = output.render()
        assert value(page, "heliograph_system_production_joules_total") == expected * 3600
        assert value(page, "heliograph_system_net_lifetime_joules") == energy * 3600
    kinds = {exported(one).endswith("_total") for one in CATALOG if one.kind is Kind.TOTAL}
    assert kinds == {True}


def test_a_state_that_firmware_invented_is_said() -> None:
    page = page_of(update([changed(full(Subject.CONTROLLER, "1"), grid_state="melted")]))
    assert value(page, "heliograph_controller_grid_state", state="melted") == 1
    assert value(page, "heliograph_controller_grid_state", state="on_grid") == 0


def test_not_a_number_is_not_there() -> None:
    one = metric(Subject.INVERTER, "power")
    reading = Reading(one, float("nan"), AT, "test", Quality.MEASURED)
    item = replace(full(Subject.INVERTER, "1"), values={"power": reading})
    assert value(page_of(update([item])), "heliograph_inverter_power_watts") is None


async def test_the_service_tells_its_own_health() -> None:
    live = Live()
    latency = Latency()
    latency.add(0.25)
    client: Any = SimpleNamespace(facts=SimpleNamespace(serial=SERIAL), latency={"/production.json": latency})
    output = Prometheus(live, version="1.0", clients=lambda: {NAME: client}, clock=lambda: AT)
    running = asyncio.create_task(output.run(live))
    firmware = changed(full(Subject.FIRMWARE, SERIAL), token_expiry=AT + 86_400)
    for state in (State.ONLINE, State.AWAY, State.AWAY):
        await asyncio.sleep(0)
        live.publish(update([firmware], state=state, findings=(Finding("counter_fell", Subject.SYSTEM, SERIAL),)))
        await asyncio.sleep(0)
    live.close()
    await running
    page = Prometheus.render(output)
    assert value(page, "heliograph_polls_total", **WHO) == 3
    assert value(page, "heliograph_poll_failures_total", **WHO, code="timeout") == 2
    assert value(page, "heliograph_findings", **WHO) == 1
    assert value(page, "heliograph_token_remaining_seconds", **WHO) == 86_400
    assert value(page, "heliograph_endpoint_latency_seconds", **WHO, endpoint="/production.json") == 0.25
    assert value(page, "heliograph_build_info", version="1.0") == 1
    assert output.status().ok
    others = Prometheus(live, version="1.0", outputs=lambda: [output]).render()
    assert value(others, "heliograph_output_deliveries_total", output="prometheus") == 3
    checked(page)
    checked(others)


def test_only_what_changed_is_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    write = Values._equipment

    def noted(values: Values, one: Update, item: Equipment) -> Any:
        written.append(item.id)
        return write(values, one, item)

    monkeypatch.setattr(Values, "_equipment", noted)
    live = Live()
    output = Prometheus(live, version="1.0")
    panels = [full(Subject.INVERTER, "1"), full(Subject.INVERTER, "2")]
    live.publish(update(panels))
    page = output.render()
    assert output.render() == page
    assert written == ["1", "2"]
    live.publish(update([panels[0], changed(panels[1], power=7.0)], at=AT + 60))
    page = output.render()
    assert written == ["1", "2", "2"]
    assert value(page, "heliograph_inverter_power_watts", serial="2") == 7.0
    assert value(page, "heliograph_inverter_power_watts", serial="1") == 1234.56
    live.publish(update(panels, state=State.AWAY))
    assert value(output.render(), "heliograph_inverter_power_watts", serial="1") is None
    live.publish(update(panels, gateway=replace(GATEWAY, serial="122000000009")))
    names = {
        sample.labels["gateway_serial"] for sample in samples(output.render()) if "gateway_serial" in sample.labels
    }
    assert names == {"122000000009"}
    live.forget(NAME)
    assert b"heliograph_inverter" not in output.render()


def test_subjects_narrow_the_page() -> None:
    live = Live()
    live.publish(update(everything()))
    output = Prometheus(live, version="1.0")
    whole = output.render().splitlines()
    for subject in Subject:
        expected = [line for line in whole if re.match(rf"(# (HELP|TYPE) )?heliograph_{subject}_", line.decode())]
        assert output.render({subject}).splitlines() == expected
    health = output.render({"service"})
    assert value(health, "heliograph_gateway_up", **WHO) == 1
    assert b"heliograph_system" not in health


def test_a_gateway_never_reached_is_left_out() -> None:
    page = page_of(update([], gateway=replace(GATEWAY, serial="")))
    assert value(page, "heliograph_gateway_up") is None
