<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

require_once __DIR__ . '/../../../core/php/core.inc.php';
include_file('core', 'authentification', 'php');
if (!isConnect('admin')) {
	include_file('desktop', '404', 'php');
	die();
}
?>
<form class="form-horizontal">
	<fieldset>
		<div class="form-group">
			<label class="col-md-4 control-label">{{Port du démon}}
				<sup><i class="fas fa-question-circle tooltips" title="{{Port local par lequel Jeedom joint le démon. À changer seulement s’il est déjà utilisé ; redémarrez ensuite le démon}}"></i></sup>
			</label>
			<div class="col-md-4">
				<input class="configKey form-control" data-l1key="socketport" placeholder="55019">
			</div>
		</div>
		<div class="form-group">
			<label class="col-md-4 control-label">{{Passerelles}}</label>
			<div class="col-md-6">
				<span>{{Adresse et identifiants se règlent par passerelle, sur la page du plugin :}}</span>
				<a href="index.php?v=d&m=heliograph&p=heliograph">{{Plugins, Energie, Heliograph (Enphase Envoy)}}</a>
			</div>
		</div>
	</fieldset>
</form>
