<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

/* Creates what a gateway named, adds what is new, retires what is gone; never undoes what the user changed. */
class heliographSync {
	/* From this many inverters on, one tile of the roof stands for theirs, unless the owner wants it otherwise. */
	const MANY = 8;

	/* A gateway has its core commands from the moment it is added. */
	public static function createGateway($_gateway) {
		$_gateway->setLogicalId($_gateway->getId() . ':gateway');
		$_gateway->setTimeout(15);
		// The core shows a way to the panel on the tile.
		$_gateway->setConfiguration('panelLink', 'panel');
		$_gateway->setDisplay('width', '312px');
		$_gateway->save(true);
		$core = array();
		foreach (heliographCatalog::commands('gateway') as $logicalId => $row) {
			if ($row['group'] === 'core') {
				$core[] = $logicalId;
			}
		}
		self::createCommands($_gateway, $core);
	}

	/* Take one part of what a sync found; the last part says what is still there. Returns the number of things created. */
	public static function take($_gateway, $_part) {
		$created = 0;
		$known = array();
		foreach ($_gateway->children() as $child) {
			$known[$child->getLogicalId()] = $child;
		}
		$inverters = isset($_part['inverters']) ? $_part['inverters'] : 0;
		foreach ($_part['equipment'] as $found) {
			$created += self::takeOne($_gateway, $found, $known, self::hasRoofTile($_gateway, $inverters));
		}
		if (isset($_part['present'])) {
			self::retire($_gateway, $known, $_part['present']);
			$created += self::wholeRoof($_gateway, $inverters) + self::completeRoofs($_gateway);
			heliographDaemon::configure();
		}
		return $created;
	}

	/* Whether one tile stands for those of the inverters: as the owner chose, else by their number. */
	private static function hasRoofTile($_gateway, $_inverters) {
		$choice = $_gateway->getConfiguration('tiles');
		return ($choice == '') ? $_inverters >= self::MANY : $choice === 'roof';
	}

	/* The number of inverters for which the owner is to choose, 0 where there is nothing to ask. */
	public static function toChoose($_gateway, $_inverters) {
		return ($_gateway->getConfiguration('tiles') == '' && $_inverters >= self::MANY) ? $_inverters : 0;
	}

	/* Create the equipment of all inverters together where its tile is wanted. Returns the number of things created. */
	private static function wholeRoof($_gateway, $_inverters) {
		$logicalId = $_gateway->getId() . ':' . heliograph::WHOLE_ROOF;
		if (!self::hasRoofTile($_gateway, $_inverters) || is_object(eqLogic::byLogicalId($logicalId, 'heliograph'))) {
			return 0;
		}
		return self::createRoof($_gateway, heliograph::WHOLE_ROOF, heliographCatalog::kindName('roof'));
	}

	/* Create a roof or a group of inverters. Returns the number of things created. */
	public static function createRoof($_gateway, $_id, $_name) {
		$found = array('kind' => 'roof', 'name' => '', 'commands' => array_keys(heliographCatalog::commands('roof')));
		$roof = self::createEquipment($_gateway, $found, $_gateway->getId() . ':' . $_id);
		$roof->setName(self::freeName($_name, array_diff(self::namesIn($roof->getObject_id()), array($roof->getName()))));
		$roof->save();
		return 1 + self::createCommands($roof, $found['commands']);
	}

	/* Roofs of former versions have fewer commands. */
	private static function completeRoofs($_gateway) {
		$created = 0;
		foreach ($_gateway->children() as $child) {
			if ($child->kind() === 'roof') {
				$created += self::createCommands($child, array_keys(heliographCatalog::commands('roof')));
			}
		}
		return $created;
	}

	/* Name an inverter after its place, unless the owner has named it. */
	public static function rename($_inverter, $_name) {
		$default = heliographCatalog::kindName('inverter') . ' ' . $_inverter->getConfiguration('device');
		if ($_inverter->getName() !== $_inverter->getConfiguration('namedAs', $default)) {
			return;
		}
		$taken = array_diff(self::namesIn($_inverter->getObject_id()), array($_inverter->getName()));
		$_inverter->setName(self::freeName($_name, $taken));
		$_inverter->setConfiguration('namedAs', $_inverter->getName());
	}

	/* Follow the owner's choice of tiles: what was hidden for the roof's sake is shown again, and nothing else. */
	public static function followTiles($_gateway) {
		$choice = (string) $_gateway->getConfiguration('tiles');
		if ($choice === (string) $_gateway->getConfiguration('tilesFollowed')) {
			return;
		}
		$_gateway->setConfiguration('tilesFollowed', $choice);
		$_gateway->save(true);
		$inverters = array_filter($_gateway->children(), function ($_child) {
			return $_child->kind() === 'inverter';
		});
		$roof = self::hasRoofTile($_gateway, count($inverters));
		self::wholeRoof($_gateway, count($inverters));
		foreach ($inverters as $inverter) {
			if ($roof) {
				self::hideInRoof($inverter);
			} elseif ($inverter->getConfiguration('hiddenInRoof') == 1) {
				$inverter->setConfiguration('hiddenInRoof', 0);
				$inverter->setIsVisible(1);
				$inverter->save(true);
			}
		}
		$whole = eqLogic::byLogicalId($_gateway->getId() . ':' . heliograph::WHOLE_ROOF, 'heliograph');
		if (is_object($whole)) {
			$whole->setIsVisible($roof ? 1 : 0);
			$whole->save(true);
		}
	}

	private static function hideInRoof($_inverter) {
		if ($_inverter->getIsVisible() == 1) {
			$_inverter->setConfiguration('hiddenInRoof', 1);
			$_inverter->setIsVisible(0);
			$_inverter->save(true);
		}
	}

	private static function takeOne($_gateway, $_found, &$_known, $_roof) {
		if (heliographCatalog::kind($_found['kind']) === null) {
			return 0;
		}
		if ($_found['kind'] === 'gateway') {
			return self::createCommands($_gateway, $_found['commands']);
		}
		$logicalId = $_gateway->getId() . ':' . $_found['id'];
		$created = 0;
		if (!isset($_known[$logicalId])) {
			$_known[$logicalId] = self::createEquipment($_gateway, $_found, $logicalId);
			$created = 1;
			if ($_roof && $_found['kind'] === 'inverter') {
				self::hideInRoof($_known[$logicalId]);
			}
		}
		$eqLogic = $_known[$logicalId];
		self::describe($eqLogic, $_found);
		return $created + self::createCommands($eqLogic, $_found['commands']);
	}

	private static function createEquipment($_gateway, $_found, $_logicalId) {
		$taken = self::namesIn($_gateway->getObject_id());
		$eqLogic = new heliograph();
		$eqLogic->setEqType_name('heliograph');
		$eqLogic->setConfiguration('placed_in', (string) $_gateway->getObject_id());
		$eqLogic->setLogicalId($_logicalId);
		$eqLogic->setName(self::freeName(trim(heliographCatalog::kindName($_found['kind']) . ' ' . $_found['name']), $taken));
		$eqLogic->setObject_id($_gateway->getObject_id());
		$eqLogic->setConfiguration('kind', $_found['kind']);
		$eqLogic->setConfiguration('gateway', $_gateway->getId());
		$eqLogic->setConfiguration('device', $_found['name']);
		if (in_array($_found['kind'], array('inverter', 'battery'), true)) {
			// A whole night is no silence: Jeedom's own alert of an equipment that says nothing for a day.
			$eqLogic->setTimeout(1440);
		}
		if (count(heliographCatalog::kind($_found['kind'])['tile']) === 0) {
			// Its tile is its commands, and their names are long.
			$eqLogic->setDisplay('width', '312px');
		}
		$eqLogic->save();
		return $eqLogic;
	}

	private static function namesIn($_object) {
		$names = array();
		foreach (eqLogic::byObjectId($_object, false) as $eqLogic) {
			$names[] = $eqLogic->getName();
		}
		return $names;
	}

	/* Put the gateway into an object; a number that is no object's creates one. */
	public static function place($_gateway, $_object) {
		$object = jeeObject::byId($_object);
		if (!is_object($object)) {
			$object = new jeeObject();
			$object->setName(__('Énergie solaire', __FILE__));
			$object->setIsVisible(1);
			$object->save();
		}
		$_gateway->setObject_id($object->getId());
		$_gateway->save();
	}

	/* Move the gateway's equipment into its object, except what the owner has moved: it is not where it was placed. */
	public static function followObject($_gateway) {
		$object = (string) $_gateway->getObject_id();
		foreach ($_gateway->children() as $child) {
			$here = (string) $child->getObject_id();
			if ($here === $object || $here !== (string) $child->getConfiguration('placed_in')) {
				continue;
			}
			$child->setName(self::freeName($child->getName(), self::namesIn($_gateway->getObject_id())));
			$child->setObject_id($_gateway->getObject_id());
			$child->setConfiguration('placed_in', $object);
			$child->save(true);
		}
	}

	private static function describe($_eqLogic, $_found) {
		$changed = false;
		foreach (array('model', 'part_number') as $key) {
			if ($_eqLogic->getConfiguration($key) != $_found[$key]) {
				$_eqLogic->setConfiguration($key, $_found[$key]);
				$changed = true;
			}
		}
		if ($changed) {
			$_eqLogic->save(true);
		}
	}

	/* Disable what is gone; enable again what came back, if it was disabled here and not by the user. */
	private static function retire($_gateway, $_known, $_present) {
		foreach ($_known as $logicalId => $eqLogic) {
			if ($eqLogic->kind() === 'roof') {
				continue;
			}
			$id = substr($logicalId, strlen($_gateway->getId() . ':'));
			$present = in_array($id, $_present, true);
			if (!$present && $eqLogic->getConfiguration('retired') != 1) {
				$eqLogic->setConfiguration('retired', 1);
				$eqLogic->setConfiguration('enabledBefore', $eqLogic->getIsEnable());
				$eqLogic->setIsEnable(0);
				$eqLogic->save(true);
			} elseif ($present && $eqLogic->getConfiguration('retired') == 1) {
				$eqLogic->setConfiguration('retired', 0);
				$eqLogic->setIsEnable($eqLogic->getConfiguration('enabledBefore', 1));
				$eqLogic->save(true);
			}
		}
	}

	/* Create the commands that are missing; show again, or hide, those of a group that was switched on or off. */
	public static function createCommands($_eqLogic, $_logicalIds) {
		$known = array();
		$taken = array();
		foreach ($_eqLogic->getCmd() as $cmd) {
			$known[$cmd->getLogicalId()] = $cmd;
			$taken[] = $cmd->getName();
		}
		$created = 0;
		if (!isset($known['refresh'])) {
			$taken[] = self::createRefresh($_eqLogic, $taken);
			$created++;
		}
		$order = 1;
		foreach (heliographCatalog::commands($_eqLogic->kind()) as $logicalId => $row) {
			$wanted = in_array($logicalId, $_logicalIds, true);
			if ($wanted && !isset($known[$logicalId])) {
				$taken[] = self::createCommand($_eqLogic, $row, $order, $taken);
				$created++;
			} elseif (isset($known[$logicalId])) {
				self::follow($known[$logicalId], $wanted);
			}
			$order++;
		}
		return $created;
	}

	private static function createRefresh($_eqLogic, $_taken) {
		$cmd = new heliographCmd();
		$cmd->setEqLogic_id($_eqLogic->getId());
		$cmd->setLogicalId('refresh');
		$cmd->setName(self::freeName(heliographCatalog::said(heliographCatalog::all()['refresh']), $_taken));
		$cmd->setType('action');
		$cmd->setSubType('other');
		$cmd->setOrder(0);
		$cmd->save();
		return $cmd->getName();
	}

	private static function createCommand($_eqLogic, $_row, $_order, $_taken) {
		$cmd = new heliographCmd();
		$cmd->setEqLogic_id($_eqLogic->getId());
		$cmd->setLogicalId($_row['logicalId']);
		$cmd->setName(self::freeName(heliographCatalog::said($_row['name']), $_taken));
		$cmd->setType('info');
		$cmd->setSubType($_row['subType']);
		$cmd->setUnite($_row['unit']);
		$cmd->setGeneric_type($_row['generic_type']);
		$cmd->setIsHistorized($_row['isHistorized']);
		$cmd->setIsVisible($_row['isVisible']);
		$cmd->setOrder($_order);
		foreach ($_row['configuration'] as $key => $value) {
			$cmd->setConfiguration($key, $value);
		}
		foreach ($_row['alert'] as $key => $value) {
			$cmd->setAlert($key, $value);
		}
		$cmd->setDisplay('icon', $_row['icon']);
		$cmd->setDisplay('forceReturnLineAfter', 1);
		foreach (array('dashboard', 'mobile') as $version) {
			$cmd->setDisplay('showIconAndName' . $version, 1);
			if ($_row['template'] != '') {
				$cmd->setTemplate($version, $_row['template']);
			}
		}
		$cmd->save();
		return $cmd->getName();
	}

	private static function follow($_cmd, $_wanted) {
		$hidden = $_cmd->getConfiguration('hiddenByGroup') == 1;
		if (!$_wanted && !$hidden && $_cmd->getIsVisible() == 1) {
			$_cmd->setConfiguration('hiddenByGroup', 1);
			$_cmd->setIsVisible(0);
			$_cmd->save(true);
		} elseif ($_wanted && $hidden) {
			$_cmd->setConfiguration('hiddenByGroup', 0);
			$_cmd->setIsVisible(1);
			$_cmd->save(true);
		}
	}

	/* The name itself, or with a number behind it where it is taken; compared as the database does. */
	public static function freeName($_name, $_taken) {
		$used = array_map(array(__CLASS__, 'folded'), $_taken);
		$name = $_name;
		for ($i = 2; in_array(self::folded($name), $used, true); $i++) {
			$name = $_name . ' (' . $i . ')';
		}
		return $name;
	}

	/* A name as the database compares it. */
	public static function folded($_name) {
		return mb_strtolower(trim(sanitizeAccent($_name)));
	}
}
