<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

require_once __DIR__ . '/../../../../core/php/core.inc.php';
require_once __DIR__ . '/heliographCatalog.class.php';
require_once __DIR__ . '/heliographDaemon.class.php';
require_once __DIR__ . '/heliographMove.class.php';
require_once __DIR__ . '/heliographPanel.class.php';
require_once __DIR__ . '/heliographReceiver.class.php';
require_once __DIR__ . '/heliographRoof.class.php';
require_once __DIR__ . '/heliographSecret.class.php';
require_once __DIR__ . '/heliographSync.class.php';
require_once __DIR__ . '/heliographTile.class.php';

/* One gateway ("General"), or one thing that a gateway knows of: an inverter, a battery, a meter… */
class heliograph extends eqLogic {
	/* What a form may send but a page never gets back. */
	const SECRETS = array('password', 'token', 'enlighten_password');

	/* The equipment of all inverters of a gateway: its logical id behind the gateway's own. */
	const WHOLE_ROOF = 'roof:all';

	/*     * ***********************Static methods*************************** */

	public static function deamon_info() {
		return heliographDaemon::info();
	}

	public static function deamon_start() {
		heliographDaemon::start();
	}

	public static function deamon_stop() {
		heliographDaemon::stop();
	}

	/* Present so that the core lets the daemon start only when the dependencies are there. */
	public static function dependancy_info() {
		return array();
	}

	/*
	 * The core still counts the installation as under way here, and would not start the daemon for minutes. It calls
	 * this as root: the daemon is started as the web server's user, as always.
	 */
	public static function dependancy_end() {
		if (config::byKey('active', 'heliograph', 0) != 1 || config::byKey('deamonAutoMode', 'heliograph', 1) != 1) {
			return;
		}
		$call = realpath(__DIR__ . '/../../../../core/php/jeePlugin.php') . ' plugin_id=heliograph function=deamon_start';
		exec('sudo -u ' . escapeshellarg(system::get('www-uid')) . ' php ' . $call . ' >> /dev/null 2>&1 &');
	}

	/* The core looks for jeedomdaemon; whether this very Heliograph is there is asked of the venv. */
	public static function additionnalDependancyCheck() {
		$wheel = heliographDaemon::resources() . '/heliograph-' . heliographCatalog::version() . '-py3-none-any.whl';
		$mark = heliographDaemon::resources() . '/python_venv/heliograph.sha256';
		$installed = file_exists($mark) ? substr(file_get_contents($mark), 0, 64) : '';
		return array('state' => ($installed !== '' && $installed === hash_file('sha256', $wheel)) ? 'ok' : 'nok');
	}

	/* The log level and the language may have changed; what did not change disturbs nothing. */
	public static function cron5() {
		heliographDaemon::configure();
	}

	/* The rows of the Health page: every gateway with what it last said of itself. */
	public static function health() {
		$rows = array();
		foreach (self::gateways() as $gateway) {
			$rows = array_merge($rows, $gateway->healthRows());
		}
		return $rows;
	}

	/* Every gateway, enabled or not, in the order in which they were added. */
	public static function gateways() {
		$found = array();
		foreach (self::byType('heliograph') as $eqLogic) {
			if ($eqLogic->isGateway()) {
				$found[$eqLogic->getId()] = $eqLogic;
			}
		}
		ksort($found);
		return $found;
	}

	public static function addGateway($_host = '') {
		$eqLogic = new heliograph();
		$eqLogic->setEqType_name('heliograph');
		$eqLogic->setName(heliographSync::freeName(heliographCatalog::kindName('gateway'), self::takenNames()));
		$eqLogic->setConfiguration('kind', 'gateway');
		$eqLogic->setConfiguration('host', $_host);
		$eqLogic->save();
		return $eqLogic;
	}

	private static function takenNames() {
		$names = array();
		foreach (self::byType('heliograph') as $eqLogic) {
			$names[] = $eqLogic->getName();
		}
		return $names;
	}

	/* Values survive an update of Jeedom in its own backup; the venv is rebuilt. */
	public static function backupExclude() {
		return array('resources/python_venv');
	}

	/* What a post on the forum should say of this installation: no address, no serial, no secret. */
	public static function getConfigForCommunity() {
		$text = 'Heliograph ' . heliographCatalog::version();
		foreach (self::gateways() as $gateway) {
			$state = $gateway->state();
			$text .= '<br>' . secureXSS($state['part']) . ' ' . secureXSS($state['firmware']) . ' ' . secureXSS($state['state']);
		}
		return $text;
	}

	/* Widgets for single commands, for whoever builds a dashboard or a design of their own. */
	public static function templateWidget() {
		return heliographTile::widgets();
	}

	/*     * *********************Instance methods************************* */

	public function kind() {
		return $this->getConfiguration('kind', 'gateway');
	}

	public function isGateway() {
		return $this->kind() === 'gateway';
	}

	/* The gateway that this equipment belongs to: itself, or the one that named it; null where that one is gone. */
	public function gateway() {
		if ($this->isGateway()) {
			return $this;
		}
		$gateway = self::byId($this->getConfiguration('gateway'));
		return is_object($gateway) ? $gateway : null;
	}

	public function preInsert() {
		if ($this->getConfiguration('kind') == '') {
			$this->setConfiguration('kind', 'gateway');
		}
		$this->setIsEnable(1);
		$this->setIsVisible(1);
		$this->setCategory('energy', 1);
		// A house battery is meant to go to 5 %: Jeedom's low battery alerts are for the cells of sensors.
		$this->setConfiguration('battery::disable', 1);
	}

	public function preSave() {
		if (!$this->isGateway()) {
			return;
		}
		$host = trim($this->getConfiguration('host'));
		$this->setConfiguration('host', rtrim(preg_replace('#^https?://#i', '', $host), '/'));
		$this->refuseTwin();
		$this->takeSecrets();
	}

	/* Two readers would share one gateway's books, and tire it. The daemon knows those that hide behind two addresses. */
	private function refuseTwin() {
		$host = $this->getConfiguration('host');
		foreach (self::gateways() as $other) {
			if ($host != '' && $other->getId() != $this->getId() && strcasecmp($other->getConfiguration('host'), $host) === 0) {
				throw new Exception(__('Cette adresse est déjà celle de la passerelle', __FILE__) . ' ' . $other->getName());
			}
		}
	}

	public function postInsert() {
		if ($this->isGateway()) {
			$this->keepSecrets();
			heliographSync::createGateway($this);
		}
	}

	public function postUpdate() {
		if ($this->isGateway()) {
			$this->keepSecrets();
		}
	}

	public function postSave() {
		if ($this->isGateway()) {
			heliographSync::followObject($this);
			heliographSync::followTiles($this);
		}
		if ($this->isGateway() || $this->kind() === 'roof') {
			heliographDaemon::configure();
		}
	}

	public function preRemove() {
		if (!$this->isGateway()) {
			return;
		}
		foreach ($this->children() as $child) {
			$child->remove();
		}
		foreach (self::SECRETS as $name) {
			heliographSecret::forget($this->getId(), $name);
		}
		message::removeAll('heliograph', ':' . $this->getId() . ':', true);
	}

	public function postRemove() {
		if ($this->isGateway()) {
			heliographDaemon::configure();
		}
	}

	/* Everything that this gateway named at sync. */
	public function children() {
		$found = array();
		foreach (self::byType('heliograph') as $eqLogic) {
			if (!$eqLogic->isGateway() && $eqLogic->getConfiguration('gateway') == $this->getId()) {
				$found[] = $eqLogic;
			}
		}
		return $found;
	}

	/* The inverters of a roof, in the order of their places; none of what is no roof. */
	public function inverters() {
		$gateway = $this->gateway();
		return ($this->kind() !== 'roof' || $gateway === null) ? array() : $this->invertersAmong($gateway->children());
	}

	private function invertersAmong($_children) {
		$roof = substr($this->getLogicalId(), strlen($this->getConfiguration('gateway') . ':'));
		$found = array_filter($_children, function ($_child) use ($roof) {
			$here = $roof === self::WHOLE_ROOF || $_child->getConfiguration('roof') === $roof;
			return $_child->kind() === 'inverter' && $_child->getConfiguration('retired') != 1 && $here;
		});
		usort($found, array(__CLASS__, 'compareInRoof'));
		return $found;
	}

	/* The name of the group that an inverter is in, empty where it is in none. */
	public function roofName() {
		$roof = $this->getConfiguration('roof');
		$group = ($roof == '') ? false : self::byLogicalId($this->getConfiguration('gateway') . ':' . $roof, 'heliograph');
		return is_object($group) ? $group->getName() : '';
	}

	/* Inverters in the order of their groups, places and names. */
	public static function compareInRoof($_one, $_other) {
		$order = strnatcmp((string) $_one->getConfiguration('roof'), (string) $_other->getConfiguration('roof'));
		$order = $order ?: (int) $_one->getConfiguration('position') - (int) $_other->getConfiguration('position');
		return $order ?: strnatcasecmp($_one->getName(), $_other->getName());
	}

	/* Serial number => name of inverters, as the daemon must know them. */
	private static function namesBySerial($_inverters) {
		$names = array();
		foreach ($_inverters as $inverter) {
			$names[$inverter->getConfiguration('device')] = $inverter->getName();
		}
		return $names;
	}

	/* The inverters and roofs as the daemon must know them. */
	private function roofSettings() {
		$children = $this->children();
		$settings = array('roofs' => array(), 'inverters' => self::namesBySerial(array_filter($children, function ($_child) {
			return $_child->kind() === 'inverter' && $_child->getConfiguration('retired') != 1;
		})));
		foreach ($children as $child) {
			if ($child->kind() === 'roof') {
				$id = substr($child->getLogicalId(), strlen($this->getId() . ':'));
				$inverters = self::namesBySerial($child->invertersAmong($children));
				$settings['roofs'][] = array('id' => $id, 'name' => $child->getName(), 'inverters' => $inverters);
			}
		}
		return $settings;
	}

	private $_typed = array();

	/* Take typed secrets out of the configuration before it is written: a page never gets them back. */
	private function takeSecrets() {
		foreach (self::SECRETS as $name) {
			$typed = $this->getConfiguration($name);
			if (is_string($typed) && trim($typed) !== '') {
				$this->_typed[$name] = trim($typed);
			}
			$this->setConfiguration($name, null);
		}
	}

	private function keepSecrets() {
		foreach ($this->_typed as $name => $value) {
			heliographSecret::keep($this->getId(), $name, $value);
		}
		$this->_typed = array();
	}

	/* What the daemon must know of this gateway; holds secrets: for its socket only. */
	public function settings() {
		$groups = array();
		foreach ((array) $this->getConfiguration('groups', array()) as $group => $wanted) {
			if ($wanted == 1) {
				$groups[] = $group;
			}
		}
		$settings = $this->roofSettings() + array(
			'id' => (int) $this->getId(),
			'name' => $this->getName(),
			'enabled' => $this->getIsEnable() == 1,
			'host' => $this->getConfiguration('host'),
			'groups' => $groups,
			'enlighten_user' => trim($this->getConfiguration('enlighten_user')),
		);
		foreach (self::SECRETS as $name) {
			$settings[$name] = heliographSecret::read($this->getId(), $name);
		}
		return $settings;
	}

	/* What the gateway last said of itself; every key is there, empty where nothing is known. */
	public function state() {
		$known = $this->getCache('state', array());
		return array_merge(heliographReceiver::NOTHING_KNOWN, is_array($known) ? $known : array());
	}

	/* How long the token still lives, in words; empty where there is none. */
	public function tokenLeft() {
		$state = $this->state();
		if (!is_numeric($state['token_expires'])) {
			return '';
		}
		$hours = (int) floor(($state['token_expires'] - time()) / 3600);
		if ($hours < 0) {
			return __('expiré', __FILE__);
		}
		return ($hours < 48) ? $hours . ' ' . __('h', __FILE__) : floor($hours / 24) . ' ' . __('jours', __FILE__);
	}

	/* Whether the owner should get another token: an account gets them by itself. */
	public function tokenEnds() {
		$state = $this->state();
		$soon = is_numeric($state['token_expires']) && $state['token_expires'] - time() <= 30 * 86400;
		return $soon && $this->getConfiguration('enlighten_user') == '';
	}

	private function healthRows() {
		$state = $this->state();
		$name = secureXSS($this->getName());
		$rows = array(array(
			'test' => __('Passerelle', __FILE__) . ' ' . $name,
			'result' => secureXSS(heliographTile::stateWord($state['state'])) . ' – ' . secureXSS($this->getConfiguration('host')),
			'advice' => secureXSS($state['text']),
			'state' => $this->getIsEnable() != 1 || $state['state'] === 'ok',
		), array(
			'test' => __('Firmware', __FILE__) . ' ' . $name,
			'result' => secureXSS(trim($state['firmware'] . ' ' . $state['part'])),
			'advice' => '',
			'state' => true,
		), array(
			'test' => __('Dernière communication', __FILE__) . ' ' . $name,
			'result' => ($state['last_poll'] == '') ? '–' : date('Y-m-d H:i:s', (int) $state['last_poll']),
			'advice' => '',
			'state' => $this->getIsEnable() != 1 || (is_numeric($state['last_poll']) && time() - $state['last_poll'] < 900),
		), array(
			'test' => __('Anomalies', __FILE__) . ' ' . $name,
			'result' => (string) (int) $state['findings'],
			'advice' => implode('<br>', array_map(function ($_remark) {
				return secureXSS($_remark['what'] . ' – ' . $_remark['why']);
			}, $state['remarks'])),
			'state' => true,
		));
		if ($this->tokenLeft() != '') {
			$rows[] = array(
				'test' => __('Jeton', __FILE__) . ' ' . $name,
				'result' => $this->tokenLeft(),
				'advice' => __('Durée de validité restante du jeton', __FILE__),
				'state' => !$this->tokenEnds(),
			);
		}
		return $rows;
	}

	public function getImage() {
		$path = 'plugins/heliograph/core/img/' . $this->kind() . '.png';
		return file_exists(__DIR__ . '/../../core/img/' . $this->kind() . '.png') ? $path : parent::getImage();
	}

	/* The tile is the core's own, with a drawing above the commands: layout, colours and icons stay the user's. */
	public function preToHtml($_version = 'dashboard', $_default = array(), $_noCache = false) {
		$replace = parent::preToHtml($_version, $_default, $_noCache);
		if (is_array($replace)) {
			$replace['#divGraphInfo#'] .= heliographTile::html($this, $replace['#uid#']);
		}
		return $replace;
	}
}

class heliographCmd extends cmd {
	/*
	 * The core takes "%" out of names, and "% de charge" is the name of a command. Nothing in the core gives "%" a
	 * meaning in a name, so it is kept; everything else is cleaned as the core does it.
	 */
	public function setName($_name) {
		$percent = "\u{FF05}";
		parent::setName(str_replace('%', $percent, $_name));
		$this->name = str_replace($percent, '%', $this->name);
		return $this;
	}

	/* The value that event() is called with, while it runs. */
	private $_eventValue = null;

	/* The core calls formatValueWidget() from here, before the new value is the command's own. */
	public function event($_value, $_datetime = null, $_loop = 1) {
		$this->_eventValue = $_value;
		try {
			return $this->withoutUnit(function () use ($_value, $_datetime, $_loop) {
				return parent::event($_value, $_datetime, $_loop);
			});
		} finally {
			$this->_eventValue = null;
		}
	}

	/* The core stores 0 for an empty number or yes/no: what is not known stays empty. */
	public function formatValue($_value, $_quote = false) {
		return ($_value === '') ? '' : parent::formatValue($_value, $_quote);
	}

	/* The core shows 0 for a number that is not known; what is not known is not 0… A state is displayed as its word. */
	public function formatValueWidget($_value) {
		if ($this->isUnknown()) {
			return '–';
		}
		return ($this->getSubType() === 'string') ? $this->word($_value) : $_value;
	}

	private function word($_value) {
		$eqLogic = $this->getEqLogic();
		$states = is_object($eqLogic) ? heliographCatalog::states($eqLogic->kind(), $this->getLogicalId()) : array();
		return isset($states[$_value]) ? $states[$_value] : $_value;
	}

	/* …and has no unit; a yes/no that is not known is neither: the core would draw a cross. */
	public function toHtml($_version = 'dashboard', $_options = '') {
		$render = function () use ($_version, $_options) {
			return parent::toHtml($_version, $_options);
		};
		if ($this->getSubType() !== 'binary' || !$this->isUnknown()) {
			return $this->withoutUnit($render);
		}
		$template = $this->getTemplate($_version);
		$this->setSubType('string')->setTemplate($_version, 'core::line');
		try {
			return $render();
		} finally {
			$this->setSubType('binary')->setTemplate($_version, $template);
		}
	}

	/* Return what the function returns; where the value is unknown, the command has no unit meanwhile. */
	private function withoutUnit($_function) {
		if (!$this->isUnknown()) {
			return $_function();
		}
		$unit = $this->getUnite();
		$this->setUnite('');
		try {
			return $_function();
		} finally {
			$this->setUnite($unit);
		}
	}

	/* Asked of the cache: execCmd() would put the dates of the value before over those that event() has just set. */
	public function isUnknown() {
		if ($this->getType() !== 'info') {
			return false;
		}
		$value = ($this->_eventValue === null) ? $this->getCache('value') : $this->_eventValue;
		return $value === '' || $value === null;
	}

	/* The page's save does not delete what it does not show. */
	public function dontRemoveCmd() {
		return true;
	}

	public function execute($_options = array()) {
		if ($this->getLogicalId() !== 'refresh') {
			return;
		}
		$gateway = $this->getEqLogic()->gateway();
		if ($gateway === null) {
			throw new Exception(__('La passerelle de cet équipement n’existe plus', __FILE__));
		}
		heliographDaemon::ask(array('action' => 'refresh', 'gateway' => (int) $gateway->getId()));
	}
}
