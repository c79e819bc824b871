<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

if (!isConnect()) {
	throw new Exception('{{401 - Accès non autorisé}}');
}
?>
<div id="hg_panel" data-version="dashboard" data-language="<?php echo str_replace('_', '-', translate::getLanguage()); ?>"></div>
<?php
include_file('desktop', 'heliographPanel', 'js', 'heliograph');
