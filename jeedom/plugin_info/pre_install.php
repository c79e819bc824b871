<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

require_once __DIR__ . '/../../../core/php/core.inc.php';

/* The core stops the daemon before it calls heliograph_update(): whether it ran is known only here. */
function heliograph_pre_update() {
	cache::set('heliograph::ran', (class_exists('heliograph') && heliographDaemon::pid() !== null) ? 1 : 0);
}
