#!/bin/sh
# Installs tools that are not Python's, where this machine lets us:
# `tools.sh php` for the tests of the Jeedom plugin, `chromium` for the tests of the page,
# `screenshots` for its pictures, `postgres` for the tests of the history, `mosquitto` and `prometheus` for those of the
# ways out.
set -eu

# install WHAT WITHOUT PACKAGE…: WHAT is the tool's name, WITHOUT says what is missed when it is not to be had.
install() {
	what=$1 without=$2
	shift 2
	command -v apt-get >/dev/null || { echo "tools.sh: no apt-get here to install $what; $without"; return; }
	sudo=""
	if [ "$(id -u)" != 0 ]; then
		sudo -n true 2>/dev/null || { echo "tools.sh: no right to install $what; $without"; return; }
		sudo="sudo -n"
	fi
	echo "Installing $what …"
	{
		$sudo apt-get update -qq &&
			$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
	} >/dev/null || echo "tools.sh: $what could not be installed; $without"
}

case "${1:-}" in
php)
	command -v php >/dev/null && command -v phpunit >/dev/null ||
		install "PHP and PHPUnit" "the tests of the plugin's PHP will be skipped" php-cli php-mbstring php-xml phpunit
	;;
screenshots)
	command -v faketime >/dev/null || install "faketime" "the pictures show the time of day at which they are taken" faketime
	;;
chromium)
	command -v chromium >/dev/null || install "Chromium" "the page is not tested in a browser" chromium fonts-inter
	;;
postgres)
	# The tests start a server of their own; the package shall not start another.
	command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || {
		without="the history is tested on SQLite only"
		install "PostgreSQL's common part" "$without" postgresql-common
		settings=/etc/postgresql-common/createcluster.conf
		if [ -w "$settings" ]; then echo "create_main_cluster = false" >>"$settings"; fi
		install "PostgreSQL" "$without" postgresql
	}
	;;
mosquitto)
	command -v mosquitto >/dev/null || test -x /usr/sbin/mosquitto ||
		install "Mosquitto" "the way out by MQTT is not tested with a real broker" mosquitto
	;;
prometheus)
	command -v promtool >/dev/null ||
		install "promtool" "the metrics for Prometheus are not judged by its own tool" prometheus
	;;
*)
	echo "usage: tools.sh php|chromium|screenshots|postgres|mosquitto|prometheus" >&2
	exit 2
	;;
esac
