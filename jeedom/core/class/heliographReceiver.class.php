<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

/* Takes what the daemon says: values, states of gateways, what a sync found, messages, answers for a page. */
class heliographReceiver {
	/* What is known of a gateway that never spoke. */
	const NOTHING_KNOWN = array(
		'state' => 'unknown',
		'text' => '',
		'serial' => '',
		'firmware' => '',
		'part' => '',
		'token_serial' => '',
		'token_role' => '',
		'token_expires' => '',
		'last_poll' => '',
		'address' => '',
		'findings' => 0,
		'remarks' => array(),
		'synced_at' => '',
	);

	public static function take($_message) {
		$forgotten = self::forgotten($_message);
		if (isset($_message['hello'])) {
			heliographDaemon::configure();
		}
		foreach (self::part($_message, 'equipment') as $id => $part) {
			self::equipment(self::gateway($id), $part);
		}
		foreach (self::part($_message, 'states') as $id => $state) {
			self::state(self::gateway($id), $state);
		}
		if (isset($_message['values']) || isset($_message['alive'])) {
			self::values(self::part($_message, 'values'), self::part($_message, 'alive'));
		}
		foreach (self::part($_message, 'missing') as $gateway => $missing) {
			self::missing($gateway, $missing);
		}
		foreach (self::part($_message, 'secrets') as $id => $secrets) {
			self::secrets(self::gateway($id), $secrets);
		}
		foreach (self::part($_message, 'settled') as $logicalId) {
			message::removeAll('heliograph', $logicalId);
		}
		foreach (self::part($_message, 'messages') as $message) {
			self::message($message);
		}
		foreach (self::part($_message, 'answers') as $answer) {
			event::add('heliograph::answer', $answer);
		}
		foreach ($forgotten as $id) {
			heliographDaemon::tell(array('action' => 'repeat', 'gateway' => $id));
		}
	}

	/* The gateways in a message of which nothing is in the cache: it was emptied, and the values with it. */
	private static function forgotten($_message) {
		$forgotten = array();
		foreach (array_keys(self::part($_message, 'alive') + self::part($_message, 'values')) as $id) {
			$gateway = self::gateway($id);
			if ($gateway !== null && $gateway->getCache('state', null) === null) {
				$forgotten[] = (int) $id;
			}
		}
		return $forgotten;
	}

	private static function part($_message, $_name) {
		return (isset($_message[$_name]) && is_array($_message[$_name])) ? $_message[$_name] : array();
	}

	/* The gateway of this id, null where there is none. */
	public static function gateway($_id) {
		$gateway = heliograph::byId($_id);
		return (is_object($gateway) && $gateway->getEqType_name() === 'heliograph' && $gateway->isGateway()) ? $gateway : null;
	}

	private static function equipment($_gateway, $_part) {
		if ($_gateway === null) {
			return;
		}
		$created = heliographSync::take($_gateway, $_part);
		$done = isset($_part['present']);
		if ($done) {
			self::keepState($_gateway, array('synced_at' => date('Y-m-d H:i:s')));
		}
		event::add('heliograph::answer', array(
			'request' => $_part['request'],
			'gateway' => (int) $_gateway->getId(),
			'kind' => $done ? 'synced' : 'progress',
			'done' => $_part['done'],
			'total' => $_part['total'],
			'created' => $created,
			'choose' => $done ? heliographSync::toChoose($_gateway, isset($_part['inverters']) ? $_part['inverters'] : 0) : 0,
		));
	}

	/* Only a change of state is shown on the tiles: it costs a redraw of each. */
	private static function state($_gateway, $_state) {
		if ($_gateway === null) {
			return;
		}
		$before = $_gateway->state();
		$now = self::keepState($_gateway, array_intersect_key($_state, self::NOTHING_KNOWN));
		event::add('heliograph::state', array('gateway' => (int) $_gateway->getId()));
		if ($before['state'] === $now['state']) {
			return;
		}
		$_gateway->refreshWidget();
		foreach ($_gateway->children() as $child) {
			$child->refreshWidget();
		}
	}

	private static function keepState($_gateway, $_news) {
		$state = array_merge($_gateway->state(), $_news);
		$_gateway->setCache('state', $state);
		return $state;
	}

	/* One query for the equipment, one per equipment that has news; null never becomes a value. */
	private static function values($_values, $_alive) {
		foreach (eqLogic::byType('heliograph', true) as $eqLogic) {
			$parts = explode(':', $eqLogic->getLogicalId(), 2);
			if (count($parts) !== 2) {
				continue;
			}
			list($gateway, $id) = $parts;
			if (isset($_values[$gateway][$id]) && is_array($_values[$gateway][$id])) {
				self::update($eqLogic, $_values[$gateway][$id]);
			}
			if (isset($_alive[$gateway]) && in_array($id, $_alive[$gateway], true)) {
				$eqLogic->setStatus(array('lastCommunication' => date('Y-m-d H:i:s'), 'timeout' => 0));
			}
		}
	}

	/* An empty text empties the command; the core would report an empty value again as if it were new. */
	private static function update($_eqLogic, $_values) {
		$redraw = false;
		foreach ($_eqLogic->getCmd('info') as $cmd) {
			$logicalId = $cmd->getLogicalId();
			if (!isset($_values[$logicalId]) || !is_scalar($_values[$logicalId])) {
				continue;
			}
			$unknown = $cmd->isUnknown();
			if ($unknown && $_values[$logicalId] === '') {
				continue;
			}
			// What is only repeated says that it was collected, but not that the equipment has spoken: `alive` says that.
			if (!$_eqLogic->checkAndUpdateCmd($cmd, $_values[$logicalId], false)) {
				$cmd->setCache('collectDate', date('Y-m-d H:i:s'));
			}
			// Open pages have another widget for a yes/no that is not known.
			$redraw = $redraw || ($cmd->getSubType() === 'binary' && $unknown !== $cmd->isUnknown());
		}
		if ($redraw) {
			$_eqLogic->refreshWidget();
		}
	}

	/* Which values an equipment does not have, and why: for its page. */
	private static function missing($_gateway, $_missing) {
		foreach ($_missing as $id => $rows) {
			$eqLogic = eqLogic::byLogicalId($_gateway . ':' . $id, 'heliograph');
			if (is_object($eqLogic) && is_array($rows)) {
				$eqLogic->setCache('missing', $rows);
			}
		}
	}

	/* A token that the daemon fetched: it outlives a restart, encrypted like those that were typed. */
	private static function secrets($_gateway, $_secrets) {
		foreach ($_secrets as $name => $value) {
			if ($_gateway !== null && in_array($name, heliograph::SECRETS, true)) {
				heliographSecret::keep($_gateway->getId(), $name, $value);
			}
		}
	}

	private static function message($_message) {
		if (count(message::byPluginLogicalId('heliograph', $_message['id'])) === 0) {
			message::add('heliograph', $_message['text'], '', $_message['id']);
		}
	}
}
