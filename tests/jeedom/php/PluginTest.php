<?php

require_once getenv('HELIOGRAPH_TREE') . '/plugins/heliograph/core/class/heliograph.class.php';

class PluginTest extends \PHPUnit\Framework\TestCase {
	protected function setUp(): void {
		DBDouble::reset();
	}

	private $_added = 0;

	private function gateway($_settings = array()) {
		$gateway = heliograph::addGateway('192.168.1.' . (50 + $this->_added++));
		foreach ($_settings as $key => $value) {
			$gateway->setConfiguration($key, $value);
		}
		$gateway->save();
		return $gateway;
	}

	private function found($_id, $_kind, $_commands) {
		$name = explode(':', $_id)[1];
		return array('id' => $_id, 'kind' => $_kind, 'name' => $name, 'model' => 'IQ7+', 'part_number' => '800-1', 'commands' => $_commands);
	}

	private function core($_kind) {
		$core = array();
		foreach (heliographCatalog::commands($_kind) as $logicalId => $row) {
			if ($row['group'] === 'core') {
				$core[] = $logicalId;
			}
		}
		return $core;
	}

	private function sync($_gateway, $_found) {
		heliographReceiver::take(array('equipment' => array($_gateway->getId() => array(
			'request' => 'r', 'equipment' => $_found, 'done' => count($_found), 'total' => count($_found),
			'present' => array_column($_found, 'id'),
		))));
	}

	/* A synchronisation of this many inverters, 1 to n. */
	private function syncInverters($_gateway, $_number) {
		$found = array();
		for ($i = 1; $i <= $_number; $i++) {
			$found[] = $this->found('inverter:' . $i, 'inverter', $this->core('inverter'));
		}
		heliographReceiver::take(array('equipment' => array($_gateway->getId() => array(
			'request' => 'r', 'equipment' => $found, 'done' => $_number, 'total' => $_number, 'inverters' => $_number,
			'present' => array_column($found, 'id'),
		))));
		return DBDouble::$events[count(DBDouble::$events) - 1][1];
	}

	private function visible() {
		$visible = array();
		foreach (eqLogic::byType('heliograph') as $eqLogic) {
			if ($eqLogic->getIsVisible() == 1) {
				$visible[] = $eqLogic->getName();
			}
		}
		return $visible;
	}

	private function child($_id) {
		foreach (eqLogic::byType('heliograph') as $eqLogic) {
			if (substr($eqLogic->getLogicalId(), -strlen($_id)) === $_id) {
				return $eqLogic;
			}
		}
		return null;
	}

	private function names($_eqLogic) {
		return array_map(function ($_cmd) {
			return $_cmd->getName();
		}, $_eqLogic->getCmd('info'));
	}

	public function testAGatewayHasItsSeventeenCommandsAndARefresh() {
		$gateway = $this->gateway();
		$this->assertSame(array(
			'Nombre de micro-onduleurs', 'Nombre de batteries', 'Etat des batteries', '% de charge des batteries',
			'Production des batteries', 'Production instantanée', 'Production de la journée',
			'Production des 7 derniers jours', 'Production depuis la mise en service', 'Puissance totale instantanée',
			'Consommation de la journée', 'Consommation des 7 derniers jours', 'Consommation depuis la mise en service',
			'Puissance nette instantanée', 'Consommation nette de la journée', 'Consommation nette des 7 derniers jours',
			'Consommation nette depuis la mise en service',
		), $this->names($gateway));
		$this->assertSame('Rafraîchir', $gateway->getCmd('action', 'refresh')->getName());
		$this->assertSame('General', $gateway->getName());
	}

	public function testASecondGatewayHasANameOfItsOwn() {
		$this->gateway();
		$this->assertSame('General (2)', $this->gateway()->getName());
	}

	public function testEnglishIsSpokenWhereJeedomIsNotFrench() {
		translate::$language = 'de_DE';
		$this->assertContains('Production now', $this->names($this->gateway()));
	}

	public function testAnAddressIsTakenWithoutItsScheme() {
		$this->assertSame('envoy.local', $this->gateway(array('host' => ' https://envoy.local/ '))->getConfiguration('host'));
	}

	public function testTheSameAddressIsNotTakenTwice() {
		$this->gateway();
		$other = $this->gateway();
		$other->setConfiguration('host', 'http://192.168.1.50/');
		$this->expectExceptionMessage('Cette adresse est déjà celle de la passerelle General');
		$other->save();
	}

	public function testAGatewayMayKeepItsOwnAddressAndTwoMayHaveNone() {
		$gateway = $this->gateway();
		$gateway->save();
		heliograph::addGateway();
		heliograph::addGateway();
		$this->assertCount(3, heliograph::gateways());
	}

	public function testASyncCreatesInvertersWithFiveAndBatteriesWithSevenCommands() {
		$gateway = $this->gateway();
		$this->sync($gateway, array(
			$this->found('inverter:1221', 'inverter', $this->core('inverter')),
			$this->found('battery:4921', 'battery', $this->core('battery')),
		));
		$this->assertSame(
			array('Provisionné', 'Communication', 'Production', 'Puissance', 'Puissance Max'),
			$this->names($this->child('inverter:1221'))
		);
		$this->assertSame(
			array('Provisionné', 'Communication', 'Production', 'Puissance', 'Puissance Max', '% de charge', 'Température maximale'),
			$this->names($this->child('battery:4921'))
		);
		$this->assertSame('Micro-onduleur 1221', $this->child('inverter:1221')->getName());
		$this->assertSame('IQ7+', $this->child('inverter:1221')->getConfiguration('model'));
		$this->assertSame(1, $this->child('inverter:1221')->getConfiguration('battery::disable'));
	}

	public function testASecondSyncAddsAndNeverUndoes() {
		$gateway = $this->gateway();
		$first = array($this->found('inverter:1221', 'inverter', $this->core('inverter')));
		$this->sync($gateway, $first);
		$inverter = $this->child('inverter:1221');
		$inverter->setName('Toit sud');
		$inverter->setIsVisible(0);
		$inverter->setObject_id(7);
		$power = $inverter->getCmd('info', 'power');
		$power->setName('Watts');
		$power->setIsVisible(1);
		$power->setIsHistorized(0);
		$this->sync($gateway, array_merge($first, array($this->found('inverter:1222', 'inverter', $this->core('inverter')))));
		$this->assertCount(3, eqLogic::byType('heliograph'));
		$this->assertSame('Toit sud', $inverter->getName());
		$this->assertSame(0, $inverter->getIsVisible());
		$this->assertSame(7, $inverter->getObject_id());
		$this->assertSame(array('Provisionné', 'Communication', 'Production', 'Watts', 'Puissance Max'), $this->names($inverter));
		$this->assertSame(array(1, 0), array($power->getIsVisible(), $power->getIsHistorized()));
		$this->assertNotNull($this->child('inverter:1222'));
	}

	public function testEquipmentFollowsItsGatewaysObjectUntilTheOwnerMovesIt() {
		$gateway = $this->gateway();
		$this->sync($gateway, array(
			$this->found('inverter:1', 'inverter', $this->core('inverter')),
			$this->found('inverter:2', 'inverter', $this->core('inverter')),
		));
		$gateway->setObject_id(5);
		$gateway->save();
		$this->assertSame(array(5, 5), array($this->child('inverter:1')->getObject_id(), $this->child('inverter:2')->getObject_id()));
		$this->child('inverter:2')->setObject_id(9);
		$gateway->setObject_id(6);
		$gateway->save();
		$this->assertSame(array(6, 9), array($this->child('inverter:1')->getObject_id(), $this->child('inverter:2')->getObject_id()));
		// Into a place where the name is taken.
		$other = new heliograph();
		$other->setEqType_name('heliograph');
		$other->setName('Micro-onduleur 1');
		$other->setObject_id(7);
		$other->setConfiguration('kind', 'inverter');
		$other->save();
		heliographSync::place($gateway, '7');
		$this->assertEquals(array(7, 'Micro-onduleur 1 (2)'), array($this->child('inverter:1')->getObject_id(), $this->child('inverter:1')->getName()));
	}

	public function testASyncIntoNoObjectCreatesOne() {
		$gateway = $this->gateway();
		heliographSync::place($gateway, 'new');
		$this->assertGreaterThanOrEqual(100, $gateway->getObject_id());
	}

	public function testARetiredDeviceIsDisabledAndComesBack() {
		$gateway = $this->gateway();
		$both = array(
			$this->found('inverter:1', 'inverter', $this->core('inverter')),
			$this->found('inverter:2', 'inverter', $this->core('inverter')),
		);
		$this->sync($gateway, $both);
		$this->sync($gateway, array($both[0]));
		$this->assertSame(array(1, 0), array($this->child('inverter:1')->getIsEnable(), $this->child('inverter:2')->getIsEnable()));
		$this->sync($gateway, $both);
		$this->assertSame(1, $this->child('inverter:2')->getIsEnable());
	}

	public function testADeviceThatTheOwnerDisabledStaysDisabled() {
		$gateway = $this->gateway();
		$one = array($this->found('inverter:1', 'inverter', $this->core('inverter')));
		$this->sync($gateway, $one);
		$this->child('inverter:1')->setIsEnable(0);
		$this->sync($gateway, array($this->found('inverter:2', 'inverter', $this->core('inverter'))));
		$this->sync($gateway, $one);
		$this->assertSame(0, $this->child('inverter:1')->getIsEnable());
	}

	public function testOnlyTheLastPartOfASyncRetires() {
		$gateway = $this->gateway();
		$this->sync($gateway, array($this->found('inverter:1', 'inverter', $this->core('inverter'))));
		heliographReceiver::take(array('equipment' => array($gateway->getId() => array(
			'request' => 'r', 'equipment' => array(), 'done' => 0, 'total' => 1,
		))));
		$this->assertSame(1, $this->child('inverter:1')->getIsEnable());
	}

	public function testAGroupSwitchedOffHidesItsCommandsAndShowsThemAgain() {
		$gateway = $this->gateway();
		$inverter = $this->core('inverter');
		$this->sync($gateway, array($this->found('inverter:1', 'inverter', array_merge($inverter, array('temperature', 'frequency')))));
		$this->child('inverter:1')->getCmd('info', 'frequency')->setIsVisible(0);
		$this->sync($gateway, array($this->found('inverter:1', 'inverter', $inverter)));
		$this->assertSame(0, $this->child('inverter:1')->getCmd('info', 'temperature')->getIsVisible());
		$this->sync($gateway, array($this->found('inverter:1', 'inverter', array_merge($inverter, array('temperature', 'frequency')))));
		$this->assertSame(1, $this->child('inverter:1')->getCmd('info', 'temperature')->getIsVisible());
		$this->assertSame(0, $this->child('inverter:1')->getCmd('info', 'frequency')->getIsVisible());
	}

	public function testANameThatTheOwnerUsesAlreadyGetsANumber() {
		$gateway = $this->gateway();
		$one = array($this->found('inverter:1', 'inverter', $this->core('inverter')));
		$this->sync($gateway, $one);
		$own = new heliographCmd();
		$own->setEqLogic_id($this->child('inverter:1')->getId());
		$own->setName('temperature');
		$own->setType('info');
		$own->save();
		$one[0]['commands'][] = 'temperature';
		$this->sync($gateway, $one);
		$this->assertSame('Température (2)', $this->child('inverter:1')->getCmd('info', 'temperature')->getName());
	}

	public function testFromEightInvertersOnTheRoofHasOneTileAndTheOwnerIsAsked() {
		$gateway = $this->gateway();
		$this->assertSame(8, $this->syncInverters($gateway, 8)['choose']);
		$this->assertSame(array('General', 'Toit'), $this->visible());
		$this->assertCount(10, eqLogic::byType('heliograph'));
		$this->assertCount(5, $this->child('inverter:8')->getCmd('info'));
		$this->assertSame(
			array(
				'Puissance', 'Énergie de la journée', 'Part de la puissance attendue', 'Micro-onduleur le plus faible',
				'Part du micro-onduleur le plus faible', 'Micro-onduleurs muets', 'Micro-onduleurs faibles depuis 3 jours', 'Rapport du soir',
			),
			$this->names($this->child('roof:all'))
		);
		$this->assertSame(array(array('id' => 'roof:all', 'name' => 'Toit', 'inverters' => array(
			1 => 'Micro-onduleur 1', 2 => 'Micro-onduleur 2', 3 => 'Micro-onduleur 3', 4 => 'Micro-onduleur 4',
			5 => 'Micro-onduleur 5', 6 => 'Micro-onduleur 6', 7 => 'Micro-onduleur 7', 8 => 'Micro-onduleur 8',
		))), $gateway->settings()['roofs']);
		$this->syncInverters($gateway, 8);
		$this->assertSame(1, $this->child('roof:all')->getIsEnable());
	}

	public function testSevenInvertersAreSevenTilesAndNothingIsAsked() {
		$gateway = $this->gateway();
		$this->assertSame(0, $this->syncInverters($gateway, 7)['choose']);
		$this->assertCount(8, $this->visible());
		$this->assertNull($this->child('roof:all'));
	}

	public function testTheOwnerChoosesTilesAtAnyTimeAndWhatHeHidStaysHidden() {
		$gateway = $this->gateway(array('tiles' => 'single'));
		$this->assertSame(0, $this->syncInverters($gateway, 9)['choose']);
		$this->assertCount(10, $this->visible());
		$this->child('inverter:3')->setIsVisible(0);
		$gateway->setConfiguration('tiles', 'roof');
		$gateway->save();
		$this->assertSame(array('General', 'Toit'), $this->visible());
		$gateway->setConfiguration('tiles', 'single');
		$gateway->save();
		$this->assertCount(9, $this->visible());
		$this->assertSame(array(0, 0), array($this->child('inverter:3')->getIsVisible(), $this->child('roof:all')->getIsVisible()));
		// A tile that is shown beside the roof stays.
		$gateway->setConfiguration('tiles', 'roof');
		$gateway->save();
		$this->child('inverter:5')->setIsVisible(1);
		$gateway->save();
		$this->syncInverters($gateway, 9);
		$this->assertSame(array('General', 'Micro-onduleur 5', 'Toit'), $this->visible());
	}

	/* Rows for the page of groups: number of the inverter => group. */
	private function grouped($_gateway, $_groups, $_rename = false) {
		$rows = array();
		foreach ($_groups as $number => $group) {
			$rows[] = array('id' => $this->child('inverter:' . $number)->getId(), 'group' => $group, 'position' => '');
		}
		heliographRoof::arrange($_gateway, $rows, $_rename);
	}

	public function testGroupsOfInvertersAreEquipmentAndNameTheirInverters() {
		$gateway = $this->gateway();
		$this->syncInverters($gateway, 9);
		$this->child('inverter:2')->setName('Cheminée');
		$this->grouped($gateway, array(1 => 'Toit sud', 2 => ' toit SUD ', 3 => 'Toit nord', 4 => 'Toit sud', 5 => ''), true);
		$south = $this->child('roof:1');
		$this->assertSame(array('Toit sud', 'Toit nord'), array($south->getName(), $this->child('roof:2')->getName()));
		$this->assertCount(8, $south->getCmd('info'));
		$names = array();
		foreach (array(1, 2, 3, 4, 5) as $number) {
			$names[] = $this->child('inverter:' . $number)->getName();
		}
		// What the owner has named keeps its name.
		$this->assertSame(array('Toit sud 1', 'Cheminée', 'Toit nord 1', 'Toit sud 3', 'Micro-onduleur 5'), $names);
		$settings = $gateway->settings();
		$this->assertCount(9, $settings['inverters']);
		$this->assertSame(array('roof:all', 'roof:1', 'roof:2'), array_column($settings['roofs'], 'id'));
		$this->assertSame(array(1 => 'Toit sud 1', 2 => 'Cheminée', 4 => 'Toit sud 3'), $settings['roofs'][1]['inverters']);
		$this->assertSame(array('', '', '', '', '', 'Toit sud', 'Toit sud', 'Toit sud', 'Toit nord'), array_column(heliographRoof::forPage($gateway), 'group'));
		// Moved to another group: the name follows; a group that is left empty stays.
		$this->grouped($gateway, array(3 => 'Toit sud'), true);
		$this->assertSame('Toit sud 1 (2)', $this->child('inverter:3')->getName());
		$this->assertSame(array(), $gateway->settings()['roofs'][2]['inverters']);
		$this->syncInverters($gateway, 9);
		$this->assertSame(1, $this->child('roof:2')->getIsEnable());
		$this->assertCount(3, $gateway->settings()['roofs']);
	}

	public function testTheTileOfTheWholeRoofShowsItsGroups() {
		$gateway = $this->gateway();
		$this->syncInverters($gateway, 8);
		$this->grouped($gateway, array(7 => 'Est', 8 => 'Est'));
		$html = $this->child('roof:all')->preToHtml()['#divGraphInfo#'];
		$this->assertSame(2, substr_count($html, '"group":"Est"'));
		$this->assertSame(6, substr_count($html, '"group":""'));
		$this->assertSame(2, substr_count($this->child('roof:1')->preToHtml()['#divGraphInfo#'], '"group":"Est"'));
	}

	public function testAnInverterThatIsNotThisGatewaysIsNotGrouped() {
		$gateway = $this->gateway();
		$this->expectExceptionMessage('Micro-onduleur inconnu : 99');
		heliographRoof::arrange($gateway, array(array('id' => 99, 'group' => 'x', 'position' => '')), false);
	}

	public function testJeedomsOwnAlertsAreSetForADayOfSilence() {
		$gateway = $this->gateway();
		$this->syncInverters($gateway, 2);
		$cmd = $this->child('inverter:1')->getCmd('info', 'communicating');
		$this->assertSame(array('ONLINE', '"#value#" == "0"', '1440'), array($cmd->getGeneric_type(), $cmd->getAlert('dangerif'), $cmd->getAlert('dangerduring')));
		$this->assertSame('GENERIC_INFO', $this->child('inverter:1')->getCmd('info', 'provisioned')->getGeneric_type());
		$this->assertSame(array(1440, 15), array($this->child('inverter:1')->getTimeout(), $gateway->getTimeout()));
	}

	public function testAValueThatIsRepeatedDoesNotMakeASilentInverterSpeak() {
		$gateway = $this->gateway();
		$this->syncInverters($gateway, 2);
		$inverter = $this->child('inverter:1');
		$values = array('values' => array($gateway->getId() => array('inverter:1' => array('max_power' => 290))));
		heliographReceiver::take($values);
		$cmd = $inverter->getCmd('info', 'max_power');
		$inverter->setStatus(array('lastCommunication' => '2026-06-01 10:00:00', 'timeout' => 1));
		$cmd->event(290, '2026-06-01 10:00:00');
		heliographReceiver::take($values);
		$this->assertSame(array('2026-06-01 10:00:00', 1), array($inverter->getStatus('lastCommunication'), $inverter->getStatus('timeout')));
		$cmd->execCmd();
		$this->assertSame(date('Y-m-d'), substr($cmd->getCollectDate(), 0, 10));
		heliographReceiver::take(array('alive' => array($gateway->getId() => array('inverter:1'))));
		$this->assertSame(0, $inverter->getStatus('timeout'));
	}

	public function testARoofsTileHasACellForEachInverter() {
		$gateway = $this->gateway();
		$this->syncInverters($gateway, 12);
		$this->child('inverter:10')->getCmd('info', 'power')->value = 145;
		$this->child('inverter:2')->setName('Toit <i>"sud"</i> 2');
		$html = $this->child('roof:all')->preToHtml()['#divGraphInfo#'];
		$parts = json_decode(substr($html, strpos($html, 'var parts = ') + 12, strpos($html, "\n", strpos($html, 'var parts = ')) - strpos($html, 'var parts = ') - 12), true);
		$cells = array_values(array_filter($parts, function ($_part) {
			return strpos($_part, 'cell') === 0;
		}, ARRAY_FILTER_USE_KEY));
		$this->assertCount(12, $cells);
		$this->assertSame(array('Micro-onduleur 1', 'Micro-onduleur 3'), array($cells[0]['name'], $cells[1]['name']));
		$this->assertSame(array(145, null), array(array_column($cells, 'value', 'name')['Micro-onduleur 10'], $cells[0]['value']));
		$this->assertStringNotContainsString('<i>"sud"', $html);
	}

	/* Equipment of another plugin: name, logical id, and its commands as (logical id, name, unit, sub-type). */
	private function foreign($_type, $_name, $_logicalId, $_commands) {
		$eqLogic = new eqLogic();
		$eqLogic->setEqType_name($_type);
		$eqLogic->setName($_name);
		$eqLogic->setLogicalId($_logicalId);
		$eqLogic->save();
		$cmds = array();
		foreach ($_commands as $command) {
			$cmd = new cmd();
			$cmd->setEqLogic_id($eqLogic->getId());
			$cmd->setLogicalId($command[0]);
			$cmd->setName($command[1]);
			$cmd->setUnite($command[2]);
			$cmd->setSubType(isset($command[3]) ? $command[3] : 'numeric');
			$cmd->setType('info');
			$cmd->setIsHistorized(1);
			$cmd->save();
			$cmds[$command[0]] = $cmd;
		}
		return $cmds;
	}

	private function proposed($_type, $_gateway) {
		$names = array();
		foreach (heliographMove::propose($_type, $_gateway)['rows'] as $row) {
			$names[$row['name']] = ($row['target'] === null) ? $row['note'] : cmd::byId($row['target'])->getHumanName();
		}
		return $names;
	}

	public function testCommandsOfAKnownPluginAreProposedByTheirLogicalIds() {
		$gateway = $this->gateway();
		$this->sync($gateway, array($this->found('inverter:122199000001', 'inverter', $this->core('inverter'))));
		$this->foreign('enphasesecur', 'Passerelle Enphase', 'enphasesecur_combine', array(
			array('PwattsNow', 'Prod Inst', 'W'), array('CwattHoursTodayNet', 'Conso Net Jour', 'Wh'),
			array('cumulimport', 'Import Jour Réseau', 'Wh'), array('PpwrFactor', 'Prod Facteur de puissance', ''),
		));
		$this->foreign('enphasesecur', 'Panneau 1', '122199000001', array(array('Watt', 'Puissance', 'W'), array('calWH', 'Production journalière', 'Wh')));
		$this->assertSame(array(
			'Prod Inst' => '[General][Production instantanée]',
			'Conso Net Jour' => '[General][Consommation nette de la journée]',
			'Import Jour Réseau' => 'Soutirage de la journée : cochez le groupe de commandes, sauvegardez et synchronisez : Réseau : soutirage et injection',
			'Prod Facteur de puissance' => '',
			'Puissance' => '[Micro-onduleur 122199000001][Puissance]',
			'Production journalière' => 'Énergie de la journée : cochez le groupe de commandes, sauvegardez et synchronisez : Détails des panneaux',
		), $this->proposed('enphasesecur', $gateway));
		$this->assertSame(array('enphasesecur' => 2), heliographMove::sources());
	}

	public function testCommandsOfAnyPluginAreProposedByTheirNames() {
		$gateway = $this->gateway();
		$this->foreign('template', 'Envoy', 'x', array(array('a', 'production instantanee', 'W'), array('b', 'Net energy today', 'Wh'), array('c', 'Humeur', '')));
		$this->assertSame('[General][Production instantanée]', $this->proposed('template', $gateway)['production instantanee']);
		$this->assertSame('', $this->proposed('template', $gateway)['Humeur']);
	}

	public function testEveryCommandOfAKnownPluginIsOneOfOurs() {
		$ours = array();
		foreach (array('gateway', 'inverter') as $kind) {
			$ours = array_merge($ours, array_keys(heliographCatalog::commands($kind)));
		}
		foreach (heliographMove::PLUGINS as $map) {
			$this->assertSame(array(), array_diff($map, $ours));
		}
	}

	public function testADryRunCountsAndChangesNothingAndATransferDoesWhatItSaid() {
		$gateway = $this->gateway();
		$old = $this->foreign('enphasesecur', 'Passerelle Enphase', 'x', array(
			array('PwattsNow', 'Prod Inst', 'W'), array('CwattsNow', 'Conso', 'kW'), array('again', 'Encore', 'W'), array('text', 'Texte', 'W', 'string'),
		));
		$power = $gateway->getCmd('info', 'production_power');
		$home = $gateway->getCmd('info', 'consumption_power');
		DBDouble::$history = array($old['PwattsNow']->getId() => array('10:00' => 5, '11:00' => 6), $old['CwattsNow']->getId() => array('10:00' => 1), $power->getId() => array('12:00' => 7));
		DBDouble::$uses = array($old['PwattsNow']->getId() => array('scenario' => array('Chauffe-eau'), 'view' => array('Énergie'), 'interactDef' => array('Combien ?')), $old['CwattsNow']->getId() => array('plan' => array('Salon')));
		$before = array(DBDouble::$history, DBDouble::$uses);
		$pairs = array();
		foreach (array('PwattsNow' => $power, 'CwattsNow' => $home, 'again' => $power, 'text' => $power) as $id => $target) {
			$pairs[] = array('source' => $old[$id]->getId(), 'target' => $target->getId(), 'history' => 1, 'references' => ($id === 'again') ? 0 : 1);
		}
		$plan = heliographMove::plan($pairs);
		$this->assertSame($before, array(DBDouble::$history, DBDouble::$uses));
		$this->assertSame(array(2, 0, 0, 0), array_column($plan, 'values'));
		$this->assertSame(array(
			'', 'historique non repris : les unités diffèrent (kW, W)', 'historique non repris : une autre commande le fournit déjà',
			'historique non repris : les deux commandes ne sont pas du même type',
		), array_column($plan, 'problem'));
		$this->assertSame(array('scenario' => array('Chauffe-eau'), 'view' => array('Énergie')), $plan[0]['uses']);
		$this->assertSame(array('interactDef' => array('Combien ?')), $plan[0]['byHand']);

		$done = heliographMove::run($pairs);
		$this->assertEquals(array('10:00' => 5, '11:00' => 6, '12:00' => 7), DBDouble::$history[$power->getId()]);
		$this->assertArrayNotHasKey($home->getId(), DBDouble::$history);
		$this->assertSame(array('Chauffe-eau'), DBDouble::$uses[$power->getId()]['scenario']);
		$this->assertSame(array('Salon'), DBDouble::$uses[$home->getId()]['plan']);
		$this->assertSame(array('interactDef' => array('Combien ?')), DBDouble::$uses[$old['PwattsNow']->getId()]);
		$this->assertSame(array(array(), array(), array(), array()), array_column($done, 'remaining'));
	}

	public function testOnlyACommandOfOursTakesTheOldOnesPlace() {
		$old = $this->foreign('enphasesecur', 'Passerelle Enphase', 'x', array(array('PwattsNow', 'Prod Inst', 'W'), array('b', 'B', 'W')));
		$this->expectExceptionMessage('Commande inconnue');
		heliographMove::run(array(array('source' => $old['PwattsNow']->getId(), 'target' => $old['b']->getId(), 'history' => 1, 'references' => 1)));
	}

	public function testThePanelHandsOnTheFilesOfTheDaemonAndNoOther() {
		$gateway = $this->gateway();
		$folder = getenv('HELIOGRAPH_TREE') . '/plugins/heliograph/data/history/' . $gateway->getId();
		is_dir($folder) || mkdir($folder, 0700, true);
		file_put_contents($folder . '/day-2026-06-18.json', '{"day":"2026-06-18","columns":{"production":[null,0,12.5]}}');
		file_put_contents($folder . '/year-2026.json', '{"year":2026,"days":{"06-18":{"production":12000}},"total":{"production":{"energy":12000,"days":1}}}');
		$this->assertSame(array(2026 => array('production' => array('energy' => 12000, 'days' => 1))), heliographPanel::years($gateway));
		$this->assertSame(array(null, 0, 12.5), heliographPanel::history($gateway, '2026-06-18')['columns']['production']);
		$this->assertSame(12000, heliographPanel::history($gateway, '2026')['days']['06-18']['production']);
		$this->assertNull(heliographPanel::history($gateway, '2026-06-19'));
		foreach (array('', '../2026', '2026-06', "2026\n", '2026-06-18/../../../books') as $span) {
			try {
				heliographPanel::history($gateway, $span);
				$this->fail('accepted: ' . $span);
			} catch (Exception $e) {
				$this->assertSame('Période inconnue', $e->getMessage());
			}
		}
	}

	public function testThePanelShowsWhatTheUserMaySee() {
		$gateway = $this->gateway();
		$hidden = $this->gateway(array('forbidden' => 1));
		$off = $this->gateway();
		$off->setIsEnable(0);
		$this->assertSame(array($gateway->getId() => 'General'), heliographPanel::gateways());
		$this->syncInverters($gateway, 8);
		heliographReceiver::take(array('states' => array($gateway->getId() => array('state' => 'ok', 'remarks' => array(array('what' => 'a', 'why' => 'b'))))));
		$now = heliographPanel::now(heliographPanel::gateway($gateway->getId()), 'mobile');
		$this->assertSame(array('<div>mobile General</div>', '<div>mobile Toit</div>'), $now['tiles']);
		$this->assertSame(array('Connectée', 'success', array(array('what' => 'a', 'why' => 'b'))), array($now['state'], $now['label'], $now['remarks']));
		$this->assertSame('panel', $gateway->getConfiguration('panelLink'));
		$this->expectExceptionMessage('Passerelle inconnue');
		heliographPanel::gateway($hidden->getId());
	}

	public function testAWidgetOfEachKindOfValueHasAnIconForEachCase() {
		$widgets = heliograph::templateWidget()['info'];
		$this->assertSame(array('binary', 'numeric', 'string'), array_keys($widgets));
		$this->assertSame(array('solar', 'grid', 'battery', 'level'), array_keys($widgets['numeric']));
		$codes = array_keys(heliographCatalog::states('gateway', 'battery_state'));
		foreach ($widgets['string']['battery']['test'] as $test) {
			$this->assertMatchesRegularExpression('/^#value# == "(' . implode('|', $codes) . ')"$/', $test['operation']);
		}
		$this->assertCount(count($codes), $widgets['string']['battery']['test']);
		foreach (array('dashboard', 'mobile') as $version) {
			foreach (array('numeric', 'string') as $subType) {
				$this->assertNotSame('', getTemplate('core', $version, 'cmd.info.' . $subType . '.hgIcon', 'heliograph'));
			}
		}
	}

	public function testAKindThatTheCatalogDoesNotKnowIsPassedOver() {
		$gateway = $this->gateway();
		$this->sync($gateway, array($this->found('windmill:1', 'windmill', array('power'))));
		$this->assertCount(1, eqLogic::byType('heliograph'));
	}

	public function testAPercentSignStaysInANameAndNothingElseDoes() {
		$cmd = new heliographCmd();
		$this->assertSame('% de charge', $cmd->setName('% de charge')->getName());
		$this->assertSame('A % b c', $cmd->setName("A % b' & [c]#")->getName());
	}

	public function testSecretsLeaveTheEquipmentEncryptedAndNeverComeBack() {
		$gateway = $this->gateway(array('token' => ' eyJ.a.b ', 'password' => 'crypt:secret'));
		$this->assertSame(array('', ''), array((string) $gateway->getConfiguration('token'), (string) $gateway->getConfiguration('password')));
		$this->assertStringNotContainsString('eyJ', json_encode(DBDouble::$config));
		$this->assertStringNotContainsString('secret"', json_encode(array_values(DBDouble::$config)));
		$this->assertSame(array('eyJ.a.b', 'crypt:secret'), array($gateway->settings()['token'], $gateway->settings()['password']));
		$page = heliographTile::forPage($gateway);
		$this->assertSame(array('password' => true, 'token' => true, 'enlighten_password' => false), $page['secrets']);
		$this->assertStringNotContainsString('eyJ', json_encode($page));
	}

	public function testAnEmptyFieldKeepsTheSecretThatIsThere() {
		$gateway = $this->gateway(array('token' => 'eyJ.a.b'));
		$gateway->setConfiguration('token', '');
		$gateway->save();
		$this->assertSame('eyJ.a.b', $gateway->settings()['token']);
	}

	public function testATokenFetchedByTheDaemonIsKept() {
		$gateway = $this->gateway();
		heliographReceiver::take(array('secrets' => array($gateway->getId() => array('token' => 'new', 'shell' => 'x'))));
		$this->assertSame('new', $gateway->settings()['token']);
		$this->assertCount(1, preg_grep('/secret::/', array_keys(DBDouble::$config)));
	}

	public function testRemovingAGatewayRemovesItsEquipmentAndSecrets() {
		$gateway = $this->gateway(array('token' => 'eyJ.a.b'));
		$other = $this->gateway();
		$this->sync($gateway, array($this->found('inverter:1', 'inverter', $this->core('inverter'))));
		heliographReceiver::take(array('messages' => array(array('id' => 'state:' . $gateway->getId() . ':', 'text' => 'x'))));
		$gateway->remove();
		$this->assertSame(array($other), eqLogic::byType('heliograph'));
		$this->assertSame(array(), preg_grep('/secret::/', array_keys(DBDouble::$config)));
		$this->assertSame(array(), DBDouble::$messages);
	}

	public function testValuesReachTheirCommandsAndNullNeverDoes() {
		$gateway = $this->gateway();
		$this->sync($gateway, array($this->found('inverter:1', 'inverter', $this->core('inverter'))));
		heliographReceiver::take(array('values' => array($gateway->getId() => array(
			'gateway' => array('production_power' => 2028, 'consumption_power' => null, 'no_such' => 1),
			'inverter:1' => array('power' => 0, 'producing' => 0, 'communicating' => array(1)),
			'inverter:9' => array('power' => 5),
		))));
		$this->assertSame(array(
			array($gateway->getId() . ':gateway', 'production_power', 2028),
			array($gateway->getId() . ':inverter:1', 'producing', 0),
			array($gateway->getId() . ':inverter:1', 'power', 0),
		), DBDouble::$updates);
	}

	public function testWhatIsMissingIsKeptForThePageOfItsEquipment() {
		$gateway = $this->gateway();
		$this->sync($gateway, array($this->found('inverter:1', 'inverter', $this->core('inverter'))));
		$rows = array(array('what' => 'Puissance', 'why' => 'il fait nuit'));
		heliographReceiver::take(array('missing' => array($gateway->getId() => array('inverter:1' => $rows, 'inverter:9' => $rows, 'gateway' => 'x'))));
		$this->assertSame(array('missing' => $rows), heliographTile::forPage($this->child('inverter:1')));
		$this->assertSame(array(), heliographTile::forPage($gateway)['missing']);
	}

	public function testWhatWasHeardIsMarkedAlive() {
		$gateway = $this->gateway();
		$this->sync($gateway, array($this->found('inverter:1', 'inverter', $this->core('inverter'))));
		heliographReceiver::take(array('alive' => array($gateway->getId() => array('gateway'))));
		$this->assertSame(0, $gateway->getStatus('timeout', 1));
		$this->assertSame(1, $this->child('inverter:1')->getStatus('timeout', 1));
	}

	public function testTilesAreDrawnAgainOnlyWhenTheStateChanges() {
		$gateway = $this->gateway();
		$this->sync($gateway, array($this->found('inverter:1', 'inverter', $this->core('inverter'))));
		heliographReceiver::take(array('states' => array($gateway->getId() => array('state' => 'away', 'text' => 'no answer', 'evil' => 1))));
		heliographReceiver::take(array('states' => array($gateway->getId() => array('last_poll' => 5))));
		$this->assertSame(array($gateway->getId() . ':gateway', $gateway->getId() . ':inverter:1'), DBDouble::$refreshed);
		$this->assertSame(array('away', 5), array($gateway->state()['state'], $gateway->state()['last_poll']));
		$this->assertArrayNotHasKey('evil', $gateway->state());
	}

	public function testAMessageIsShownOnceAndTakenBack() {
		$one = array('messages' => array(array('id' => 'state:1:', 'text' => 'away')));
		heliographReceiver::take($one);
		heliographReceiver::take($one);
		$this->assertCount(1, DBDouble::$messages);
		heliographReceiver::take(array('settled' => array('state:1:'), 'messages' => array(array('id' => 'state:1:', 'text' => 'refused'))));
		$this->assertSame('refused', DBDouble::$messages[0]['text']);
	}

	public function testStrangeMessagesHarmNothing() {
		heliographReceiver::take(array('values' => 'x', 'states' => array(99 => array('state' => 'ok')), 'equipment' => array(99 => array())));
		$this->assertSame(array(), DBDouble::$updates);
	}

	public function testATileDrawsWhatIsKnownAndNothingElse() {
		$gateway = $this->gateway();
		$gateway->getCmd('info', 'production_power')->value = 2028;
		$gateway->getCmd('info', 'battery_state')->value = '</script><b>';
		$html = $gateway->preToHtml('dashboard')['#divGraphInfo#'];
		$this->assertStringContainsString('"value":2028', $html);
		$this->assertStringContainsString('"value":null', $html);
		$this->assertStringNotContainsString('</script><b>', $html);
		$this->assertStringNotContainsString('#hg_', $html);
		$this->assertStringNotContainsString('{{', $html);
		$this->assertSame($html, $gateway->preToHtml('mobile')['#divGraphInfo#']);
	}

	public function testTheTilesOfAGatewayThatIsAwaySaySo() {
		$gateway = $this->gateway();
		$this->sync($gateway, array($this->found('inverter:1', 'inverter', $this->core('inverter')), $this->found('meter:1', 'meter', array())));
		heliographReceiver::take(array('states' => array($gateway->getId() => array('state' => 'away', 'last_poll' => 1700000000))));
		$this->assertStringContainsString('Injoignable depuis le ', $this->child('inverter:1')->preToHtml()['#divGraphInfo#']);
		$this->assertSame('', $this->child('meter:1')->preToHtml()['#divGraphInfo#']);
	}

	public function testAGatewayThatAnswersInPartSaysSoWhereAValueIsMissing() {
		$gateway = $this->gateway();
		$this->sync($gateway, array($this->found('inverter:1', 'inverter', $this->core('inverter')), $this->found('inverter:2', 'inverter', $this->core('inverter'))));
		foreach ($this->child('inverter:2')->getCmd('info') as $cmd) {
			$cmd->value = 1;
		}
		heliographReceiver::take(array('states' => array($gateway->getId() => array('state' => 'partial', 'text' => 'wrong password', 'last_poll' => time()))));
		$silent = $this->child('inverter:1')->preToHtml()['#divGraphInfo#'];
		$this->assertStringContainsString('Réponses incomplètes', $silent);
		$this->assertStringNotContainsString('hgAway"', $silent);
		$this->assertStringNotContainsString('Réponses incomplètes', $this->child('inverter:2')->preToHtml()['#divGraphInfo#']);
		$row = heliograph::health()[0];
		$this->assertSame(array('wrong password', false), array($row['advice'], $row['state']));
		$this->assertStringContainsString('Réponses incomplètes', $row['result']);
		$this->assertSame('warning', heliographTile::stateLabel('partial'));
	}

	public function testANumberThatWasNeverGivenIsShownAsADash() {
		$cmd = new heliographCmd();
		$cmd->setType('info');
		$cmd->setSubType('numeric');
		$this->assertSame('–', $cmd->formatValueWidget('0'));
		$cmd->value = 0;
		$this->assertSame('0', $cmd->formatValueWidget('0'));
	}

	public function testWhatIsNotKnownHasNoUnit() {
		$cmd = $this->gateway()->getCmd('info', 'net_today');
		$this->assertSame('– ', $cmd->toHtml());
		$this->assertSame('Wh', $cmd->getUnite());
		$cmd->value = 0;
		$this->assertSame('0 Wh', $cmd->toHtml());
	}

	public function testAnEventKeepsItsDateAndShowsItsOwnValue() {
		$cmd = $this->gateway()->getCmd('info', 'net_today');
		$cmd->event(12, '2026-06-01 10:00:00');
		$this->assertSame('2026-06-01 10:00:00', $cmd->getValueDate());
		$cmd->event(12, '2026-06-01 10:01:00');
		$this->assertSame('2026-06-01 10:00:00', $cmd->getValueDate());
		$cmd->event('', '2026-06-01 10:02:00');
		$this->assertSame('2026-06-01 10:02:00', $cmd->getValueDate());
		$this->assertSame('', $cmd->execCmd());
		$cmd->event(0, '2026-06-01 10:03:00');
		$this->assertSame('2026-06-01 10:03:00', $cmd->getCollectDate());
		$this->assertSame(array(
			array('net_today', 12, 'Wh'), array('net_today', 12, 'Wh'), array('net_today', '–', ''), array('net_today', 0, 'Wh'),
		), DBDouble::$shown);
		$this->assertSame('Wh', $cmd->getUnite());
	}

	public function testAStateIsStoredAsItsCodeAndDisplayedAsItsWord() {
		$gateway = $this->gateway();
		$id = $gateway->getId();
		heliographReceiver::take(array('values' => array($id => array('gateway' => array('battery_state' => 'charging')))));
		$cmd = $gateway->getCmd('info', 'battery_state');
		$this->assertSame('charging', $cmd->execCmd());
		$this->assertSame('en charge', $cmd->formatValueWidget('charging'));
		$this->assertSame('invented', $cmd->formatValueWidget('invented'));
		$this->assertStringContainsString('"states":{"charging":"en charge"', $gateway->preToHtml()['#divGraphInfo#']);
		translate::$language = 'en_US';
		$this->assertSame('discharging', $cmd->formatValueWidget('discharging'));
	}

	public function testAYesNoThatIsNotKnownIsNeither() {
		$gateway = $this->gateway();
		$this->sync($gateway, array($this->found('inverter:1', 'inverter', $this->core('inverter'))));
		$id = $gateway->getId();
		$take = function ($_value) use ($id) {
			DBDouble::$refreshed = array();
			heliographReceiver::take(array('values' => array($id => array('inverter:1' => array('producing' => $_value)))));
			return count(DBDouble::$refreshed);
		};
		$cmd = $this->child('inverter:1')->getCmd('info', 'producing');
		$this->assertSame('– ', $cmd->toHtml());
		$this->assertSame(1, $take(0));
		$this->assertSame('✗', $cmd->toHtml());
		$this->assertSame(0, $take(1));
		$this->assertSame('✓', $cmd->toHtml());
		$this->assertSame(1, $take(''));
		$this->assertSame('– ', $cmd->toHtml());
		$this->assertSame('binary', $cmd->getSubType());
		$this->assertSame(0, $take(''));
	}

	public function testTheHealthPageHasARowForEachConcern() {
		$gateway = $this->gateway();
		heliographReceiver::take(array('states' => array($gateway->getId() => array(
			'state' => 'ok', 'firmware' => 'D8.2', 'part' => '800', 'token_expires' => time() + 86400 * 12 + 60, 'last_poll' => time(), 'findings' => 2, 'remarks' => array(array('what' => 'a < b', 'why' => 'c')),
		))));
		$rows = heliograph::health();
		$this->assertSame(array(true, true, true, true, false), array_column($rows, 'state'));
		$this->assertSame(array('D8.2 800', '2', '12 jours'), array($rows[1]['result'], $rows[3]['result'], $rows[4]['result']));
		$this->assertSame('a &lt; b – c', $rows[3]['advice']);
		heliographReceiver::take(array('states' => array($gateway->getId() => array('state' => 'away', 'last_poll' => time() - 4000))));
		$this->assertSame(array(false, true, false, true, false), array_column(heliograph::health(), 'state'));
	}

	/* Call a function while something that looks like the daemon runs, with its socket. */
	private function whileItRuns($_function) {
		$server = stream_socket_server('tcp://127.0.0.1:0');
		config::save('socketport', (int) substr(strrchr(stream_socket_get_name($server, false), ':'), 1), 'heliograph');
		$daemon = proc_open(array('bash', '-c', 'exec -a heliographd.py sleep 60'), array(), $pipes);
		$file = jeedom::getTmpFolder('heliograph') . '/daemon.pid';
		is_dir(dirname($file)) || mkdir(dirname($file));
		file_put_contents($file, proc_get_status($daemon)['pid']);
		try {
			for ($i = 0; $i < 200 && heliographDaemon::pid() === null; $i++) {
				usleep(10000);
			}
			$_function($server);
		} finally {
			unlink($file);
			proc_terminate($daemon);
			proc_close($daemon);
			fclose($server);
		}
	}

	private function toldTo($_server) {
		return json_decode(stream_get_contents(stream_socket_accept($_server, 5)), true);
	}

	public function testAnEmptiedCacheIsFilledAgain() {
		$id = $this->gateway()->getId();
		$values = array('values' => array($id => array('gateway' => array('production_power' => 5))));
		heliographReceiver::take(array('states' => array($id => array('state' => 'ok'))));
		$this->whileItRuns(function ($_server) use ($id, $values) {
			heliographReceiver::take($values);
			$this->assertFalse(@stream_socket_accept($_server, 0));
			DBDouble::$cache = array();
			heliographReceiver::take($values);
			$told = $this->toldTo($_server);
			$this->assertSame(array('repeat', $id), array($told['action'], $told['gateway']));
		});
	}

	public function testAfterAReactivationTheDaemonIsToRemindTheOwnerOnce() {
		require_once getenv('HELIOGRAPH_TREE') . '/plugins/heliograph/plugin_info/install.php';
		heliograph_remove();
		$this->assertFalse(heliographDaemon::configure());
		$this->whileItRuns(function ($_server) {
			heliographDaemon::configure();
			$this->assertTrue($this->toldTo($_server)['remind']);
			heliographDaemon::configure();
			$this->assertFalse($this->toldTo($_server)['remind']);
		});
	}

	public function testACaptureIsFetchedOnce() {
		$data = getenv('HELIOGRAPH_TREE') . '/plugins/heliograph/data';
		file_put_contents($data . '/capture-7.zip', "PK\x03\x04");
		$this->assertSame("PK\x03\x04", base64_decode(heliographDaemon::capture('7')));
		$this->expectExceptionMessage('La capture n’est plus là');
		heliographDaemon::capture('7');
	}

	public function testAPortThatIsTakenNamesTheSetting() {
		$server = stream_socket_server('tcp://127.0.0.1:0');
		$port = substr(strrchr(stream_socket_get_name($server, false), ':'), 1);
		config::save('socketport', $port, 'heliograph');
		$this->expectExceptionMessage('Un autre programme utilise déjà le port ' . $port . ' : choisissez-en un autre dans la configuration du plugin, réglage « Port du démon »');
		heliographDaemon::start();
	}

	public function testRefreshWithoutADaemonTellsTheUser() {
		$gateway = $this->gateway();
		$this->expectExceptionMessage('Le démon n’est pas démarré');
		$gateway->getCmd('action', 'refresh')->execute();
	}

	public function testTheDaemonIsDownWhereNoProcessIs() {
		$this->assertSame('nok', heliograph::deamon_info()['state']);
		$this->assertFalse(heliographDaemon::configure());
	}
}
