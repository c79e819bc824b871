#!/bin/sh
# Installs tools that are not Python's, where this machine lets us: `tools.sh php` for the tests of the Jeedom plugin.
set -eu

php_tools() {
	command -v php >/dev/null && command -v phpunit >/dev/null && return
	command -v apt-get >/dev/null || { echo "tools.sh: no apt-get here; the tests of the plugin's PHP will be skipped"; return; }
	sudo=""
	if [ "$(id -u)" != 0 ]; then
		sudo -n true 2>/dev/null || { echo "tools.sh: no right to install PHP; the tests of the plugin's PHP will be skipped"; return; }
		sudo="sudo -n"
	fi
	echo "Installing PHP and PHPUnit …"
	{
		$sudo apt-get update -qq &&
			$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends php-cli php-mbstring php-xml phpunit
	} >/dev/null || echo "tools.sh: PHP could not be installed; the tests of the plugin's PHP will be skipped"
}

case "${1:-}" in
php) php_tools ;;
*)
	echo "usage: tools.sh php" >&2
	exit 2
	;;
esac
