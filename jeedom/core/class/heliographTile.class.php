<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

/* What people see of an equipment: the drawing on its tile, and the state of its gateway in words. */
class heliographTile {
	const FOLDER = 'plugins/heliograph/core/template/dashboard/';

	/* The drawing of a tile, the same on desktop and mobile; empty for a kind that has none. */
	public static function html($_eqLogic, $_uid) {
		$kind = heliographCatalog::kind($_eqLogic->kind());
		if ($kind === null || count($kind['tile']) === 0) {
			return '';
		}
		$gateway = $_eqLogic->gateway();
		$state = ($gateway === null) ? heliographReceiver::NOTHING_KNOWN : $gateway->state();
		$away = !in_array($state['state'], array('ok', 'unknown', 'partial'), true);
		$parts = self::parts($_eqLogic, $kind['tile']);
		$replace = array(
			'#hg_drawing#' => self::template($_eqLogic->kind()),
			'#hg_uid#' => $_uid,
			'#hg_kind#' => $_eqLogic->kind(),
			'#hg_class#' => $_eqLogic->kind() . ($away ? ' hgAway' : ''),
			'#hg_note#' => secureXSS(self::note($state, $away, $parts)),
			'#hg_language#' => str_replace('_', '-', translate::getLanguage()),
			'#hg_parts#' => json_encode($parts, JSON_HEX_TAG | JSON_HEX_AMP | JSON_HEX_APOS | JSON_FORCE_OBJECT),
		);
		return str_replace(array_keys($replace), array_values($replace), self::template('tile'));
	}

	private static function template($_name) {
		return translate::exec(getTemplate('core', 'dashboard', $_name, 'heliograph'), self::FOLDER . $_name . '.html');
	}

	/* What the tile says below its drawing: why all of it is old, or some of it is not there. */
	private static function note($_state, $_away, $_parts) {
		if ($_away) {
			return self::stateWord($_state['state']) . self::since($_state);
		}
		$unknown = in_array(null, array_column($_parts, 'value'), true);
		return ($_state['state'] === 'partial' && $unknown) ? self::stateWord('partial') : '';
	}

	private static function since($_state) {
		if (!is_numeric($_state['last_poll'])) {
			return '';
		}
		return ' ' . __('depuis le', __FILE__) . ' ' . date('d/m H:i', (int) $_state['last_poll']);
	}

	/* Part of the drawing => its command and last value; what is not known is null. */
	private static function parts($_eqLogic, $_tile) {
		$cmds = array();
		foreach ($_eqLogic->getCmd('info') as $cmd) {
			$cmds[$cmd->getLogicalId()] = $cmd;
		}
		$parts = array();
		foreach ($_tile as $part => $logicalId) {
			$parts[$part] = array('id' => null, 'value' => null);
			if (isset($cmds[$logicalId])) {
				$value = $cmds[$logicalId]->execCmd();
				$parts[$part] = array(
					'id' => $cmds[$logicalId]->getId(),
					'name' => $cmds[$logicalId]->getName(),
					'history' => $cmds[$logicalId]->getIsHistorized() == 1,
					'value' => ($value === '') ? null : $value,
					'states' => heliographCatalog::states($_eqLogic->kind(), $logicalId),
				);
			}
		}
		return $parts;
	}

	public static function stateWord($_state) {
		$words = array(
			'ok' => __('Connectée', __FILE__),
			'partial' => __('Réponses incomplètes', __FILE__),
			'away' => __('Injoignable', __FILE__),
			'refused' => __('Accès refusé', __FILE__),
			'changed' => __('Certificat changé', __FILE__),
			'twin' => __('En double', __FILE__),
			'disabled' => __('Désactivée', __FILE__),
			'waiting' => __('À compléter', __FILE__),
		);
		return isset($words[$_state]) ? $words[$_state] : __('Inconnue', __FILE__);
	}

	/* The colour that a state is labelled with. */
	public static function stateLabel($_state) {
		$labels = array('ok' => 'success', 'unknown' => 'default', 'disabled' => 'default', 'waiting' => 'warning', 'partial' => 'warning');
		return isset($labels[$_state]) ? $labels[$_state] : 'danger';
	}

	/* All that the page shows of an equipment beside its settings; of secrets only whether they are set. */
	public static function forPage($_eqLogic) {
		$page = array('missing' => $_eqLogic->getCache('missing', array()));
		return $_eqLogic->isGateway() ? array_merge($page, self::gatewayForPage($_eqLogic)) : $page;
	}

	private static function gatewayForPage($_gateway) {
		$state = $_gateway->state();
		$secrets = array();
		foreach (heliograph::SECRETS as $name) {
			$secrets[$name] = heliographSecret::isKept($_gateway->getId(), $name);
		}
		return array_merge($state, array(
			'word' => self::stateWord($state['state']),
			'label' => self::stateLabel($state['state']),
			'token_left' => $_gateway->tokenLeft(),
			'token_ends' => $_gateway->tokenEnds(),
			'token_expires' => is_numeric($state['token_expires']) ? date('Y-m-d H:i', (int) $state['token_expires']) : '',
			'last_poll' => is_numeric($state['last_poll']) ? date('Y-m-d H:i:s', (int) $state['last_poll']) : '',
			'secrets' => $secrets,
			'daemon' => heliographDaemon::pid() !== null,
		));
	}
}
