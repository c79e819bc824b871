<?php
/* Small doubles of the core's classes: what the plugin calls, kept in memory, with the core's own traps. */

class DBDouble {
	public static $eqLogics = array();
	public static $cmds = array();
	public static $next = 1;
	public static $config = array();
	public static $cache = array();
	public static $messages = array();
	public static $events = array();
	public static $refreshed = array();
	public static $updates = array();
	/* Command => its history. */
	public static $history = array();
	/* Command => kind of place => names of the places that use it. */
	public static $uses = array();
	/* What event() sent to open pages: command, displayed value, unit. */
	public static $shown = array();

	public static function reset() {
		foreach (array('eqLogics', 'cmds', 'config', 'cache', 'messages', 'events', 'refreshed', 'updates', 'shown', 'history', 'uses') as $name) {
			self::$$name = array();
		}
		self::$next = 1;
		self::$config['core::timezone'] = 'Europe/Paris';
		self::$config['heliograph::socketport'] = 55019;
		self::$config['heliograph::cycle'] = 0.5;
		translate::$language = 'fr_FR';
	}
}

function __($_text, $_file) {
	return $_text;
}

function secureXSS($_text) {
	return htmlspecialchars(strip_tags((string) $_text), ENT_QUOTES, 'UTF-8');
}

function sanitizeAccent($_text) {
	return strtr($_text, array('é' => 'e', 'è' => 'e', 'ê' => 'e', 'à' => 'a', 'â' => 'a', 'î' => 'i', 'ô' => 'o', 'ç' => 'c', 'É' => 'e'));
}

function cleanComponanteName($_name) {
	$clean = strip_tags(str_replace(array('&', '#', ']', '[', '%', '\\', '/', "'", '"', '*'), '', $_name));
	return preg_replace('/\s+/', ' ', $clean);
}

function getTemplate($_folder, $_version, $_name, $_plugin) {
	$path = __DIR__ . '/../../plugins/' . $_plugin . '/core/template/' . $_version . '/' . $_name . '.html';
	return file_exists($path) ? file_get_contents($path) : '';
}

function init($_name, $_default = '') {
	return isset($_GET[$_name]) ? $_GET[$_name] : $_default;
}

class translate {
	public static $language = 'fr_FR';

	public static function getLanguage() {
		return self::$language;
	}

	public static function exec($_text, $_file) {
		return preg_replace('/\{\{(.*?)\}\}/', '$1', $_text);
	}
}

class config {
	public static function byKey($_key, $_plugin = 'core', $_default = '') {
		$key = $_plugin . '::' . $_key;
		return isset(DBDouble::$config[$key]) ? DBDouble::$config[$key] : $_default;
	}

	public static function save($_key, $_value, $_plugin = 'core') {
		DBDouble::$config[$_plugin . '::' . $_key] = $_value;
	}

	public static function remove($_key, $_plugin = 'core') {
		unset(DBDouble::$config[$_plugin . '::' . $_key]);
	}
}

class utils {
	public static function encrypt($_text) {
		return (strpos($_text, 'crypt:') !== false) ? $_text : 'crypt:' . base64_encode(strrev($_text));
	}

	public static function decrypt($_text) {
		return strrev(base64_decode(substr($_text, strlen('crypt:'))));
	}
}

class log {
	public static function add($_log, $_level, $_text, $_id = '') {
	}

	public static function getLogLevel($_log) {
		return 400;
	}

	public static function convertLogLevel($_level) {
		return 'error';
	}

	public static function getPathToLog($_log) {
		return '/dev/null';
	}

	public static function exception($_e) {
		return $_e->getMessage();
	}
}

class DB {
	const FETCH_TYPE_ROW = 0;

	/* The only question that the plugin asks: how many values a command has in its history; there is no archive here. */
	public static function Prepare($_sql, $_values, $_fetch = self::FETCH_TYPE_ROW) {
		$archive = strpos($_sql, 'historyArch') !== false;
		$kept = isset(DBDouble::$history[$_values['id']]) ? DBDouble::$history[$_values['id']] : array();
		return array('number' => $archive ? 0 : count($kept));
	}
}

/* A scenario, a view, a design… that uses commands. */
class Place {
	private $name;

	public function __construct($_name) {
		$this->name = $_name;
	}

	public function getName() {
		return $this->name;
	}
}

class jeedom {
	/* As the core does: history is merged into the target's, references move, interactions stay. */
	public static function massReplace($_options = array(), $_eqlogics = array(), $_cmds = array()) {
		foreach ($_cmds as $source => $target) {
			if ($_options['mode'] === 'replace' && isset(DBDouble::$uses[$source])) {
				foreach (array_diff(array_keys(DBDouble::$uses[$source]), array('interactDef')) as $kind) {
					DBDouble::$uses[$target][$kind] = DBDouble::$uses[$source][$kind];
					unset(DBDouble::$uses[$source][$kind]);
				}
			}
			if ($_options['copyCmdHistory'] == 'true' && cmd::byId($source)->getIsHistorized() == 1) {
				DBDouble::$history[$target] = DBDouble::$history[$source] + (isset(DBDouble::$history[$target]) ? DBDouble::$history[$target] : array());
			}
		}
	}

	public static $accepted = 'right-key';

	public static function getApiKey($_plugin, $_mode = 'enable') {
		return self::$accepted;
	}

	public static function apiAccess($_key, $_plugin) {
		return $_key === self::$accepted;
	}

	public static function getTmpFolder($_plugin) {
		return sys_get_temp_dir() . '/heliograph-doubles-without-daemon';
	}

	public static function versionAlias($_version) {
		return $_version;
	}
}

class system {
	public static function getCmdSudo() {
		return '';
	}
}

class message {
	public static function add($_plugin, $_text, $_action = '', $_id = '') {
		DBDouble::$messages[] = array('id' => $_id, 'text' => $_text);
	}

	public static function byPluginLogicalId($_plugin, $_id) {
		return array_values(array_filter(DBDouble::$messages, function ($_message) use ($_id) {
			return $_message['id'] === $_id;
		}));
	}

	public static function removeAll($_plugin, $_id = '', $_search = false) {
		DBDouble::$messages = array_values(array_filter(DBDouble::$messages, function ($_message) use ($_id, $_search) {
			return $_search ? strpos($_message['id'], $_id) === false : $_message['id'] !== $_id;
		}));
	}
}

class event {
	public static function add($_name, $_option = array()) {
		DBDouble::$events[] = array($_name, $_option);
	}
}

/* Getters and setters as the core's objects have them. */
trait Attributes {
	protected $_values = array();

	public function __call($_method, $_arguments) {
		$name = lcfirst(substr($_method, 3));
		if (strpos($_method, 'set') === 0) {
			if (count($_arguments) === 2) {
				$this->_values[$name][$_arguments[0]] = $_arguments[1];
			} else {
				$this->_values[$name] = $_arguments[0];
			}
			return $this;
		}
		if (strpos($_method, 'get') === 0) {
			$value = isset($this->_values[$name]) ? $this->_values[$name] : '';
			if (count($_arguments) > 0) {
				$default = isset($_arguments[1]) ? $_arguments[1] : '';
				return isset($value[$_arguments[0]]) ? $value[$_arguments[0]] : $default;
			}
			return $value;
		}
		throw new BadMethodCallException($_method);
	}
}

class eqLogic {
	use Attributes;

	public static function byType($_type, $_enabled = false) {
		return array_values(array_filter(DBDouble::$eqLogics, function ($_eqLogic) use ($_type, $_enabled) {
			return $_eqLogic->getEqType_name() === $_type && (!$_enabled || $_eqLogic->getIsEnable() == 1);
		}));
	}

	public static function all() {
		return array_values(DBDouble::$eqLogics);
	}

	public static function byId($_id) {
		return isset(DBDouble::$eqLogics[$_id]) ? DBDouble::$eqLogics[$_id] : false;
	}

	public static function byLogicalId($_logicalId, $_type) {
		foreach (self::byType($_type) as $eqLogic) {
			if ($eqLogic->getLogicalId() === $_logicalId) {
				return $eqLogic;
			}
		}
		return false;
	}

	public static function byObjectId($_object, $_enabled = true) {
		return array_values(array_filter(DBDouble::$eqLogics, function ($_eqLogic) use ($_object) {
			return $_eqLogic->getObject_id() == $_object;
		}));
	}

	public function save($_direct = false) {
		$new = $this->getId() == '';
		$this->hook($_direct, 'preSave');
		$this->hook($_direct, $new ? 'preInsert' : 'preUpdate');
		if ($new) {
			$this->setId(DBDouble::$next++);
		}
		DBDouble::$eqLogics[$this->getId()] = $this;
		$this->hook($_direct, $new ? 'postInsert' : 'postUpdate');
		$this->hook($_direct, 'postSave');
	}

	private function hook($_direct, $_name) {
		if (!$_direct && method_exists($this, $_name)) {
			$this->$_name();
		}
	}

	public function remove() {
		$this->hook(false, 'preRemove');
		unset(DBDouble::$eqLogics[$this->getId()]);
		foreach ($this->getCmd() as $cmd) {
			unset(DBDouble::$cmds[$cmd->getId()]);
		}
		$this->hook(false, 'postRemove');
	}

	public function getCmd($_type = null, $_logicalId = null) {
		$found = array_values(array_filter(DBDouble::$cmds, function ($_cmd) use ($_type, $_logicalId) {
			return $_cmd->getEqLogic_id() == $this->getId()
				&& ($_type === null || $_cmd->getType() === $_type)
				&& ($_logicalId === null || $_cmd->getLogicalId() === $_logicalId);
		}));
		return ($_logicalId === null) ? $found : (isset($found[0]) ? $found[0] : false);
	}

	/* As the core does: with `false` for the time, a repeated value touches nothing. */
	public function checkAndUpdateCmd($_cmd, $_value, $_time = null) {
		DBDouble::$updates[] = array($this->getLogicalId(), $_cmd->getLogicalId(), $_value);
		if ($_cmd->execCmd() !== $_value || $_value === '') {
			$_cmd->event($_value);
			return true;
		}
		if ($_time !== false) {
			$this->setStatus(array('lastCommunication' => date('Y-m-d H:i:s'), 'timeout' => 0));
		}
		return false;
	}

	public function getCache($_key, $_default = '') {
		$key = $this->getId() . '::' . $_key;
		return isset(DBDouble::$cache[$key]) ? DBDouble::$cache[$key] : $_default;
	}

	public function setCache($_key, $_value) {
		DBDouble::$cache[$this->getId() . '::' . $_key] = $_value;
	}

	public function refreshWidget() {
		DBDouble::$refreshed[] = $this->getLogicalId();
	}

	/* The user of the tests may see everything but what is forbidden to him. */
	public function hasRight($_right) {
		return $this->getConfiguration('forbidden') != 1;
	}

	public function toHtml($_version = 'dashboard') {
		return '<div>' . $_version . ' ' . $this->getName() . '</div>';
	}

	public function getImage() {
		return 'plugins/heliograph/plugin_info/heliograph_icon.png';
	}

	public function preToHtml($_version = 'dashboard', $_default = array(), $_noCache = false) {
		return array('#uid#' => 'eqLogic' . $this->getId(), '#divGraphInfo#' => '');
	}

	public function setStatus($_status) {
		$this->_values['status'] = $_status;
	}
}

class jeeObject {
	private static $next = 100;
	private $id = '';
	private $name = '';

	public static function byId($_id) {
		if (!is_numeric($_id)) {
			return false;
		}
		$object = new jeeObject();
		$object->id = $_id;
		return $object;
	}

	public function setName($_name) {
		$this->name = $_name;
	}

	public function setIsVisible($_visible) {
	}

	public function save() {
		$this->id = self::$next++;
	}

	public function getId() {
		return $this->id;
	}
}

class cmd {
	use Attributes;

	protected $name;
	public $value = '';
	/* When the value was last collected, and since when it is this value. */
	private $dates = array();

	public function setName($_name) {
		$this->name = trim(substr(cleanComponanteName($_name), 0, 127));
		return $this;
	}

	public function getName() {
		return $this->name;
	}

	/* The database has one name only once on an equipment, whatever its accents and case. */
	public function save($_direct = false) {
		foreach (DBDouble::$cmds as $other) {
			$same = mb_strtolower(sanitizeAccent($other->getName())) === mb_strtolower(sanitizeAccent($this->getName()));
			if ($other !== $this && $same && $other->getEqLogic_id() == $this->getEqLogic_id()) {
				throw new Exception('duplicate name ' . $this->getName());
			}
		}
		if ($this->getId() == '') {
			$this->setId(DBDouble::$next++);
		}
		DBDouble::$cmds[$this->getId()] = $this;
	}

	/* As the core does: reading the value puts the dates of that value into the object. */
	public function execCmd() {
		$this->setCollectDate(isset($this->dates[0]) ? $this->dates[0] : date('Y-m-d H:i:s'));
		$this->setValueDate(isset($this->dates[1]) ? $this->dates[1] : $this->getCollectDate());
		return $this->value;
	}

	public function getCache($_key, $_default = '') {
		return ($_key === 'value') ? $this->value : $_default;
	}

	public function setCache($_key, $_value) {
		if ($_key === 'collectDate') {
			$this->dates[0] = $_value;
		}
	}

	/* The core takes what is empty for 0. */
	public function formatValue($_value, $_quote = false) {
		return (trim((string) $_value) === '' && $this->getSubType() !== 'string') ? 0 : $_value;
	}

	/* The order of the core's own steps: the dates are set, the display is formatted, the value is stored. */
	public function event($_value, $_datetime = null, $_loop = 1) {
		$value = $this->formatValue($_value);
		$repeat = $this->execCmd() === $value && $value !== '';
		$this->setCollectDate(($_datetime === null) ? date('Y-m-d H:i:s') : $_datetime);
		$this->setValueDate($repeat ? $this->getValueDate() : $this->getCollectDate());
		$display = $this->formatValueWidget(trim((string) $value) === '' ? 0 : $value);
		DBDouble::$shown[] = array($this->getLogicalId(), $display, $this->getUnite());
		$this->dates = array($this->getCollectDate(), $this->getValueDate());
		$this->value = $value;
	}

	/* The core takes what was never given for 0, lets the plugin say it, and draws a yes/no as a tick or a cross. */
	public function toHtml($_version = 'dashboard', $_options = '') {
		if ($this->getSubType() === 'binary') {
			return ($this->value == 1) ? '✓' : '✗';
		}
		return $this->formatValueWidget($this->value === '' ? 0 : $this->value) . ' ' . $this->getUnite();
	}

	public function getEqLogic() {
		return eqLogic::byId($this->getEqLogic_id());
	}

	public static function byId($_id) {
		return isset(DBDouble::$cmds[$_id]) ? DBDouble::$cmds[$_id] : false;
	}

	public function getHumanName() {
		return '[' . $this->getEqLogic()->getName() . '][' . $this->getName() . ']';
	}

	public function getUsedBy() {
		$uses = isset(DBDouble::$uses[$this->getId()]) ? DBDouble::$uses[$this->getId()] : array();
		return array_map(function ($_names) {
			return array_map(function ($_name) {
				return new Place($_name);
			}, $_names);
		}, $uses + array('plugin' => array()));
	}
}
