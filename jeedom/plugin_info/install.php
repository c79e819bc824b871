<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

require_once __DIR__ . '/../../../core/php/core.inc.php';

/* Called at every activation too: nothing here may undo what is there. */
function heliograph_install() {
	heliograph_prepare();
}

function heliograph_update() {
	heliograph_prepare();
	// The core stopped it, and would leave it so for minutes; with other dependencies it starts once they are there.
	$ran = cache::byKey('heliograph::ran')->getValue(0);
	cache::delete('heliograph::ran');
	if ($ran == 1 && heliograph::additionnalDependancyCheck()['state'] === 'ok') {
		heliographDaemon::start();
	}
}

/* Deactivation calls this as well: settings, equipment and history stay; the core removes them with the plugin. */
function heliograph_remove() {
	message::removeAll('heliograph');
	// What was said in them is said again after a reactivation.
	config::save('remind', 1, 'heliograph');
}

function heliograph_prepare() {
	$data = __DIR__ . '/../data';
	if (!is_dir($data)) {
		mkdir($data, 0700, true);
	}
	// The core opens every file of a plugin to all at each update.
	chmod($data, 0700);
	// The key is for the daemon on this machine, and for nothing but its callback.
	jeedom::getApiKey('heliograph', 'localhost');
	config::save('api::heliograph::restricted', 1);
}
