#!/usr/bin/env bash
# Run the demonstration (`make run`). Where the page has to be built first, both happen at once: values are there
# meanwhile, and the page appears by itself.
set -eu
cd "$(dirname "$0")/.."

build() {
	scripts/page.sh || case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
	fr*) echo "Sans page : l’API et tout le reste fonctionnent." ;;
	*) echo "The page is left out; the API and everything else run without it." ;;
	esac
}

# Build, and end with the demonstration, whose process number is $1. The build is a process group of its own.
build_beside() {
	set -m
	build &
	while kill -0 $! 2>/dev/null; do
		kill -0 "$1" 2>/dev/null || kill -- -$! 2>/dev/null || true
		sleep 1
	done
}

if ! scripts/page.sh check; then (build_beside $$ </dev/null &); fi
exec .venv/bin/heliograph demo
