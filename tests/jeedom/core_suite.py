"""The plugin in a real Jeedom core: `make jeedom-core CORE=folder`, where the folder holds the core's source.

Not part of `make test`: the core is not ours to ship. Time is the machine's own here, so this takes some minutes.
"""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from heliograph import Credentials, Gateway, Subject
from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway
from tests.jeedom.plugin import HERE, gathered
from tests.jeedom.real_core import Core, missing_tools, running_core

NOON = 1_782_900_000.0
"""A summer day at noon, at the gateway."""
INVERTERS, BATTERIES, ROOFS = 8, 2, 1

EVENTS = """
	$shown = array();
	foreach (array(array(12, 0), array(12, 1), array('', 2), array(0, 3)) as $step) {
		$cmd->event($step[0], '2026-06-01 10:0' . $step[1] . ':00');
		$shown[] = array((string) $cmd->execCmd(), $cmd->getCollectDate(), $cmd->getValueDate(), $cmd->getUnite());
	}
	return $shown;
"""
"""A life of one numeric command, told to the core and to its double."""


@dataclass
class Scene:
    """A core, an emulated gateway, and the id of the equipment that reads it."""

    core: Core
    gateway: EmulatedGateway
    id: int

    async def php(self, code: str) -> Any:
        return await asyncio.to_thread(self.core.php, code)

    async def wait_for(self, code: str, seconds: float = 90) -> Any:
        return await asyncio.to_thread(self.core.wait_for, code, seconds)

    async def values(self, device: str = "gateway") -> dict[str, Any]:
        """Return logical id → value of one equipment, as scenarios read them."""
        own = f"eqLogic::byLogicalId('{self.id}:{device}', 'heliograph')"
        equipment = f"eqLogic::byId({self.id})" if device == "gateway" else own
        values: dict[str, Any] = await self.php(
            f"$values = array(); foreach ({equipment}->getCmd('info') as $cmd) {{"
            "$values[$cmd->getLogicalId()] = $cmd->execCmd(); } return $values;"
        )
        return values


@pytest.fixture(scope="module")
def core() -> Iterator[Core]:
    folder = os.environ.get("JEEDOM_CORE", "")
    assert folder, "JEEDOM_CORE names the folder of a core's source: make jeedom-core CORE=folder"
    assert missing_tools() == [], "apt install what tests/jeedom/real_core.py names"
    with running_core(Path(folder)) as one:
        yield one


@pytest.fixture
async def scene(core: Core) -> AsyncIterator[Scene]:
    source = build("iq-encharge-8.2", start=NOON - 86400, inverters=INVERTERS, batteries=BATTERIES)
    async with EmulatedGateway(source, clock=Clock(NOON, rate=0)) as gateway:
        token = gateway.token(lifetime=365 * 86400)
        code = (
            f"$gateway = heliograph::addGateway('{gateway.host}'); $gateway->setConfiguration('token', '{token}');"
            "$gateway->save(); heliograph::deamon_start(); return (int) $gateway->getId();"
        )
        scene = Scene(core, gateway, await asyncio.to_thread(core.php, code))
        try:
            await scene.wait_for(f"return eqLogic::byId({scene.id})->state()['state'] === 'ok';")
            await scene.php(
                f"heliographDaemon::ask(array('action' => 'sync', 'gateway' => {scene.id}, 'request' => 'r'));"
            )
            await scene.wait_for(
                f"return count(eqLogic::byType('heliograph')) === {1 + INVERTERS + BATTERIES + ROOFS};"
            )
            await scene.wait_for(
                f"return eqLogic::byId({scene.id})->getCmd('info', 'production_power')->execCmd() !== '';"
            )
            yield scene
        finally:
            await scene.php(f"$gateway = eqLogic::byId({scene.id}); if ($gateway) {{ $gateway->remove(); }}")
            assert await scene.php("return count(eqLogic::byType('heliograph'));") == 0
            assert [row for row in core.rows("cmd") if row["eqType"] == "heliograph"] == []
            assert [row for row in core.rows("config") if "token" in row["key"] and row["plugin"] == "heliograph"] == []
            await scene.php("heliograph::deamon_stop();")
            assert core.log("http.error") == ""
            assert "Traceback" not in core.log("heliograph_daemon")


async def test_every_value_is_the_gateways_own_and_has_its_date(scene: Scene) -> None:
    async with Gateway(scene.gateway.host, Credentials(token=scene.gateway.token())) as gateway:
        truth = await gateway.read()
    values = await scene.values()
    for key in ("production_power", "consumption_power", "net_power", "battery_power", "production_lifetime"):
        assert float(values[key]) == pytest.approx(float(str(truth.system.value(key))), abs=0.51), key
    assert values["battery_state"] == truth.system.value("battery_state")
    inverters = truth.of(Subject.INVERTER)
    assert len(list(inverters)) == INVERTERS
    for inverter in inverters:
        one = await scene.values(f"inverter:{inverter.id}")
        assert float(one["power"]) == pytest.approx(float(str(inverter.value("power"))), abs=0.51)
        assert (one["provisioned"], one["communicating"], one["producing"]) == (1, 1, 1)
    undated = await scene.php(
        "$undated = array(); foreach (eqLogic::byType('heliograph') as $eqLogic) {"
        "foreach ($eqLogic->getCmd('info') as $cmd) { if ($cmd->execCmd() !== '' && "
        "abs(time() - strtotime($cmd->getValueDate())) > 600) { $undated[] = $cmd->getHumanName(); } } }"
        "return $undated;"
    )
    assert undated == []


async def test_an_emptied_cache_is_filled_again(scene: Scene) -> None:
    # Between two polls, so that nothing is on its way.
    await scene.wait_for(f"return time() - (int) eqLogic::byId({scene.id})->state()['last_poll'] > 10;")
    before = await scene.values()
    await asyncio.to_thread(scene.core.empty_cache)
    assert (await scene.values())["production_power"] in ("", None)
    await scene.wait_for(
        f"return eqLogic::byId({scene.id})->getCmd('info', 'production_power')->execCmd() !== '';", 150
    )
    after = await scene.values()
    assert {key for key, value in after.items() if value == ""} == {key for key, value in before.items() if value == ""}
    await scene.wait_for(f"return eqLogic::byId({scene.id})->state()['token_role'] !== '';")


async def test_a_restart_and_an_update_leave_everything_in_place(scene: Scene) -> None:
    before = {row["id"]: row["name"] for row in scene.core.rows("cmd")}
    await scene.php("heliograph::deamon_stop(); heliograph::deamon_start(); return true;")
    await scene.php("plugin::byId('heliograph')->setIsEnable(1); return true;")
    await scene.php("if (heliograph::deamon_info()['state'] !== 'ok') { heliograph::deamon_start(); } return true;")
    await scene.wait_for(f"return time() - (int) eqLogic::byId({scene.id})->state()['last_poll'] < 60;", 150)
    assert {row["id"]: row["name"] for row in scene.core.rows("cmd")} == before
    assert (await scene.values())["production_power"] not in ("", None)


async def test_what_is_absent_is_emptied_and_drawn_so(scene: Scene) -> None:
    power = f"eqLogic::byId({scene.id})->getCmd('info', 'production_power')"
    first = (await scene.values()).keys()
    device = await scene.php(
        "foreach (eqLogic::byType('heliograph') as $eqLogic) { if ($eqLogic->kind() === 'inverter') {"
        "return $eqLogic->getLogicalId(); } }"
    )
    flag = f"eqLogic::byLogicalId('{device}', 'heliograph')->getCmd('info', 'producing')"
    assert "–" not in await scene.php(f"return {power}->toHtml();")
    scene.gateway.faults.on("drop-keepalive")
    scene.gateway.faults.on("offline")
    await scene.wait_for(f"return eqLogic::byId({scene.id})->state()['state'] === 'away';", 420)
    await scene.wait_for(f"return {power}->execCmd() === '';")
    values = await scene.values()
    assert values.keys() == first
    assert {values[key] for key in ("production_power", "net_power", "battery_state")} == {""}
    assert float(values["production_lifetime"]) > 0
    html = await scene.php(f"return array({power}->toHtml(), {flag}->toHtml());")
    assert all("–" in one for one in html)
    assert "fa-times" not in html[1]
    assert (
        await scene.php(
            "return jeedom::evaluateExpression('\"' . cmd::cmdToValue('#' . " + power + "->getId() . '#') . '\"');"
        )
        == ""
    )
    scene.gateway.faults.off("offline")
    await scene.php(f"heliographDaemon::ask(array('action' => 'refresh', 'gateway' => {scene.id}));")
    await scene.wait_for(f"return {power}->execCmd() !== '';")


async def test_a_command_alone_has_the_widget_that_was_chosen(scene: Scene) -> None:
    html = await scene.php(
        f"$cmd = eqLogic::byId({scene.id})->getCmd('info', 'net_power'); $html = array();"
        "foreach (array('dashboard', 'mobile') as $version) {"
        "$cmd->setTemplate($version, 'heliograph::grid'); $html[] = $cmd->toHtml($version); } return $html;"
    )
    for one in html:
        assert one.count("fa-sign-in-alt") == one.count("fa-sign-out-alt") >= 1
        assert "_options.value > 0" in one
        assert not {"#test#", "#hg_subtype#"} & set(one.split())
        assert 'data-subtype="numeric"' in one


async def test_a_roof_of_eight_inverters_has_its_values_and_its_tile(scene: Scene) -> None:
    await scene.wait_for(
        f"return eqLogic::byLogicalId('{scene.id}:roof:all', 'heliograph')->getCmd('info', 'power')->execCmd() !== '';",
        150,
    )
    roof = await scene.values("roof:all")
    powers = [
        await scene.php(f"return eqLogic::byId({id_})->getCmd('info', 'power')->execCmd();")
        for id_ in await scene.php(
            f"return array_map(fn ($one) => $one->getId(), eqLogic::byLogicalId('{scene.id}:roof:all', 'heliograph')"
            "->inverters());"
        )
    ]
    assert len(powers) == INVERTERS
    assert float(roof["power"]) == pytest.approx(sum(float(power) for power in powers), abs=INVERTERS)
    own = f"eqLogic::byLogicalId('{scene.id}:roof:all', 'heliograph')"
    # toHtml() shows nothing to nobody: there is no user here.
    html = await scene.php(f"return heliographTile::html({own}, 'uid');")
    assert html.count('"cell') == INVERTERS
    assert "#hg_" not in html


async def test_the_panel_has_the_curve_of_the_day(scene: Scene) -> None:
    curve = await scene.wait_for(f"return heliographPanel::history(eqLogic::byId({scene.id}), date('Y-m-d'));")
    known = [power for power in curve["columns"]["production"] if power is not None]
    told = float((await scene.values())["production_power"])
    assert known
    assert known[-1] == pytest.approx(told, rel=0.05)


async def test_the_commands_of_another_plugin_are_taken_over(scene: Scene) -> None:
    old = await scene.php(
        "$other = new eqLogic(); $other->setEqType_name('enphasesecur'); $other->setName('Passerelle'); $other->save();"
        "$cmd = new cmd(); $cmd->setEqLogic_id($other->getId()); $cmd->setEqType('enphasesecur');"
        "$cmd->setLogicalId('PwattsNow'); $cmd->setName('Prod Inst'); $cmd->setType('info'); $cmd->setUnite('W');"
        "$cmd->setSubType('numeric'); $cmd->setIsHistorized(1); $cmd->save();"
        "$cmd->addHistoryValue(100, '2026-06-01 10:00:00'); $cmd->addHistoryValue(200, '2026-06-01 11:00:00');"
        "$scenario = new scenario(); $scenario->setName('Chauffe-eau'); $scenario->setMode('provoke');"
        "$scenario->setTrigger(array('#' . $cmd->getId() . '#')); $scenario->save(); return (int) $cmd->getId();"
    )
    pairs = (
        f"$rows = heliographMove::propose('enphasesecur', heliographReceiver::gateway({scene.id}))['rows'];"
        "$pairs = array(array('source' => $rows[0]['id'], 'target' => $rows[0]['target'], 'history' => 1,"
        "'references' => 1));"
    )
    plan = (await scene.php(pairs + "return heliographMove::plan($pairs);"))[0]
    assert (plan["source"], plan["values"], plan["problem"]) == (old, 2, "")
    assert [name.rpartition("[")[2] for name in plan["uses"]["scenario"]] == ["Chauffe-eau]"]
    trigger = "return scenario::all()[0]->getTrigger();"
    assert await scene.php(trigger) == [f"#{old}#"]
    done = (await scene.php(pairs + "return heliographMove::run($pairs);"))[0]
    assert done["remaining"] == []
    assert await scene.php(trigger) == [f"#{plan['target']}#"]
    span = "'2026-06-01 00:00:00', '2026-06-02 00:00:00'"
    values = await scene.php(
        f"return array_map(fn ($row) => $row->getValue(), history::all({plan['target']}, {span}));"
    )
    assert [float(value) for value in values] == [100, 200]
    await scene.php("scenario::all()[0]->remove(); eqLogic::byType('enphasesecur')[0]->remove(); return true;")


async def test_the_double_of_a_command_lives_as_the_core_does(scene: Scene, tmp_path: Path) -> None:
    real = await scene.php(f"$cmd = eqLogic::byId({scene.id})->getCmd('info', 'net_today');" + EVENTS)
    tree = tmp_path / "core/php"
    tree.mkdir(parents=True)
    shutil.copy(HERE / "php/doubles.php", tree / "core.inc.php")
    gathered(tmp_path / "plugins/heliograph")
    plugin = tmp_path / "plugins/heliograph/core/class/heliograph.class.php"
    script = (
        f"require '{tree}/core.inc.php'; require '{plugin}'; DBDouble::reset();"
        "$cmd = heliograph::addGateway('192.0.2.1')->getCmd('info', 'net_today');"
        f"echo json_encode((function ($cmd) {{ {EVENTS} }})($cmd));"
    )
    assert json.loads(await asyncio.to_thread(subprocess.check_output, ["php", "-r", script], text=True)) == real
