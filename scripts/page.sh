#!/bin/sh
# Build the page into src/heliograph/web/page, unless it is there and newer than its sources. It needs no root.
# `page.sh check` builds nothing: it succeeds where nothing need be built.
# What is downloaded for that alone is removed again; the tools of `make lint` and `make test` are used where they are.
set -eu
cd "$(dirname "$0")/.."
page=src/heliograph/web/page/index.html
building=src/heliograph/web/page.building
tools=ui/node_modules/.ready

newer_sources() {
	find ui \( -name node_modules -o -name .node -o -name e2e -o -name test-results \) -prune -o -type f -newer "$1" -print
}

if test -f "$page" && test -z "$(newer_sources "$page")"; then exit 0; fi
if test "${1:-}" = check; then exit 1; fi
trap 'rm -f "$building"' EXIT
trap 'exit 1' HUP INT TERM
touch "$building"
case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
fr*) echo "Construction de la page …" ;;
*) echo "Building the page …" ;;
esac
if ! test "$tools" -nt ui/package-lock.json; then
	there=""
	if test -d ui/.node; then there=yes; fi
	trap 'rm -rf "$building" ui/node_modules; if test -z "$there"; then rm -rf ui/.node; fi' EXIT
	ui/with-node build sh -c 'npm ci --omit=dev --no-audit --no-fund --silent --cache "$PWD/node_modules.cache"; code=$?; rm -rf node_modules.cache; exit $code'
fi
ui/with-node build vite build --logLevel warn
touch "$page"
