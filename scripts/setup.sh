#!/bin/sh
# Set up .venv: `setup.sh uv` the environment and uv in it, `setup.sh service` what running the service needs,
# `setup.sh all` what checking and testing it needs, too. It needs no root, and changes nothing outside this folder but
# the caches of pip and uv. PYTHON names another Python.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
: "${PYTHON:=python3}"

case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in fr*) french=yes ;; *) french="" ;; esac

# say ENGLISH FRENCH
say() {
	if test -n "$french"; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi
}

fail() {
	say "$@" >&2
	exit 1
}

# Where HOME cannot be written, its caches are here.
if ! test -w "${HOME:-/nowhere}"; then
	export UV_CACHE_DIR="$PWD/.venv/.cache/uv" PIP_CACHE_DIR="$PWD/.venv/.cache/pip"
fi

needs_network() {
	fail "This needs the network once (PyPI), and it could not be reached: see above. Run the same command again when it can." \
		"Le réseau est nécessaire une fois (PyPI) et n’a pas répondu : voir ci-dessus. Relancez ensuite la même commande."
}

set_up_uv() {
	test ! -x $uv || return 0
	command -v "$PYTHON" >/dev/null || fail "There is no $PYTHON here: install Python 3.11 or later (Debian 12 and later: sudo apt install python3-venv)." \
		"$PYTHON est introuvable : installez Python 3.11 ou plus récent (Debian 12 et suivantes : sudo apt install python3-venv)."
	version=$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
	"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
		fail "Heliograph needs Python 3.11 or later; $PYTHON is $version. With another one: make run PYTHON=/path/to/python3.11" \
			"Heliograph demande Python 3.11 ou plus récent ; $PYTHON est en version $version. Avec un autre : make run PYTHON=/chemin/vers/python3.11"
	say "Setting up .venv …" "Préparation de .venv …"
	"$PYTHON" -c 'import ensurepip' 2>/dev/null ||
		fail "Python’s venv is missing (Debian: sudo apt install python3-venv)." \
			"Le module venv de Python manque (Debian : sudo apt install python3-venv)."
	"$PYTHON" -m venv .venv
	.venv/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes \
		-r packaging/build.txt || needs_network
}

# The page is built apart from this.
synchronise() {
	HELIOGRAPH_PAGE=no UV_PROJECT_ENVIRONMENT=.venv $uv sync --quiet --frozen --inexact "$@" || needs_network
}

set_up_uv
# uv leaves its locks in the folder for temporary files.
mkdir -p .venv/.tmp
export TMPDIR="$PWD/.venv/.tmp"
case "${1:-}" in
uv) ;;
service) synchronise --no-dev --extra service ;;
all) synchronise --all-extras ;;
*)
	echo "usage: setup.sh uv|service|all" >&2
	exit 2
	;;
esac
