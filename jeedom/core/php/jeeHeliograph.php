<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

require_once __DIR__ . '/../../../../core/php/core.inc.php';

// By header: as a part of the address the key would stand in the web server's log.
$key = isset($_SERVER['HTTP_HELIOGRAPH_KEY']) ? $_SERVER['HTTP_HELIOGRAPH_KEY'] : '';
if (!jeedom::apiAccess($key, 'heliograph')) {
	http_response_code(401);
	die();
}
if (init('test') != '') {
	echo 'OK';
	die();
}
$message = json_decode(file_get_contents('php://input'), true);
if (!is_array($message)) {
	http_response_code(400);
	die();
}
require_once __DIR__ . '/../class/heliograph.class.php';
try {
	heliographReceiver::take($message);
	echo 'OK';
} catch (Throwable $e) {
	log::add('heliograph', 'error', log::exception($e));
	http_response_code(500);
}
