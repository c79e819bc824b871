#!/bin/sh
# Installs the program, with its page, into an environment of its own outside this folder, or removes it:
#   install.sh install     the wheel in dist/, with the locked versions of everything it needs
#   install.sh uninstall
# `make install` and `make uninstall` call this. It asks for no rights and never uses sudo.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
uv=$root/.venv/bin/uv
# uv leaves its locks in the folder for temporary files.
if test -d .venv/.tmp; then export TMPDIR="$root/.venv/.tmp"; fi

# say ENGLISH FRENCH
say() {
	case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
	fr*) printf '%s\n' "$2" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

fail() {
	say "$@" >&2
	exit 1
}

test -n "${HOME:-}" || fail "HOME is not set: it says where to install." "HOME n’est pas défini : il indique où installer."
case "$(uname -s)" in
Darwin) data="$HOME/Library/Application Support/heliograph" ;;
*) case "${XDG_DATA_HOME:-}" in
	/*) data=$XDG_DATA_HOME/heliograph ;;
	*) data=$HOME/.local/share/heliograph ;;
	esac ;;
esac
app=$data/app
commands=$HOME/.local/bin
command=$commands/heliograph

ours() {
	test -L "$command" && test "$(readlink "$command")" = "$app/bin/heliograph"
}

on_the_path() {
	case ":$PATH:" in *":$commands:"*) return 0 ;; *) return 1 ;; esac
}

install() {
	wheel=$(ls dist/heliograph-*.whl)
	if test -e "$command" || test -L "$command"; then
		ours || fail "$command is there already and is not ours: move it, then run make install again." \
			"$command existe déjà et n’est pas le nôtre : déplacez-le, puis relancez make install."
	fi
	(umask 077 && mkdir -p "$data" && mkdir -p "$commands" && test -w "$data" && test -w "$commands") ||
		fail "$data or $commands cannot be written: run make install as the user who will run heliograph." \
			"Impossible d’écrire dans $data ou $commands : lancez make install sous l’utilisateur qui lancera heliograph."

	# The optional parts of an earlier installation stay.
	extras=${EXTRAS-$(cat "$app/.extras" 2>/dev/null || true)}
	set -- --extra service
	for extra in $(printf %s "$extras" | tr ',' ' '); do set -- "$@" --extra "$extra"; done

	# What is installed stays as it is until its successor is complete.
	new=$data/app.new old=$data/app.old
	rm -rf "$new" "$old"
	trap 'rm -rf "$new"' EXIT
	say "Installing into $app …" "Installation dans $app …"
	requirements=$(mktemp)
	trap 'rm -rf "$new" "$requirements"' EXIT
	"$uv" export --quiet --frozen --no-dev --no-emit-project --no-header --no-annotate "$@" >"$requirements"
	"$uv" venv --quiet --relocatable --python "$root/.venv/bin/python" "$new"
	VIRTUAL_ENV=$new "$uv" pip install --quiet --require-hashes --requirement "$requirements"
	VIRTUAL_ENV=$new "$uv" pip install --quiet --offline --no-deps "$wheel"
	printf '%s' "$extras" >"$new/.extras"
	printf '%s' "$root" >"$new/.source"
	"$new/bin/heliograph" --version >/dev/null
	if test -d "$app"; then mv "$app" "$old"; fi
	mv "$new" "$app"
	rm -rf "$old"
	ln -sf "$app/bin/heliograph" "$command"

	say "Installed: $("$command" --version)" "Installé : $("$command" --version)"
	on_the_path || say "\
$commands is not on the PATH of this shell. Now:  export PATH=\"\$HOME/.local/bin:\$PATH\"
To keep it, add that line to ~/.profile (Debian's does it already, from the next login on)." "\
$commands n’est pas dans le PATH de ce shell. Maintenant :  export PATH=\"\$HOME/.local/bin:\$PATH\"
Pour le conserver, ajoutez cette ligne à ~/.profile (celui de Debian le fait déjà, dès la prochaine connexion)."
	say "Next: heliograph run. A service that is running takes the new version when it is restarted." \
		"Ensuite : heliograph run. Un service en marche prend la nouvelle version à son redémarrage."
}

uninstall() {
	if ours; then rm -f "$command"; fi
	if test -d "$app"; then
		rm -rf "$app"
		say "Removed: $app" "Supprimé : $app"
	else
		say "Nothing is installed in $app." "Rien n’est installé dans $app."
	fi
	if rmdir "$data" 2>/dev/null || ! test -d "$data"; then return; fi
	say "Your data stays in $data (settings, history, gateways with their credentials). To delete it too: rm -r \"$data\"" \
		"Vos données restent dans $data (réglages, historique, passerelles avec leurs identifiants). Pour les supprimer aussi : rm -r \"$data\""
}

case "${1:-}" in
install | uninstall) "$1" ;;
*)
	echo "usage: install.sh install|uninstall" >&2
	exit 2
	;;
esac
