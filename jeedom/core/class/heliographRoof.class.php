<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

/* Groups of inverters as the owner makes them: rows, roofs, orientations. Each is an equipment of kind roof. */
class heliographRoof {
	/* Everything that the page of groups shows of a gateway. */
	public static function forPage($_gateway) {
		$groups = self::groups($_gateway);
		$rows = array();
		foreach (self::inverters($_gateway) as $inverter) {
			$roof = $inverter->getConfiguration('roof');
			$rows[] = array(
				'id' => (int) $inverter->getId(),
				'name' => $inverter->getName(),
				'device' => $inverter->getConfiguration('device'),
				'group' => isset($groups[$roof]) ? $groups[$roof]->getName() : '',
				'position' => $inverter->getConfiguration('position'),
			);
		}
		return $rows;
	}

	/* The groups of a gateway, without the whole roof: id such as roof:1 => equipment. */
	private static function groups($_gateway) {
		$groups = array();
		foreach ($_gateway->children() as $child) {
			$id = substr($child->getLogicalId(), strlen($_gateway->getId() . ':'));
			if ($child->kind() === 'roof' && $id !== heliograph::WHOLE_ROOF) {
				$groups[$id] = $child;
			}
		}
		return $groups;
	}

	private static function inverters($_gateway) {
		$found = array_filter($_gateway->children(), function ($_child) {
			return $_child->kind() === 'inverter' && $_child->getConfiguration('retired') != 1;
		});
		usort($found, array('heliograph', 'compareInRoof'));
		return $found;
	}

	/*
	 * Put inverters into groups: id, name of the group (empty for none), position in it (empty for the next one).
	 * A group that does not exist yet is created; one that is left empty stays, with its history, until it is removed.
	 */
	public static function arrange($_gateway, $_rows, $_rename) {
		$groups = array();
		foreach (self::groups($_gateway) as $id => $group) {
			$groups[heliographSync::folded($group->getName())] = $id;
		}
		$inverters = array();
		foreach (self::inverters($_gateway) as $inverter) {
			$inverters[$inverter->getId()] = $inverter;
		}
		$last = array();
		foreach ($_rows as $row) {
			if (!isset($inverters[$row['id']])) {
				throw new Exception(__('Micro-onduleur inconnu', __FILE__) . ' : ' . (int) $row['id']);
			}
			$name = trim(cleanComponanteName($row['group']));
			$roof = ($name === '') ? '' : self::group($_gateway, $name, $groups);
			$position = '';
			if ($roof !== '') {
				$next = isset($last[$roof]) ? $last[$roof] + 1 : 1;
				$position = ctype_digit((string) $row['position']) ? (int) $row['position'] : $next;
				$last[$roof] = $position;
			}
			$inverter = $inverters[$row['id']];
			$inverter->setConfiguration('roof', $roof);
			$inverter->setConfiguration('position', $position);
			if ($_rename && $roof !== '') {
				heliographSync::rename($inverter, $name . ' ' . $position);
			}
			$inverter->save(true);
		}
		heliographDaemon::configure();
	}

	/* The id of the group of a name, created where there is none. */
	private static function group($_gateway, $_name, &$_groups) {
		$key = heliographSync::folded($_name);
		if (!isset($_groups[$key])) {
			$number = 1;
			while (in_array('roof:' . $number, $_groups, true)) {
				$number++;
			}
			heliographSync::createRoof($_gateway, 'roof:' . $number, $_name);
			$_groups[$key] = 'roof:' . $number;
		}
		return $_groups[$key];
	}
}
