<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

try {
	require_once __DIR__ . '/../../../../core/php/core.inc.php';
	include_file('core', 'authentification', 'php');
	if (!isConnect('admin')) {
		throw new Exception(__('401 - Accès non autorisé', __FILE__));
	}
	require_once __DIR__ . '/../class/heliograph.class.php';
	ajax::init();
	unautorizedInDemo();

	$gateway = null;
	if (init('gateway') != '') {
		$gateway = heliographReceiver::gateway(init('gateway'));
		if ($gateway === null) {
			throw new Exception(__('Passerelle inconnue', __FILE__));
		}
	}

	switch (init('action')) {
		case 'add':
			ajax::success(array('id' => heliograph::addGateway(init('host'))->getId()));
		case 'discover':
			heliographDaemon::ask(array('action' => 'discover', 'request' => init('request')));
			ajax::success();
		case 'state':
			$eqLogic = heliograph::byId(init('id'));
			if (!is_object($eqLogic) || $eqLogic->getEqType_name() !== 'heliograph') {
				throw new Exception(__('Équipement inconnu', __FILE__));
			}
			ajax::success(heliographTile::forPage($eqLogic));
		case 'sync':
			if (init('object') != '') {
				heliographSync::place($gateway, init('object'));
			}
			heliographDaemon::configure();
			heliographDaemon::ask(array(
				'action' => 'sync',
				'gateway' => (int) $gateway->getId(),
				'request' => init('request'),
				'trust' => init('trust', 0) == 1,
			));
			ajax::success();
		case 'capture':
			heliographDaemon::configure();
			heliographDaemon::ask(array('action' => 'capture', 'gateway' => (int) $gateway->getId(), 'request' => init('request')));
			ajax::success();
		case 'captured':
			ajax::success(heliographDaemon::capture($gateway->getId()));
		case 'tiles':
			$gateway->setConfiguration('tiles', (init('tiles') === 'single') ? 'single' : 'roof');
			$gateway->save();
			ajax::success();
		case 'roofs':
			ajax::success(heliographRoof::forPage($gateway));
		case 'arrange':
			heliographRoof::arrange($gateway, (array) json_decode(init('rows'), true), init('rename', 0) == 1);
			ajax::success();
		case 'test':
			// What is typed and not yet saved is tried; what is not typed is taken from what is kept.
			$settings = $gateway->settings();
			foreach (array('host', 'enlighten_user', 'password', 'token', 'enlighten_password') as $name) {
				if (trim(init($name)) != '') {
					$settings[$name] = trim(init($name));
				}
			}
			heliographDaemon::ask(array('action' => 'test', 'request' => init('request'), 'settings' => $settings));
			ajax::success();
		case 'moveProposal':
			ajax::success(heliographMove::propose(init('type'), $gateway));
		case 'movePlan':
			ajax::success(heliographMove::plan((array) json_decode(init('pairs'), true)));
		case 'moveRun':
			ajax::success(heliographMove::run((array) json_decode(init('pairs'), true)));
		case 'forget':
			if (!in_array(init('secret'), heliograph::SECRETS, true)) {
				throw new Exception(__('Identifiant inconnu', __FILE__));
			}
			heliographSecret::forget($gateway->getId(), init('secret'));
			heliographDaemon::configure();
			ajax::success();
	}
	throw new Exception(__('Aucune méthode correspondante à', __FILE__) . ' : ' . secureXSS(init('action')));
} catch (Throwable $e) {
	ajax::error(displayException($e), $e->getCode());
}
