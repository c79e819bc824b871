#!/bin/sh
# The tools that some tests need and that are not Python's. `tools.sh install NAME…` installs what is missing where it may:
# with CI=true, or as root in a container. Elsewhere it changes nothing, and says what to type.
# `tools.sh summary NAME…` says at the end what was not tested without them.
set -eu

# name ; programs, one of which is needed of each group ; Debian's packages ; what is not tested without it
TOOLS='
php;php phpunit;php-cli php-mbstring php-xml phpunit;the PHP of the Jeedom plugin
postgres;initdb;postgresql;the history on PostgreSQL
mosquitto;mosquitto;mosquitto;MQTT with a real broker
prometheus;promtool;prometheus;the metrics and alerts with the tools of Prometheus
chromium;chromium;chromium fonts-inter;the page in a browser
faketime;faketime;faketime;pictures of a fixed time of day
'

PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
for folder in /usr/lib/postgresql/*/bin; do PATH="$PATH:$folder"; done

row() {
	printf '%s' "$TOOLS" | grep "^$1;" || { echo "tools.sh: there is no tool $1" >&2; exit 2; }
}

# missing NAME…: the names of the tools that are not here
missing() {
	for name in "$@"; do
		for program in $(row "$name" | cut -d';' -f2); do
			command -v "$program" >/dev/null || { echo "$name"; break; }
		done
	done
}

# column NUMBER NAME…
column() {
	number=$1
	shift
	for name in "$@"; do row "$name" | cut -d';' -f"$number"; done
}

may_install() {
	command -v apt-get >/dev/null || return 1
	test "${CI:-}" = true || { test "$(id -u)" = 0 && in_a_container; }
}

in_a_container() {
	test -e /.dockerenv || test -e /run/.containerenv || grep -qs 'container=' /proc/1/environ
}

advice() {
	echo To test them too: sudo apt install $(column 3 "$@")
}

# Services of the packages are not started, and no database is made: the tests start their own.
install() {
	sudo=""
	if test "$(id -u)" != 0; then sudo="sudo -n"; fi
	$sudo sh -eu -c '
		policy=/usr/sbin/policy-rc.d
		if ! test -e "$policy"; then
			printf "#!/bin/sh\nexit 101\n" >"$policy"
			chmod 755 "$policy"
			trap "rm -f $policy" EXIT
		fi
		export DEBIAN_FRONTEND=noninteractive
		get="apt-get install -qq -y --no-install-recommends"
		apt-get update -qq
		case " $* " in *" postgresql "*)
			$get postgresql-common
			echo "create_main_cluster = false" >>/etc/postgresql-common/createcluster.conf
		esac
		# Where one package cannot be had, the others can.
		$get "$@" || for each in "$@"; do $get "$each" || true; done
	' install $(column 3 "$@") >/dev/null || true
}

action=${1:-}
test $# -gt 1 || { echo "usage: tools.sh install|summary NAME…" >&2; exit 2; }
shift
wanted=$(missing "$@")
test -n "$wanted" || exit 0
case "$action" in
install)
	# shellcheck disable=SC2086 # names
	if may_install; then
		echo "Installing $(echo $wanted) …"
		install $wanted
	else
		advice $wanted
	fi
	;;
summary)
	echo "Not tested here:"
	# shellcheck disable=SC2086 # names
	column 4 $wanted | sed 's/^/  - /'
	# shellcheck disable=SC2086 # names
	advice $wanted
	;;
esac
