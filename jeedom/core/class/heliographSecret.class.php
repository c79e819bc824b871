<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

/*
 * Secrets of a gateway, encrypted in the table of settings. They are not kept in the equipment, because the core
 * decrypts that for every page and every connected profile.
 */
class heliographSecret {
	public static function keep($_gateway, $_name, $_value) {
		// Base64 first: the core's encrypt() leaves a text alone that happens to contain its own mark.
		config::save(self::key($_gateway, $_name), utils::encrypt(base64_encode($_value)), 'heliograph');
	}

	/* The secret in clear, empty where there is none: for the daemon's socket only. */
	public static function read($_gateway, $_name) {
		$kept = config::byKey(self::key($_gateway, $_name), 'heliograph', '');
		return ($kept == '') ? '' : (string) base64_decode((string) utils::decrypt($kept));
	}

	public static function isKept($_gateway, $_name) {
		return config::byKey(self::key($_gateway, $_name), 'heliograph', '') != '';
	}

	public static function forget($_gateway, $_name) {
		config::remove(self::key($_gateway, $_name), 'heliograph');
	}

	private static function key($_gateway, $_name) {
		return 'secret::' . (int) $_gateway . '::' . $_name;
	}
}
