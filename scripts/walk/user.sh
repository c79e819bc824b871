# What `scripts/walk-debian.sh` does as an ordinary user in the bare system: README's commands, one after the other.
# Each line it prints was checked.
set -eu
folder=$1
began=$(date +%s)

ok() { printf '  ok  %3d s  %s\n' $(($(date +%s) - began)) "$1"; }

fail() {
	printf '  FAILED    %s\n' "$1"
	for log in "$HOME"/*.log; do echo "--- $log"; tail -20 "$log"; done
	exit 1
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# get URL: its content, or nothing
get() { python3 -c 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=5).read().decode())' "$1" 2>/dev/null; }

# wait_for SECONDS COMMAND…
wait_for() {
	left=$1
	shift
	while ! "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		test "$left" -gt 0 || return 1
		sleep 1
	done
}

has_values() { get "http://127.0.0.1:$1/api/v1/values" | grep -q '"production_power"'; }
has_page() { get "http://127.0.0.1:$1/" | grep -q '<script type="module"'; }
in_readme() { grep -qF -- "$1" README.md && grep -qF -- "$1" README.fr.md || fail "README does not name: $1"; }
ended() { ! kill -0 "$1"; }
megabytes() { du -sm "$@" | tail -1 | cut -f1; }

# start COMMAND…: as a terminal of its own would, also where the walk itself was begun by nohup
start() {
	exec python3 -c 'import os, signal, sys; os.setsid(); signal.signal(signal.SIGHUP, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}

# end SIGNAL PID: the service with all its children is gone
end() {
	python3 -c 'import os, signal, sys; os.killpg(int(sys.argv[2]), getattr(signal, sys.argv[1]))' "SIG$1" "$2"
	wait_for 15 ended "$2" || fail "SIG$1 did not end it"
}

command -v sudo >/dev/null && fail "sudo is here: the system is not bare"
mkdir -p "$(dirname "$HOME/$folder")"
git clone --quiet /srv/heliograph.git "$HOME/$folder"
cd "$HOME/$folder"
ok "git clone"

in_readme "make run"
port=$(free_port)
HELIOGRAPH_WEB_PORT=$port start make run >"$HOME/run.log" 2>&1 &
demo=$!
wait_for 600 has_values "$port" || fail "make run gave no values"
ok "make run: values"
wait_for 300 has_page "$port" || fail "make run gave no page"
wait_for 60 test ! -e src/heliograph/web/page.building || fail "the page is being built for ever"
ok "make run: the page; $(megabytes "$HOME") MB in all, of it $(megabytes .) in the clone (files shared with ~/.cache/uv count once)"
end HUP "$demo"
ok "make run ends with its terminal (SIGHUP)"
test -z "$(ls -A /tmp)" || fail "left in /tmp: $(ls -A /tmp)"
ok "nothing is left in /tmp"

in_readme "make install"
make install >"$HOME/install.log" 2>&1 || fail "make install"
grep -q '\.local/bin' "$HOME/install.log" || fail "make install does not say how to reach the command"
PATH="$HOME/.local/bin:$PATH"
heliograph --version >/dev/null || fail "heliograph is not on the PATH"
ok "make install: $(heliograph --version); $(megabytes "$HOME/.local/share/heliograph/app") MB"
make install >"$HOME/upgrade.log" 2>&1 || fail "make install, the second time"
ok "make install, the second time"

in_readme "heliograph discover"
heliograph discover --seconds 1 >"$HOME/discover.log" 2>&1 || test $? -lt 4 || fail "heliograph discover"
grep -q Traceback "$HOME/discover.log" && fail "heliograph discover"
ok "heliograph discover"

in_readme "heliograph sync AD"
gateway=$(free_port)
start heliograph emulate envoy-s-metered-4.10 --http-port "$gateway" >"$HOME/emulate.log" 2>&1 &
emulator=$!
wait_for 60 get "http://127.0.0.1:$gateway/info" || fail "heliograph emulate"
heliograph sync "127.0.0.1:$gateway" </dev/null >"$HOME/sync.log" 2>&1 || fail "heliograph sync"
ok "heliograph sync 127.0.0.1:… (an emulated gateway)"

in_readme "heliograph run"
HELIOGRAPH_WEB_PORT=$port start heliograph run >"$HOME/service.log" 2>&1 &
service=$!
wait_for 60 has_values "$port" || fail "heliograph run gave no values"
has_page "$port" || fail "heliograph run gave no page"
ok "heliograph run: values and page"
end TERM "$service"
end TERM "$emulator"

in_readme "make uninstall"
data=$HOME/.local/share/heliograph
make uninstall >"$HOME/uninstall.log" 2>&1 || fail "make uninstall"
grep -qF "$data" "$HOME/uninstall.log" || fail "make uninstall does not say where the data is"
test ! -e "$HOME/.local/bin/heliograph" && test ! -e "$data/app" && test -f "$data/history.db" || fail "make uninstall"
ok "make uninstall: the program is gone, the data is there"
make clean >/dev/null
test -z "$(git status --porcelain --ignored)" || fail "make clean left: $(git status --porcelain --ignored)"
ok "make clean: the clone is as it was; $(megabytes "$HOME/.cache" 2>/dev/null || echo 0) MB in ~/.cache"
