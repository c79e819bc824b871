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
		$parts = self::parts($_eqLogic, $kind['tile']) + self::cells($_eqLogic);
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
				$parts[$part] = self::part($cmds[$logicalId], $cmds[$logicalId]->getName());
				$parts[$part]['states'] = heliographCatalog::states($_eqLogic->kind(), $logicalId);
			}
		}
		return $parts;
	}

	private static function part($_cmd, $_name) {
		$value = $_cmd->execCmd();
		return array(
			'id' => $_cmd->getId(),
			'name' => $_name,
			'history' => $_cmd->getIsHistorized() == 1,
			'value' => ($value === '') ? null : $value,
		);
	}

	/* The cells of a roof: the power of each of its inverters, under the inverter's name. */
	private static function cells($_roof) {
		$cells = array();
		$names = array();
		foreach ($_roof->inverters() as $inverter) {
			$group = $inverter->getConfiguration('roof');
			$names[$group] = isset($names[$group]) ? $names[$group] : $inverter->roofName();
			$power = $inverter->getCmd('info', 'power');
			if (is_object($power)) {
				$cells['cell' . $inverter->getId()] = self::part($power, $inverter->getName()) + array('group' => $names[$group]);
			}
		}
		return $cells;
	}

	/*
	 * Widgets for single commands, in the core's own terms: sub-type => name => test of the value => icon. The name is
	 * kept in the command and the same in every language.
	 */
	const WIDGETS = array(
		'numeric' => array(
			'solar' => array('#value# > 0' => 'fas fa-sun icon_yellow', '#value# <= 0' => 'fas fa-moon'),
			'grid' => array(
				'#value# > 0' => 'fas fa-sign-in-alt icon_orange',
				'#value# < 0' => 'fas fa-sign-out-alt icon_green',
				'#value# == 0' => 'fas fa-plug',
			),
			'battery' => array(
				'#value# > 0' => 'fas fa-arrow-up icon_orange',
				'#value# < 0' => 'fas fa-arrow-down icon_green',
				'#value# == 0' => 'fas fa-car-battery',
			),
			'level' => array(
				'#value# < 10' => 'fas fa-battery-empty icon_red',
				'#value# >= 10' => 'fas fa-battery-quarter icon_orange',
				'#value# >= 37' => 'fas fa-battery-half',
				'#value# >= 62' => 'fas fa-battery-three-quarters icon_green',
				'#value# >= 88' => 'fas fa-battery-full icon_green',
			),
		),
		'string' => array(
			'battery' => array(
				'#value# == "charging"' => 'fas fa-arrow-down icon_green',
				'#value# == "discharging"' => 'fas fa-arrow-up icon_orange',
				'#value# == "idle"' => 'fas fa-car-battery',
			),
		),
	);

	public static function widgets() {
		$widgets = array('binary' => array('communication' => array('template' => 'tmplicon', 'replace' => array(
			'#_icon_on_#' => '<i class="icon_green fas fa-wifi"></i>',
			'#_icon_off_#' => '<i class="icon_red fas fa-ban"></i>',
		))));
		foreach (self::WIDGETS as $subType => $named) {
			foreach ($named as $name => $icons) {
				$tests = array();
				foreach ($icons as $operation => $icon) {
					$tests[] = array('operation' => $operation, 'state_light' => '<i class="' . $icon . '"></i>');
				}
				$widgets[$subType][$name] = array('template' => 'hgIcon', 'replace' => array('#hg_subtype#' => $subType), 'test' => $tests);
			}
		}
		return array('info' => $widgets);
	}

	public static function stateWord($_state) {
		$words = array(
			'ok' => __('Connectée', __FILE__),
			'partial' => __('Réponses incomplètes', __FILE__),
			'away' => __('Injoignable', __FILE__),
			'faulty' => __('Réponses inutilisables', __FILE__),
			'replaced' => __('Autre passerelle', __FILE__),
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
