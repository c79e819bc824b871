<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

if (!isConnect('admin')) {
	throw new Exception('{{401 - Accès non autorisé}}');
}
require_once __DIR__ . '/../../core/class/heliograph.class.php';
?>
<div id="md_heliographMove">
	<div class="alert alert-info">{{L’historique est copié et les références (scénarios, vues, designs, résumés) sont remplacées par les outils de Jeedom ; l’autre plugin garde ses équipements et son historique. Faites d’abord une sauvegarde de Jeedom.}}</div>
	<form class="form-inline" style="margin-bottom:10px;">
		<label>{{Autre plugin}}
			<select class="form-control" id="hg_moveSource">
				<?php
				foreach (heliographMove::sources() as $type => $number) {
					try {
						$name = plugin::byId($type)->getName();
					} catch (Exception $e) {
						$name = $type;
					}
					echo '<option value="' . secureXSS($type) . '">' . secureXSS($name) . ' (' . $number . ')</option>';
				}
				?>
			</select>
		</label>
		<label>{{Passerelle}}
			<select class="form-control" id="hg_moveGateway">
				<?php
				foreach (heliograph::gateways() as $id => $gateway) {
					echo '<option value="' . $id . '">' . secureXSS($gateway->getName()) . '</option>';
				}
				?>
			</select>
		</label>
		<a class="btn btn-default" id="bt_moveList"><i class="fas fa-list"></i> {{Comparer les commandes}}</a>
		<a class="btn btn-default" id="bt_movePlan"><i class="fas fa-search"></i> {{Simuler}}</a>
		<a class="btn btn-warning" id="bt_moveRun"><i class="fas fa-exchange-alt"></i> {{Transférer}}</a>
	</form>
	<table class="table table-condensed table-bordered">
		<thead>
			<tr>
				<th>{{Commande de l’autre plugin}}</th>
				<th>{{Commande d’Heliograph}}</th>
				<th>{{Historique}}</th>
				<th>{{Références}}</th>
				<th>{{Résultat}}</th>
			</tr>
		</thead>
		<tbody></tbody>
	</table>
</div>
<?php
include_file('desktop', 'heliographMove', 'js', 'heliograph');
