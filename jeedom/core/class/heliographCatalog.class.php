<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

/* Reads catalog.json: the plugin itself knows no metric. */
class heliographCatalog {
	private static $_catalog = null;

	public static function all() {
		if (self::$_catalog === null) {
			$read = json_decode(file_get_contents(__DIR__ . '/../config/catalog.json'), true);
			if (!is_array($read)) {
				throw new Exception(__('Le fichier catalog.json du plugin est illisible, réinstallez le plugin', __FILE__));
			}
			self::$_catalog = $read;
		}
		return self::$_catalog;
	}

	public static function version() {
		return self::all()['version'];
	}

	/* Jeedom's language, or English where the catalog does not speak it. */
	public static function language() {
		$language = substr(translate::getLanguage(), 0, 2);
		return in_array($language, self::all()['languages']) ? $language : 'en';
	}

	public static function said($_words) {
		return $_words[self::language()];
	}

	public static function kind($_kind) {
		$kinds = self::all()['kinds'];
		return isset($kinds[$_kind]) ? $kinds[$_kind] : null;
	}

	public static function kindName($_kind) {
		$kind = self::kind($_kind);
		return ($kind === null) ? $_kind : self::said($kind['name']);
	}

	/* The rows of a kind by logical id. */
	public static function commands($_kind) {
		$kind = self::kind($_kind);
		return ($kind === null) ? array() : array_column($kind['commands'], null, 'logicalId');
	}

	/* Code => word for the states of a command, in the user's language; empty where values are displayed as they are. */
	public static function states($_kind, $_logicalId) {
		$commands = self::commands($_kind);
		$states = isset($commands[$_logicalId]['states']) ? $commands[$_logicalId]['states'] : array();
		return isset($states[self::language()]) ? $states[self::language()] : array();
	}

	/* Group => name, in the user's language. */
	public static function groups() {
		return array_map(array(__CLASS__, 'said'), self::all()['groups']);
	}
}
