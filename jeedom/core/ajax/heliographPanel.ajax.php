<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

/* For every user, not only administrators: nothing here changes anything. */
try {
	require_once __DIR__ . '/../../../../core/php/core.inc.php';
	include_file('core', 'authentification', 'php');
	if (!isConnect()) {
		throw new Exception(__('401 - Accès non autorisé', __FILE__));
	}
	require_once __DIR__ . '/../class/heliograph.class.php';
	ajax::init();

	switch (init('action')) {
		case 'gateways':
			ajax::success(heliographPanel::gateways());
		case 'now':
			ajax::success(heliographPanel::now(heliographPanel::gateway(init('gateway')), (init('version') === 'mobile') ? 'mobile' : 'dashboard'));
		case 'history':
			ajax::success(heliographPanel::history(heliographPanel::gateway(init('gateway')), init('span')));
		case 'years':
			ajax::success(heliographPanel::years(heliographPanel::gateway(init('gateway'))));
	}
	throw new Exception(__('Aucune méthode correspondante à', __FILE__) . ' : ' . secureXSS(init('action')));
} catch (Throwable $e) {
	ajax::error(displayException($e), $e->getCode());
}
