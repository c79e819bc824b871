<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

/* The panel: what every user who may see a gateway sees of it. Its curves are files that the daemon writes. */
class heliographPanel {
	/* The gateways that the user may see: id => name. */
	public static function gateways() {
		$gateways = array();
		foreach (heliograph::gateways() as $id => $gateway) {
			if ($gateway->getIsEnable() == 1 && $gateway->hasRight('r')) {
				$gateways[$id] = $gateway->getName();
			}
		}
		return $gateways;
	}

	/* The gateway of this id; throws where the user may not see it. */
	public static function gateway($_id) {
		if (!isset(self::gateways()[$_id])) {
			throw new Exception(__('Passerelle inconnue', __FILE__));
		}
		return heliographReceiver::gateway($_id);
	}

	/* The curve of a day, `2026-06-18`, or the energies of a year, `2026`; null where there are none. */
	public static function history($_gateway, $_span) {
		if (!preg_match('/^\d{4}(-\d{2}-\d{2})?$/D', $_span)) {
			throw new Exception(__('Période inconnue', __FILE__));
		}
		$file = ((strlen($_span) === 4) ? 'year-' : 'day-') . $_span . '.json';
		$path = self::folder() . '/' . (int) $_gateway->getId() . '/' . $file;
		return file_exists($path) ? json_decode(file_get_contents($path), true) : null;
	}

	private static function folder() {
		return __DIR__ . '/../../data/history';
	}

	/* The energies of each year: year => what => energy and number of days. */
	public static function years($_gateway) {
		$years = array();
		foreach (glob(self::folder() . '/' . (int) $_gateway->getId() . '/year-*.json') as $file) {
			$year = substr(basename($file, '.json'), strlen('year-'));
			$years[$year] = self::history($_gateway, $year)['total'];
		}
		return $years;
	}

	/* The tiles of the gateway and its roofs, and what there is to say of it. */
	public static function now($_gateway, $_version) {
		$tiles = array($_gateway->toHtml($_version));
		foreach ($_gateway->children() as $child) {
			if ($child->kind() === 'roof' && $child->getIsEnable() == 1 && $child->hasRight('r')) {
				$tiles[] = $child->toHtml($_version);
			}
		}
		$state = $_gateway->state();
		return array(
			'tiles' => $tiles,
			'state' => heliographTile::stateWord($state['state']),
			'label' => heliographTile::stateLabel($state['state']),
			'text' => $state['text'],
			'remarks' => $state['remarks'],
			'missing' => $_gateway->getCache('missing', array()),
			'today' => date('Y-m-d'),
		);
	}
}
