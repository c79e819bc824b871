<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

/* What people see of an equipment: the drawing on its tile, and the state of its gateway in words. */
class heliographTile {
	/* The drawing of a tile, empty for a kind that has none. */
	public static function html($_eqLogic, $_version, $_uid) {
		$kind = heliographCatalog::kind($_eqLogic->kind());
		if ($kind === null || count($kind['tile']) === 0) {
			return '';
		}
		$template = getTemplate('core', $_version, $_eqLogic->kind(), 'heliograph');
		$file = 'plugins/heliograph/core/template/' . $_version . '/' . $_eqLogic->kind() . '.html';
		if ($template == '') {
			$template = getTemplate('core', 'dashboard', $_eqLogic->kind(), 'heliograph');
			$file = 'plugins/heliograph/core/template/dashboard/' . $_eqLogic->kind() . '.html';
		}
		$gateway = $_eqLogic->gateway();
		$state = ($gateway === null) ? heliographReceiver::NOTHING_KNOWN : $gateway->state();
		$away = !in_array($state['state'], array('ok', 'unknown'), true);
		return str_replace(
			array('#hg_uid#', '#hg_away#', '#hg_note#', '#hg_parts#'),
			array(
				$_uid,
				$away ? 'hgAway' : '',
				$away ? secureXSS(self::stateWord($state['state']) . self::since($state)) : '',
				json_encode(self::parts($_eqLogic, $kind['tile']), JSON_HEX_TAG | JSON_HEX_AMP | JSON_HEX_APOS | JSON_FORCE_OBJECT),
			),
			translate::exec($template, $file)
		);
	}

	private static function since($_state) {
		if (!is_numeric($_state['last_poll'])) {
			return '';
		}
		return ', ' . __('dernière communication', __FILE__) . ' ' . date('d/m H:i', (int) $_state['last_poll']);
	}

	/* Part of the drawing => its command and last value; a value that is not known is null. */
	private static function parts($_eqLogic, $_tile) {
		$cmds = array();
		foreach ($_eqLogic->getCmd('info') as $cmd) {
			$cmds[$cmd->getLogicalId()] = $cmd;
		}
		$parts = array();
		foreach ($_tile as $part => $logicalId) {
			if (!isset($cmds[$logicalId])) {
				continue;
			}
			$value = $cmds[$logicalId]->execCmd();
			$parts[$part] = array(
				'id' => $cmds[$logicalId]->getId(),
				'name' => $cmds[$logicalId]->getName(),
				'value' => ($value === '' || $value === null) ? null : $value,
			);
		}
		return $parts;
	}

	public static function stateWord($_state) {
		switch ($_state) {
			case 'ok':
				return __('Connectée', __FILE__);
			case 'away':
				return __('Injoignable', __FILE__);
			case 'refused':
				return __('Accès refusé', __FILE__);
			case 'disabled':
				return __('Désactivée', __FILE__);
			case 'waiting':
				return __('À synchroniser', __FILE__);
		}
		return __('Inconnue', __FILE__);
	}

	/* All that the page shows of a gateway: of its secrets only whether they are set. */
	public static function forPage($_gateway) {
		$state = $_gateway->state();
		$secrets = array();
		foreach (heliograph::SECRETS as $name) {
			$secrets[$name] = heliographSecret::isKept($_gateway->getId(), $name);
		}
		return array_merge($state, array(
			'word' => self::stateWord($state['state']),
			'token_days' => $_gateway->daysOfToken(),
			'token_expires' => is_numeric($state['token_expires']) ? date('Y-m-d H:i', (int) $state['token_expires']) : '',
			'last_poll' => is_numeric($state['last_poll']) ? date('Y-m-d H:i:s', (int) $state['last_poll']) : '',
			'secrets' => $secrets,
			'daemon' => heliographDaemon::pid() !== null,
		));
	}
}
