<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

if (!isConnect()) {
	throw new Exception('{{401 - Accès non autorisé}}');
}
require_once __DIR__ . '/../../core/class/heliographCatalog.class.php';
// The web server gives nothing out of the folder of the documentation: it is made into pages when the plugin is built.
$page = (init('page') === 'changelog') ? 'changelog' : 'index';
echo file_get_contents(__DIR__ . '/../../core/guide/' . heliographCatalog::language() . '/' . $page . '.html');
