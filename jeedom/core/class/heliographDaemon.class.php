<?php
/* Heliograph plugin for Jeedom. Licence: MIT, see the LICENSE file of the plugin. */

/* The Python daemon: its process, and the socket on which it is told things. It answers through its own calls. */
class heliographDaemon {
	const FILE = 'heliographd.py';

	public static function resources() {
		return realpath(__DIR__ . '/../../resources');
	}

	public static function info() {
		return array(
			'log' => 'heliograph_daemon',
			'state' => (self::pid() === null) ? 'nok' : 'ok',
			'launchable' => 'ok',
			'launchable_message' => '',
		);
	}

	private static function data() {
		return realpath(__DIR__ . '/../..') . '/data';
	}

	private static function pidFile() {
		return jeedom::getTmpFolder('heliograph') . '/daemon.pid';
	}

	/* The daemon's process, null where none runs: a reused or dead number is not taken for it. */
	public static function pid() {
		$pid = file_exists(self::pidFile()) ? trim(file_get_contents(self::pidFile())) : '';
		if (!ctype_digit($pid)) {
			return null;
		}
		$line = @file_get_contents('/proc/' . $pid . '/cmdline');
		return (is_string($line) && strpos($line, self::FILE) !== false) ? (int) $pid : null;
	}

	public static function start() {
		self::stop();
		self::requirePort();
		$python = self::resources() . '/python_venv/bin/python3';
		if (!file_exists($python)) {
			throw new Exception(__('Les dépendances ne sont pas installées', __FILE__));
		}
		$callback = network::getNetworkAccess('internal', 'http:127.0.0.1:port:comp');
		$arguments = array(
			'--loglevel' => self::logLevel(),
			'--language' => heliographCatalog::language(),
			'--socketport' => self::port(),
			'--callback' => $callback . '/plugins/heliograph/core/php/jeeHeliograph.php',
			'--pid' => self::pidFile(),
			'--cycle' => config::byKey('cycle', 'heliograph'),
			'--data' => self::data(),
		);
		$command = escapeshellarg($python) . ' ' . escapeshellarg(self::resources() . '/heliographd/' . self::FILE);
		foreach ($arguments as $name => $value) {
			$command .= ' ' . $name . ' ' . escapeshellarg($value);
		}
		// By environment: a command line can be read by every user of the machine.
		putenv('HELIOGRAPH_APIKEY=' . jeedom::getApiKey('heliograph'));
		putenv('TZ=' . config::byKey('timezone'));
		log::add('heliograph', 'info', __('Démarrage du démon', __FILE__));
		exec($command . ' >> ' . log::getPathToLog('heliograph_daemon') . ' 2>&1 &');
		putenv('HELIOGRAPH_APIKEY');
		self::awaitStart();
	}

	/* Another program may listen there: the daemon would end at once, and only its log would say why. */
	private static function requirePort() {
		$server = @stream_socket_server('tcp://127.0.0.1:' . self::port());
		if ($server === false) {
			throw new Exception(__('Un autre programme utilise déjà le port', __FILE__) . ' ' . self::port() . __(' : choisissez-en un autre dans la configuration du plugin, réglage « Port du démon »', __FILE__));
		}
		fclose($server);
	}

	private static function awaitStart() {
		for ($i = 0; $i < 60; $i++) {
			if (self::pid() !== null) {
				message::removeAll('heliograph', 'unableStartDeamon');
				return;
			}
			usleep(250000);
		}
		log::add('heliograph', 'error', __('Le démon n’a pas démarré, consultez le journal heliograph_daemon', __FILE__), 'unableStartDeamon');
	}

	public static function stop() {
		self::end('-15');
		for ($i = 0; $i < 40 && count(self::running()) > 0; $i++) {
			usleep(200000);
		}
		self::end('-9');
		if (file_exists(self::pidFile())) {
			unlink(self::pidFile());
		}
	}

	/* Every process of this daemon, whether or not its number is on file: a stray one would hold the port. */
	private static function running() {
		$found = array();
		foreach (glob('/proc/[0-9]*/cmdline') as $file) {
			$line = @file_get_contents($file);
			if (is_string($line) && strpos($line, self::resources() . '/heliographd/' . self::FILE . "\0") !== false) {
				$found[] = (int) basename(dirname($file));
			}
		}
		return $found;
	}

	private static function end($_signal) {
		foreach (self::running() as $pid) {
			exec(system::getCmdSudo() . 'kill ' . $_signal . ' ' . $pid . ' 2>/dev/null');
		}
	}

	public static function logLevel() {
		return log::convertLogLevel(log::getLogLevel('heliograph'));
	}

	public static function port() {
		return (int) config::byKey('socketport', 'heliograph', 55019);
	}

	/* Everything that the daemon works by; sent when it says hello, and after every change. */
	public static function configure() {
		$gateways = array();
		foreach (heliograph::gateways() as $gateway) {
			$gateways[] = $gateway->settings();
		}
		$told = self::tell(array(
			'action' => 'configure',
			'remind' => config::byKey('remind', 'heliograph', 0) == 1,
			'language' => heliographCatalog::language(),
			'loglevel' => self::logLevel(),
			'gateways' => $gateways,
		));
		if ($told) {
			config::remove('remind', 'heliograph');
		}
		return $told;
	}

	/* The recording that the daemon made of a gateway, in Base64; it is kept no longer than until it is fetched. */
	public static function capture($_gateway) {
		$file = self::data() . '/capture-' . (int) $_gateway . '.zip';
		if (!file_exists($file)) {
			throw new Exception(__('La capture n’est plus là : recommencez', __FILE__));
		}
		$content = base64_encode(file_get_contents($file));
		unlink($file);
		return $content;
	}

	/* Tell the daemon, if it runs: false where it does not. */
	public static function tell($_message) {
		if (self::pid() === null) {
			return false;
		}
		try {
			self::write($_message);
			return true;
		} catch (Exception $e) {
			log::add('heliograph', 'debug', $e->getMessage());
			return false;
		}
	}

	/* Tell the daemon what a user waits for: throws where it does not run. */
	public static function ask($_message) {
		if (self::pid() === null) {
			throw new Exception(__('Le démon n’est pas démarré', __FILE__));
		}
		self::write($_message);
	}

	private static function write($_message) {
		$_message['apikey'] = jeedom::getApiKey('heliograph');
		$socket = @stream_socket_client('tcp://127.0.0.1:' . self::port(), $number, $cause, 3);
		if ($socket === false) {
			throw new Exception(__('Le démon ne répond pas', __FILE__) . ' (' . $cause . ')');
		}
		stream_set_timeout($socket, 3);
		$text = json_encode($_message);
		$sent = 0;
		while ($sent < strlen($text)) {
			$written = fwrite($socket, substr($text, $sent));
			if ($written === false || $written === 0) {
				fclose($socket);
				throw new Exception(__('Le démon ne répond pas', __FILE__));
			}
			$sent += $written;
		}
		fclose($socket);
	}
}
