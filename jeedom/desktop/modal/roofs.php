<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

if (!isConnect('admin')) {
	throw new Exception('{{401 - Accès non autorisé}}');
}
?>
<div id="md_heliographRoofs">
	<div class="alert alert-info">{{Un groupe réunit les micro-onduleurs qui voient le même soleil : un pan de toit, une rangée, une orientation. Chaque groupe devient un équipement avec sa puissance, sa part de l’attendu et son rapport du soir.}}</div>
	<form class="form-inline" style="margin-bottom:10px;">
		<label>{{Groupe}} <input class="form-control" id="hg_roofName" list="hg_roofNames" placeholder="{{Toit sud}}"></label>
		<datalist id="hg_roofNames"></datalist>
		<a class="btn btn-default" id="bt_roofSet"><i class="fas fa-layer-group"></i> {{Mettre les lignes cochées dans ce groupe}}</a>
		<label class="checkbox-inline"><input type="checkbox" id="hg_roofRename" checked>{{Nommer les micro-onduleurs d’après leur place}}</label>
		<a class="btn btn-success" id="bt_roofSave"><i class="fas fa-check-circle"></i> {{Sauvegarder}}</a>
	</form>
	<table class="table table-condensed table-bordered">
		<thead>
			<tr>
				<th style="width:30px;"><input type="checkbox" id="hg_roofAll"></th>
				<th>{{Micro-onduleur}}</th>
				<th>{{Numéro de série}}</th>
				<th>{{Groupe}}</th>
				<th style="width:90px;">{{Place}}</th>
			</tr>
		</thead>
		<tbody></tbody>
	</table>
</div>
<?php
include_file('desktop', 'heliographRoofs', 'js', 'heliograph');
