<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

/*
 * Coming from another plugin: which of its commands is which of ours, and the transfer of history and references by the
 * core's own means. The other plugin keeps what it has.
 */
class heliographMove {
	/* Plugins whose commands are known: logical id there => here. */
	const PLUGINS = array(
		'enphasesecur' => array(
			'PwattsNow' => 'production_power',
			'PwattHoursToday' => 'production_today',
			'PwattHoursSevenDays' => 'production_7_days',
			'PwattHoursLifetime' => 'production_lifetime',
			'CwattsNow' => 'consumption_power',
			'CwattHoursToday' => 'consumption_today',
			'CwattHoursSevenDays' => 'consumption_7_days',
			'CwattHoursLifetime' => 'consumption_lifetime',
			'CwattsNowNet' => 'net_power',
			'CwattHoursTodayNet' => 'net_today',
			'CwattHoursSevenDaysNet' => 'net_7_days',
			// Under this name it keeps what was drawn from the grid, without what was given.
			'CwattHoursLifetimeNet' => 'import_lifetime',
			'indexcumulimport' => 'import_lifetime',
			'indexcumulexport' => 'export_lifetime',
			'cumulimport' => 'import_today',
			'cumulexport' => 'export_today',
			'PwattsNow1' => 'production_power.L1',
			'PwattsNow2' => 'production_power.L2',
			'PwattsNow3' => 'production_power.L3',
			'CwattsNow1' => 'consumption_power.L1',
			'CwattsNow2' => 'consumption_power.L2',
			'CwattsNow3' => 'consumption_power.L3',
			'CwattsNowNet1' => 'net_power.L1',
			'CwattsNowNet2' => 'net_power.L2',
			'CwattsNowNet3' => 'net_power.L3',
			'tension' => 'voltage.L1',
			'tension1' => 'voltage.L1',
			'tension2' => 'voltage.L2',
			'tension3' => 'voltage.L3',
			'batnow' => 'battery_power',
			'batperc' => 'battery_level',
			'ENC_pourcent' => 'battery_level',
			'Watt' => 'power',
			'maxWatt' => 'max_power',
			'calWH' => 'energy_today',
		),
	);

	/* What the core's replacement reaches, as getUsedBy() calls it; interactions it does not. */
	const REPLACED = array('cmd', 'eqLogic', 'object', 'scenario', 'view', 'plan', 'plan3d');

	/* The plugins that have equipment, those whose commands are known first: id => number of equipment. */
	public static function sources() {
		$sources = array();
		foreach (eqLogic::all() as $eqLogic) {
			$type = $eqLogic->getEqType_name();
			if ($type !== 'heliograph') {
				$sources[$type] = (isset($sources[$type]) ? $sources[$type] : 0) + 1;
			}
		}
		ksort($sources);
		return array_intersect_key($sources, self::PLUGINS) + $sources;
	}

	/* Every info command of the other plugin with the one of ours that takes its place, and every command of ours. */
	public static function propose($_type, $_gateway) {
		$equipment = array_merge(array($_gateway), $_gateway->children());
		$rows = array();
		foreach (eqLogic::byType($_type) as $eqLogic) {
			$match = self::match($eqLogic, $_gateway, $equipment);
			foreach ($eqLogic->getCmd('info') as $cmd) {
				$rows[] = self::row($_type, $eqLogic, $cmd, $match);
			}
		}
		$targets = array();
		foreach ($equipment as $eqLogic) {
			foreach ($eqLogic->getCmd('info') as $cmd) {
				$targets[] = array('id' => (int) $cmd->getId(), 'equipment' => $eqLogic->getName(), 'name' => $cmd->getName(), 'unit' => $cmd->getUnite());
			}
		}
		return array('rows' => $rows, 'targets' => $targets);
	}

	/* Our equipment whose serial number the other one carries, else the gateway. */
	private static function match($_eqLogic, $_gateway, $_equipment) {
		foreach ($_equipment as $eqLogic) {
			$serial = (string) $eqLogic->getConfiguration('device');
			$carries = strpos($_eqLogic->getLogicalId(), $serial) !== false || strpos($_eqLogic->getName(), $serial) !== false;
			if (strlen($serial) >= 6 && $carries) {
				return $eqLogic;
			}
		}
		return $_gateway;
	}

	private static function row($_type, $_eqLogic, $_cmd, $_match) {
		$wanted = self::wanted($_type, $_cmd, $_match);
		$target = ($wanted === null) ? false : $_match->getCmd('info', $wanted['logicalId']);
		$row = array(
			'id' => (int) $_cmd->getId(),
			'equipment' => $_eqLogic->getName(),
			'name' => $_cmd->getName(),
			'unit' => $_cmd->getUnite(),
			'historized' => $_cmd->getIsHistorized() == 1,
			'target' => is_object($target) ? (int) $target->getId() : null,
			'note' => '',
		);
		if ($wanted !== null && !is_object($target)) {
			$groups = heliographCatalog::groups();
			$group = isset($groups[$wanted['group']]) ? $groups[$wanted['group']] : $wanted['group'];
			$row['note'] = heliographCatalog::said($wanted['name']) . ' : ' . __('cochez le groupe de commandes, sauvegardez et synchronisez :', __FILE__) . ' ' . $group;
		}
		return $row;
	}

	/* The row of the catalog for a command of another plugin, by its logical id or its name; null where there is none. */
	private static function wanted($_type, $_cmd, $_match) {
		$commands = heliographCatalog::commands($_match->kind());
		$ours = isset(self::PLUGINS[$_type][$_cmd->getLogicalId()]) ? self::PLUGINS[$_type][$_cmd->getLogicalId()] : '';
		if (isset($commands[$ours])) {
			return $commands[$ours];
		}
		if (isset(self::PLUGINS[$_type])) {
			return null;
		}
		foreach ($commands as $command) {
			foreach ($command['name'] as $name) {
				if (heliographSync::folded($name) === heliographSync::folded($_cmd->getName())) {
					return $command;
				}
			}
		}
		return null;
	}

	/* What a transfer would do, pair by pair; nothing is changed. */
	public static function plan($_pairs) {
		$plan = array();
		$filled = array();
		foreach ($_pairs as $pair) {
			$source = cmd::byId($pair['source']);
			$target = cmd::byId($pair['target']);
			if (!is_object($source) || !is_object($target) || $source->getType() !== 'info' || !($target->getEqLogic() instanceof heliograph)) {
				throw new Exception(__('Commande inconnue', __FILE__) . ' : ' . (int) $pair['source'] . ' → ' . (int) $pair['target']);
			}
			$problem = self::problem($source, $target, isset($filled[$target->getId()]));
			$history = $pair['history'] == 1 && $problem === '' && $source->getIsHistorized() == 1;
			if ($history) {
				$filled[$target->getId()] = true;
			}
			$plan[] = array(
				'source' => (int) $source->getId(),
				'target' => (int) $target->getId(),
				'from' => $source->getHumanName(),
				'to' => $target->getHumanName(),
				'values' => $history ? self::countValues($source->getId()) : 0,
				'uses' => ($pair['references'] == 1) ? self::uses($source, self::REPLACED) : array(),
				'byHand' => ($pair['references'] == 1) ? self::uses($source, array('interactDef')) : array(),
				'problem' => ($pair['history'] == 1) ? $problem : '',
				'history' => $history,
				'references' => $pair['references'] == 1,
			);
		}
		return $plan;
	}

	/* Why the history of one command is none for another; empty where it is. */
	private static function problem($_source, $_target, $_filled) {
		if ($_source->getSubType() !== $_target->getSubType()) {
			return __('historique non repris : les deux commandes ne sont pas du même type', __FILE__);
		}
		if ($_source->getUnite() !== $_target->getUnite()) {
			return __('historique non repris : les unités diffèrent', __FILE__) . ' (' . $_source->getUnite() . ', ' . $_target->getUnite() . ')';
		}
		return $_filled ? __('historique non repris : une autre commande le fournit déjà', __FILE__) : '';
	}

	private static function countValues($_cmd) {
		$count = 0;
		foreach (array('history', 'historyArch') as $table) {
			$row = DB::Prepare('SELECT COUNT(*) AS number FROM `' . $table . '` WHERE cmd_id=:id', array('id' => $_cmd), DB::FETCH_TYPE_ROW);
			$count += (int) $row['number'];
		}
		return $count;
	}

	/* The places of these kinds that use a command: kind => names. */
	private static function uses($_cmd, $_kinds) {
		$uses = array();
		foreach (array_intersect_key($_cmd->getUsedBy(), array_flip($_kinds)) as $kind => $found) {
			foreach ($found as $place) {
				if (is_object($place)) {
					$uses[$kind][] = method_exists($place, 'getHumanName') ? $place->getHumanName() : $place->getName();
				}
			}
		}
		return $uses;
	}

	/* Transfer, then look where the old commands are still used: what remains is told, not assumed. */
	public static function run($_pairs) {
		$plan = self::plan($_pairs);
		foreach ($plan as $index => $step) {
			jeedom::massReplace(
				array('mode' => $step['references'] ? 'replace' : 'copy', 'copyCmdHistory' => $step['history'] ? 'true' : 'false'),
				array(),
				array($step['source'] => $step['target'])
			);
			$plan[$index]['remaining'] = $step['references'] ? self::uses(cmd::byId($step['source']), self::REPLACED) : array();
		}
		return $plan;
	}
}
