#!/bin/sh
# Make bare Debians and walk README's commands in them as an ordinary user would: `scripts/walk-debian.sh [SUITE…]`,
# bookworm and trixie unless others are named. Needs root, debootstrap and the network; elsewhere it is skipped, and says
# why. WALK_BASES names a folder in which the bare systems are for the next time.
set -eu
cd "$(dirname "$0")/.."
. scripts/walk/host.sh

skip() {
	echo "skipped: $1"
	exit 0
}

test "$(id -u)" = 0 || skip "a bare Debian can only be made by root"
command -v debootstrap >/dev/null || skip "debootstrap is not installed (apt install debootstrap)"
test -n "${1:-}" || set -- bookworm trixie

work=$(mktemp -d)
trap 'clean_up "$work"' EXIT
bases=${WALK_BASES:-$work/bases}
git clone --quiet --bare . "$work/heliograph.git"
for suite in "$@"; do
	make_base "$bases/$suite" "$suite"
	# folder of the clone | LANG
	walk "$suite" "$bases/$suite" "heliograph" C
	walk "$suite" "$bases/$suite" "Zoé’s roof/été à la maison" fr_FR.UTF-8
done
