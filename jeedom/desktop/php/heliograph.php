<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

if (!isConnect('admin')) {
	throw new Exception('{{401 - Accès non autorisé}}');
}
$plugin = plugin::byId('heliograph');
sendVarToJS('eqType', $plugin->getId());
$gateways = heliograph::gateways();
$families = array();
foreach (eqLogic::byType($plugin->getId()) as $eqLogic) {
	if (!$eqLogic->isGateway()) {
		$families[(int) $eqLogic->getConfiguration('gateway')][] = $eqLogic;
	}
}

function heliographCard($_eqLogic) {
	$opacity = ($_eqLogic->getIsEnable()) ? '' : 'disableCard';
	$retired = ($_eqLogic->getConfiguration('retired') == 1) ? ' <i class="fas fa-archive" title="{{Retiré de la passerelle}}"></i>' : '';
	echo '<div class="eqLogicDisplayCard cursor ' . $opacity . '" data-eqLogic_id="' . $_eqLogic->getId() . '">';
	echo '<img src="' . $_eqLogic->getImage() . '"/>';
	echo '<br>';
	echo '<span class="name">' . $_eqLogic->getHumanName(true, true) . $retired . '</span>';
	echo '<span class="hiddenAsCard displayTableRight hidden">';
	echo '<span style="margin-right:20px;font-size:12px;">' . secureXSS(trim($_eqLogic->getConfiguration('model') . ' ' . $_eqLogic->getConfiguration('part_number'))) . '</span>';
	echo ($_eqLogic->getIsVisible() == 1) ? '<i class="fas fa-eye" title="{{Équipement visible}}"></i>' : '<i class="fas fa-eye-slash" title="{{Équipement non visible}}"></i>';
	echo '</span>';
	echo '</div>';
}
?>

<div class="row row-overflow">
	<div class="col-xs-12 eqLogicThumbnailDisplay">
		<legend><i class="fas fa-cog"></i> {{Gestion}}</legend>
		<div class="eqLogicThumbnailContainer">
			<div class="cursor logoPrimary hgAction" data-action="add">
				<i class="fas fa-plus-circle"></i>
				<br>
				<span>{{Ajouter une passerelle}}</span>
			</div>
			<div class="cursor logoSecondary hgAction" data-action="discover">
				<i class="fas fa-search"></i>
				<br>
				<span>{{Rechercher}}</span>
			</div>
			<div class="cursor logoSecondary hgAction" data-action="move">
				<i class="fas fa-exchange-alt"></i>
				<br>
				<span>{{Autre plugin}}</span>
			</div>
			<div class="cursor eqLogicAction logoSecondary" data-action="gotoPluginConf">
				<i class="fas fa-wrench"></i>
				<br>
				<span>{{Configuration}}</span>
			</div>
		</div>
		<div id="hg_found"></div>
		<?php
		if (count($gateways) == 0) {
			echo '<br><div class="text-center" style="font-size:1.2em;font-weight:bold;">{{Aucune passerelle : cliquez sur « Rechercher » ou « Ajouter une passerelle » pour commencer}}</div>';
		} else {
			echo '<div class="input-group" style="margin:5px;">';
			echo '<input class="form-control roundedLeft" placeholder="{{Rechercher}}" id="in_searchEqlogic">';
			echo '<div class="input-group-btn">';
			echo '<a id="bt_resetSearch" class="btn" style="width:30px"><i class="fas fa-times"></i></a>';
			echo '<a class="btn roundedRight hidden" id="bt_pluginDisplayAsTable" data-coreSupport="1" data-state="0"><i class="fas fa-grip-lines"></i></a>';
			echo '</div>';
			echo '</div>';
		}
		foreach ($gateways as $id => $gateway) {
			$state = $gateway->state();
			$about = array_filter(array($gateway->getConfiguration('host'), $state['serial'], $state['firmware']));
			echo '<legend data-hg_id="' . $id . '" data-hg_host="' . secureXSS($gateway->getConfiguration('host')) . '" data-hg_serial="' . secureXSS($state['serial']) . '">';
			echo '<i class="fas fa-solar-panel"></i> ' . secureXSS($gateway->getName()) . ' <small>' . secureXSS(implode(' · ', $about));
			echo ' <span class="label label-' . heliographTile::stateLabel($state['state']) . '">' . secureXSS(heliographTile::stateWord($state['state'])) . '</span></small></legend>';
			echo '<div class="eqLogicThumbnailContainer">';
			heliographCard($gateway);
			foreach (isset($families[$id]) ? $families[$id] : array() as $eqLogic) {
				heliographCard($eqLogic);
			}
			echo '</div>';
			unset($families[$id]);
		}
		if (count($families) > 0) {
			echo '<legend><i class="fas fa-unlink"></i> {{Sans passerelle}}</legend><div class="eqLogicThumbnailContainer">';
			foreach ($families as $family) {
				array_map('heliographCard', $family);
			}
			echo '</div>';
		}
		?>
	</div>

	<div class="col-xs-12 eqLogic" style="display: none;">
		<div class="input-group pull-right" style="display:inline-flex;">
			<span class="input-group-btn">
				<a class="btn btn-sm btn-primary hgAction hgGateway roundedLeft" data-action="sync"><i class="fas fa-sync"></i> {{Synchroniser}}
				</a><a class="btn btn-sm btn-default eqLogicAction" data-action="configure"><i class="fas fa-cogs"></i><span class="hidden-xs"> {{Configuration avancée}}</span>
				</a><a class="btn btn-sm btn-success eqLogicAction" data-action="save"><i class="fas fa-check-circle"></i> {{Sauvegarder}}
				</a><a class="btn btn-sm btn-danger eqLogicAction roundedRight" data-action="remove"><i class="fas fa-minus-circle"></i> {{Supprimer}}
				</a>
			</span>
		</div>
		<ul class="nav nav-tabs" role="tablist">
			<li role="presentation"><a href="#" class="eqLogicAction" aria-controls="home" role="tab" data-toggle="tab" data-action="returnToThumbnailDisplay"><i class="fas fa-arrow-circle-left"></i></a></li>
			<li role="presentation" class="active"><a href="#eqlogictab" aria-controls="home" role="tab" data-toggle="tab"><i class="fas fa-tachometer-alt"></i> {{Équipement}}</a></li>
			<li role="presentation"><a href="#commandtab" aria-controls="home" role="tab" data-toggle="tab"><i class="fas fa-list"></i> {{Commandes}}</a></li>
		</ul>
		<div class="tab-content">
			<div role="tabpanel" class="tab-pane active" id="eqlogictab">
				<form class="form-horizontal" autocomplete="off">
					<fieldset>
						<div class="col-lg-6">
							<legend><i class="fas fa-wrench"></i> {{Paramètres généraux}}</legend>
							<div class="form-group">
								<label class="col-sm-4 control-label">{{Nom de l’équipement}}</label>
								<div class="col-sm-6">
									<input type="text" class="eqLogicAttr form-control" data-l1key="id" style="display:none;">
									<input type="text" class="eqLogicAttr form-control" data-l1key="configuration" data-l2key="kind" style="display:none;">
									<input type="text" class="eqLogicAttr form-control" data-l1key="name" placeholder="{{Nom de l’équipement}}">
								</div>
							</div>
							<div class="form-group">
								<label class="col-sm-4 control-label">{{Objet parent}}</label>
								<div class="col-sm-6">
									<select class="eqLogicAttr form-control" data-l1key="object_id">
										<option value="">{{Aucun}}</option>
										<?php
										foreach ((jeeObject::buildTree(null, false)) as $object) {
											echo '<option value="' . $object->getId() . '">' . str_repeat('&nbsp;&nbsp;', (int) $object->getConfiguration('parentNumber')) . $object->getName() . '</option>';
										}
										?>
									</select>
								</div>
							</div>
							<div class="form-group">
								<label class="col-sm-4 control-label">{{Catégorie}}</label>
								<div class="col-sm-6">
									<?php
									foreach (jeedom::getConfiguration('eqLogic:category') as $key => $value) {
										echo '<label class="checkbox-inline">';
										echo '<input type="checkbox" class="eqLogicAttr" data-l1key="category" data-l2key="' . $key . '" >' . $value['name'];
										echo '</label>';
									}
									?>
								</div>
							</div>
							<div class="form-group">
								<label class="col-sm-4 control-label">{{Options}}</label>
								<div class="col-sm-6">
									<label class="checkbox-inline"><input type="checkbox" class="eqLogicAttr" data-l1key="isEnable">{{Activer}}</label>
									<label class="checkbox-inline"><input type="checkbox" class="eqLogicAttr" data-l1key="isVisible">{{Visible}}</label>
								</div>
							</div>

							<div class="hgGateway">
								<legend><i class="fas fa-network-wired"></i> {{Connexion}}</legend>
								<div class="form-group">
									<label class="col-sm-4 control-label">{{Adresse de la passerelle}}
										<sup><i class="fas fa-question-circle tooltips" title="{{Adresse IP ou nom de la passerelle sur votre réseau, par exemple 192.168.1.50 ou envoy.local}}"></i></sup>
									</label>
									<div class="col-sm-6">
										<div class="input-group">
											<input type="text" class="eqLogicAttr form-control roundedLeft" data-l1key="configuration" data-l2key="host" placeholder="192.168.1.50">
											<span class="input-group-btn"><a class="btn btn-default hgAction roundedRight" data-action="discover"><i class="fas fa-search"></i> {{Rechercher}}</a></span>
										</div>
										<div id="hg_foundHere"></div>
									</div>
								</div>
								<div class="form-group">
									<label class="col-sm-4 control-label">{{Mot de passe}}
										<sup><i class="fas fa-question-circle tooltips" title="{{Firmware antérieur à la version 7. Laissez vide pour le mot de passe par défaut : les 6 derniers caractères du numéro de série}}"></i></sup>
									</label>
									<div class="col-sm-6">
										<div class="input-group">
											<input type="text" class="eqLogicAttr form-control inputPassword roundedLeft" autocomplete="off" data-l1key="configuration" data-l2key="password">
											<span class="input-group-addon" data-hgsecret="password"></span>
											<span class="input-group-btn"><a class="btn btn-default hgAction roundedRight" data-action="forget" data-secret="password" title="{{Effacer}}"><i class="fas fa-eraser"></i></a></span>
										</div>
										<span class="help-block">{{Jusqu’à la version 6. Vide : les 6 derniers caractères du numéro de série.}}</span>
									</div>
								</div>
								<div class="form-group">
									<label class="col-sm-4 control-label">{{Jeton d’accès}}
										<sup><i class="fas fa-question-circle tooltips" title="{{Firmware 7 et suivants : collez le jeton obtenu sur https://entrez.enphaseenergy.com}}"></i></sup>
									</label>
									<div class="col-sm-6">
										<div class="input-group">
											<input type="text" class="eqLogicAttr form-control inputPassword roundedLeft" autocomplete="off" data-l1key="configuration" data-l2key="token">
											<span class="input-group-addon" data-hgsecret="token"></span>
											<span class="input-group-btn"><a class="btn btn-default hgAction roundedRight" data-action="forget" data-secret="token" title="{{Effacer}}"><i class="fas fa-eraser"></i></a></span>
										</div>
										<span class="help-block">{{À partir de la version 7 :}} <a href="https://entrez.enphaseenergy.com" target="_blank" rel="noopener">entrez.enphaseenergy.com</a></span>
										<span class="help-block" id="hg_token"></span>
									</div>
								</div>
								<div class="form-group">
									<label class="col-sm-4 control-label">{{Compte Enlighten}}
										<sup><i class="fas fa-question-circle tooltips" title="{{Facultatif : jeton obtenu et renouvelé automatiquement. Impossible avec la double authentification}}"></i></sup>
									</label>
									<div class="col-sm-6">
										<input type="text" class="eqLogicAttr form-control" autocomplete="off" data-l1key="configuration" data-l2key="enlighten_user" placeholder="{{Adresse e-mail}}">
									</div>
								</div>
								<div class="form-group">
									<label class="col-sm-4 control-label">{{Mot de passe Enlighten}}</label>
									<div class="col-sm-6">
										<div class="input-group">
											<input type="text" class="eqLogicAttr form-control inputPassword roundedLeft" autocomplete="off" data-l1key="configuration" data-l2key="enlighten_password">
											<span class="input-group-addon" data-hgsecret="enlighten_password"></span>
											<span class="input-group-btn"><a class="btn btn-default hgAction roundedRight" data-action="forget" data-secret="enlighten_password" title="{{Effacer}}"><i class="fas fa-eraser"></i></a></span>
										</div>
									</div>
								</div>
								<div class="form-group">
									<label class="col-sm-4 control-label"></label>
									<div class="col-sm-6">
										<a class="btn btn-default hgAction" data-action="test"><i class="fas fa-plug"></i> {{Tester}}</a>
										<a class="btn btn-default hgAction" data-action="capture" title="{{Enregistre ce que la passerelle répond, sans secrets et sous des noms inventés, dans un fichier à joindre à une demande d’aide}}"><i class="fas fa-file-download"></i> {{Capturer}}</a>
										<div id="hg_answer" style="margin-top:8px;"></div>
									</div>
								</div>
							</div>
						</div>

						<div class="col-lg-6">
							<div class="hgGateway">
								<legend><i class="fas fa-heartbeat"></i> {{État}}</legend>
								<div class="form-group"><label class="col-sm-4 control-label">{{État}}</label><div class="col-sm-8"><span class="label" id="hg_state"></span> <span id="hg_stateText"></span> <a class="btn btn-warning btn-xs hgAction" data-action="accept" id="hg_accept"><i class="fas fa-check"></i> {{Accepter}}</a></div></div>
								<div class="form-group" id="hg_moved"><label class="col-sm-4 control-label">{{Adresse actuelle}}
									<sup><i class="fas fa-question-circle tooltips" title="{{La passerelle a changé d’adresse : elle a été retrouvée sur le réseau par son numéro de série}}"></i></sup></label><div class="col-sm-8"><span data-hg="address"></span></div></div>
								<div class="form-group"><label class="col-sm-4 control-label">{{Numéro de série}}</label><div class="col-sm-8"><span data-hg="serial"></span></div></div>
								<div class="form-group"><label class="col-sm-4 control-label">{{Firmware}}</label><div class="col-sm-8"><span data-hg="firmware"></span> <span data-hg="part"></span></div></div>
								<div class="form-group"><label class="col-sm-4 control-label">{{Dernière communication}}</label><div class="col-sm-8"><span data-hg="last_poll"></span></div></div>
								<div class="form-group"><label class="col-sm-4 control-label">{{Dernière synchronisation}}</label><div class="col-sm-8"><span data-hg="synced_at"></span></div></div>
								<div class="form-group"><label class="col-sm-4 control-label">{{Anomalies}}
									<sup><i class="fas fa-question-circle tooltips" title="{{Valeurs de la passerelle corrigées ou écartées}}"></i></sup></label><div class="col-sm-8"><span data-hg="findings"></span><ul id="hg_remarks" style="padding-left:18px;"></ul></div></div>
								<div class="form-group">
									<label class="col-sm-4 control-label">{{Tuiles des micro-onduleurs}}
										<sup><i class="fas fa-question-circle tooltips" title="{{Le choix vaut pour cette passerelle et peut être changé à tout moment ; équipements et commandes existent dans tous les cas}}"></i></sup>
									</label>
									<div class="col-sm-6">
										<select class="eqLogicAttr form-control" data-l1key="configuration" data-l2key="tiles">
											<option value="">{{Automatique : une tuile du toit à partir de 8}}</option>
											<option value="roof">{{Une tuile pour tout le toit}}</option>
											<option value="single">{{Une tuile par micro-onduleur}}</option>
										</select>
										<a class="btn btn-default btn-sm hgAction" data-action="roofs" style="margin-top:4px;"><i class="fas fa-th"></i> {{Groupes de micro-onduleurs}}</a>
									</div>
								</div>
								<legend><i class="fas fa-layer-group"></i> {{Commandes supplémentaires}}</legend>
								<div class="form-group">
									<label class="col-sm-4 control-label">{{Groupes}}
										<sup><i class="fas fa-question-circle tooltips" title="{{Cochez, sauvegardez, puis synchronisez}}"></i></sup>
									</label>
									<div class="col-sm-8">
										<?php
										foreach (heliographCatalog::groups() as $group => $name) {
											echo '<label class="checkbox" style="margin:0 0 0 20px;font-weight:normal;"><input type="checkbox" class="eqLogicAttr" data-l1key="configuration" data-l2key="groups" data-l3key="' . $group . '">' . secureXSS($name) . '</label>';
										}
										?>
									</div>
								</div>
							</div>
							<div class="hgDevice">
								<legend><i class="fas fa-info"></i> {{Informations}}</legend>
								<div class="form-group"><label class="col-sm-4 control-label">{{Passerelle}}</label><div class="col-sm-8"><a id="hg_gateway"></a></div></div>
								<div class="form-group"><label class="col-sm-4 control-label">{{Identifiant}}</label><div class="col-sm-8"><span class="label label-info" data-hgdevice="device"></span></div></div>
								<div class="form-group"><label class="col-sm-4 control-label">{{Modèle}}</label><div class="col-sm-8"><span data-hgdevice="model"></span></div></div>
								<div class="form-group"><label class="col-sm-4 control-label">{{Référence}}</label><div class="col-sm-8"><span data-hgdevice="part_number"></span></div></div>
								<div class="form-group"><label class="col-sm-4 control-label">{{Dernière communication}}</label><div class="col-sm-8"><span data-hgdevice="lastCommunication"></span></div></div>
							</div>
							<div class="form-group" id="hg_missing">
								<label class="col-sm-4 control-label">{{Valeurs absentes}}
									<sup><i class="fas fa-question-circle tooltips" title="{{Une valeur absente n’est jamais remplacée par 0}}"></i></sup>
								</label>
								<div class="col-sm-8"><ul style="padding-left:18px;"></ul></div>
							</div>
							<div class="form-group">
								<label class="col-sm-4 control-label">{{Description}}</label>
								<div class="col-sm-6"><textarea class="form-control eqLogicAttr autogrow" data-l1key="comment"></textarea></div>
							</div>
						</div>
					</fieldset>
				</form>
			</div>

			<div role="tabpanel" class="tab-pane" id="commandtab">
				<br>
				<div class="table-responsive">
					<table id="table_cmd" class="table table-bordered table-condensed">
						<thead>
							<tr>
								<th class="hidden-xs" style="min-width:50px;width:70px;">ID</th>
								<th style="min-width:220px;width:380px;">{{Nom}}</th>
								<th style="width:130px;">{{Type}}</th>
								<th style="min-width:220px;">{{Options}}</th>
								<th>{{État}}</th>
								<th style="min-width:80px;width:160px;">{{Actions}}</th>
							</tr>
						</thead>
						<tbody></tbody>
					</table>
				</div>
			</div>
		</div>
	</div>
</div>

<?php
include_file('desktop', 'heliograph', 'js', 'heliograph');
include_file('core', 'plugin.template', 'js');
