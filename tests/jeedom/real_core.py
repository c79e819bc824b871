"""A real Jeedom core for a test: its source with this machine's MariaDB, Apache and PHP, in a temporary folder.

Needs, from apt: mariadb-server, apache2, libapache2-mod-php, php-mysql, php-mbstring, php-xml, php-curl, php-zip,
php-gd, php-dragonmantank-cron-expression, php-symfony-expression-language, php-psr-log; a core 4.4 php-monolog as well.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.jeedom.plugin import ROOT, gathered

LIBRARIES: Final = Path("/usr/share/php")
USED: Final = ("Cron", "Symfony/Component/ExpressionLanguage", "Psr/Log")
"""The core's libraries as Debian packages them, in the place of those that Composer downloads."""
USED_BY_4_4: Final = "Monolog"
"""The one that only cores 4.4 need (php-monolog); as well where it is there."""
AUTOLOAD: Final = "<?php\n" + "".join(
    f"require_once '{LIBRARIES}/{name}/autoload.php';\n"
    for name in (*USED, USED_BY_4_4)
    if name in USED or (LIBRARIES / name).is_dir()
)
APACHE: Final = """
ServerRoot {tree}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {run}/apache.pid
ErrorLog {run}/apache.log
Mutex file:{run}
User {user}
Group {user}
LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule mime_module {modules}/mod_mime.so
LoadModule php_module {php}
TypesConfig /etc/mime.types
DirectoryIndex index.php
DocumentRoot {tree}
<Directory {tree}>
  AllowOverride None
  Require all granted
</Directory>
<FilesMatch "\\.php$">
  SetHandler application/x-httpd-php
</FilesMatch>
"""
INSTALL: Final = """
require '{tree}/vendor/autoload.php';
require '{tree}/core/config/common.config.php';
require '{tree}/core/class/DB.class.php';
DB::compareAndFix(json_decode(file_get_contents('{tree}/install/database.json'), true));
if (strncmp(file_get_contents('{tree}/core/config/version'), '4.4', 3) === 0) {{
	// Its default one needs a library of Composer's.
	DB::Prepare("REPLACE INTO config (plugin, `key`, value) VALUES ('core', 'cache::engine', 'MariadbCache')", array());
}}
require '{tree}/core/php/core.inc.php';
config::save('api', config::genKey());
config::save('version', jeedom::version());
$user = new user();
$user->setLogin('admin');
$user->setPassword(sha512('admin'));
$user->setProfils('admin');
$user->save();
"""
"""What install/install.php does, without installing packages on this machine."""
MODULES: Final = Path("/usr/lib/apache2/modules")
START: Final = 60.0
"""Seconds that a server may take to start."""


class CoreError(Exception):
    """The core could not be put together, or what was asked of it failed; the text says what came back."""


def free_port() -> int:
    """Return a port on which nobody listens at present."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def missing_tools() -> list[str]:
    """Return what this machine lacks to run a core, empty where it has everything."""
    tools = [name for name in ("mariadbd", "mariadb-install-db", "apache2", "php") if _tool(name) is None]
    return tools + [str(LIBRARIES / name) for name in USED if not (LIBRARIES / name).is_dir()]


def _tool(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def _run(*command: str | Path, stdin: str | None = None, **more: Any) -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - our own words
        command, input=stdin, capture_output=True, text=True, check=False, timeout=5 * START, **more
    )
    if done.returncode != 0:
        message = f"{command[0]} ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        raise CoreError(message)
    return done.stdout


@dataclass(slots=True)
class Core:
    """A core that runs."""

    tree: Path
    port: int
    web_user: list[str]
    """What a command begins with to be run as the web server's user."""

    def php(self, code: str) -> Any:
        """Return what PHP code returns inside the core, run as the web server's user: `return 1 + 1;`.

        Raises:
            CoreError: it threw, or wrote something that is no JSON.
        """
        script = (
            f"require '{self.tree}/core/php/core.inc.php'; class_exists('heliograph');"
            f'$result = (function () {{ {code} }})(); echo "\n@@" . json_encode($result);'
        )
        text = _run(*self.web_user, "php", "-d", "display_errors=stderr", "-r", script, cwd=self.tree)
        return json.loads(text.rpartition("\n@@")[2])

    def rows(self, table: str) -> list[Mapping[str, Any]]:
        """Return every row of a table."""
        code = f"return DB::Prepare('SELECT * FROM `{table}`', array(), DB::FETCH_TYPE_ALL);"  # noqa: S608 - our own
        rows: list[Mapping[str, Any]] = self.php(code)
        return rows

    def empty_cache(self) -> None:
        """Do what « Vider le cache » does; the core itself needs sudo for it."""
        if self.php("return config::byKey('cache::engine');") == "MariadbCache":
            self.php("cache::flush(); return true;")
            return
        for path in Path(self.php("return jeedom::getTmpFolder('cache');")).iterdir():
            path.unlink()

    def log(self, name: str) -> str:
        """Return a log of the core, empty where it has none."""
        path = self.tree / "log" / name
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def wait_for(self, code: str, seconds: float = START) -> Any:
        """Return what PHP code returns once that is true.

        Raises:
            CoreError: it did not become true in time.
        """
        end = time.monotonic() + seconds
        while True:
            value = self.php(code)
            if value:
                return value
            if time.monotonic() > end:
                message = f"still {value!r} after {seconds:g} s: {code}\n{self.log('heliograph_daemon')[-3000:]}"
                raise CoreError(message)
            time.sleep(0.5)


@contextmanager
def running_core(source: Path) -> Iterator[Core]:
    """Run a core of this source with our plugin in it, its database empty; everything is gone afterwards.

    Raises:
        CoreError: it could not be installed.
    """
    if not (source / "core/config/version").is_file():
        message = f"no Jeedom core in {source}: `git clone https://github.com/jeedom/core` makes one"
        raise CoreError(message)
    with tempfile.TemporaryDirectory(prefix="heliograph-jeedom-") as folder:
        base = Path(folder)
        base.chmod(0o755)
        tree, run = base / "html", base / "run"
        run.mkdir(mode=0o777)
        run.chmod(0o777)
        shutil.copytree(source, tree, ignore=shutil.ignore_patterns(".git", "docs", "tests"))
        (tree / "vendor").mkdir(exist_ok=True)
        (tree / "vendor/autoload.php").write_text(AUTOLOAD)
        root = os.geteuid() == 0
        user = ["setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups"] if root else []
        _put_plugin(tree / "plugins/heliograph", user)
        with _database(run, root=root) as password:
            _configure(tree, run, password)
            if root:
                _run("chown", "-R", "www-data:www-data", tree)
            _run(*user, "php", "-r", INSTALL.format(tree=tree), cwd=tree)
            with _apache(tree, run, root=root) as port:
                core = Core(tree, port, user)
                _settle(core, run)
                yield core
                core.php("if (class_exists('heliograph')) { heliograph::deamon_stop(); } return true;")


def _put_plugin(folder: Path, user: list[str]) -> None:
    """Put the plugin into a core, its environment being the one that runs the tests."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    gathered(folder)
    libraries = os.pathsep.join([str(ROOT / "src"), *(path for path in sys.path if path.endswith("site-packages"))])
    python = folder / "resources/python_venv/bin/python3"
    python.parent.mkdir(parents=True)
    same = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    for interpreter in (sys.executable, same):
        python.write_text(f'#!/bin/sh\nPYTHONPATH={libraries} exec {interpreter} "$@"\n')
        python.chmod(0o755)
        trial = [*user, str(python), "-c", "import aiohttp, heliograph.gateway"]
        if subprocess.run(trial, capture_output=True, check=False, cwd="/").returncode == 0:  # noqa: S603 - our own words
            return
    message = f"the web server's user may run neither {sys.executable} nor {same} with the libraries of {ROOT}"
    raise CoreError(message)


def _configure(tree: Path, run: Path, password: str) -> None:
    text = (tree / "core/config/common.config.sample.php").read_text()
    text = text.replace("'host' => '#HOST#',", f"'unix_socket' => '{run}/mariadb.sock', 'host' => '',")
    for name, value in (("PORT", "0"), ("DBNAME", "jeedom"), ("USERNAME", "jeedom"), ("PASSWORD", password)):
        text = text.replace(f"#{name}#", value)
    (tree / "core/config/common.config.php").write_text(text)


@contextmanager
def _database(run: Path, *, root: bool) -> Iterator[str]:
    """Run an empty MariaDB on a socket only; yields the password of its user."""
    data, place, password = run / "mariadb", run / "mariadb.sock", secrets.token_hex(16)
    user = ["--user=mysql"] if root else []
    data.mkdir()
    if root:
        shutil.chown(data, "mysql", "mysql")
    install = _tool("mariadb-install-db") or ""
    _run(install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", *user)
    command = [_tool("mariadbd") or "", "--no-defaults", f"--datadir={data}", f"--socket={place}", "--skip-networking"]
    with _server([*command, *user], run / "mariadb.log", place.exists):
        words = f"CREATE DATABASE jeedom; GRANT ALL ON jeedom.* TO jeedom@localhost IDENTIFIED BY '{password}';"
        _run(_tool("mariadb") or "mariadb", "--no-defaults", "-u", "root", f"--socket={place}", stdin=words)
        yield password


@contextmanager
def _apache(tree: Path, run: Path, *, root: bool) -> Iterator[int]:
    """Serve the core on a port of this machine."""
    port, user = free_port(), "www-data" if root else os.environ.get("USER", "nobody")
    php = next(iter(sorted(MODULES.glob("libphp*.so"))), None)
    if php is None:
        message = f"no PHP module in {MODULES}: apt install libapache2-mod-php"
        raise CoreError(message)
    config = run / "apache.conf"
    config.write_text(APACHE.format(tree=tree, port=port, run=run, user=user, modules=MODULES, php=php))
    command = [_tool("apache2") or "", "-DFOREGROUND", "-f", str(config)]
    with _server(command, run / "apache.out", lambda: _answers(port)):
        yield port


@contextmanager
def _server(command: list[str], log: Path, ready: Callable[[], bool]) -> Iterator[None]:
    """Run a server until the block ends; in a session of its own, for Apache ends its whole process group.

    Raises:
        CoreError: it was not ready in time; the text holds its log.
    """
    with log.open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)  # noqa: S603 - our own words
    try:
        end = time.monotonic() + START
        while not ready():
            if time.monotonic() > end or server.poll() is not None:
                message = f"{command[0]} did not start: {log.read_text()[-2000:]}"
                raise CoreError(message)
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait(START)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _settle(core: Core, run: Path) -> None:
    """Have the core take itself for started and reachable, and its temporary files in our folder."""
    settings = {
        "internalAddr": "127.0.0.1",
        "internalPort": str(core.port),
        "internalProtocol": "http://",
        "internalComplement": "",
        "folder::tmp": str(run / "tmp").lstrip("/"),
        "timezone": "Europe/Paris",
        "language": "fr_FR",
        "enableCron": "1",
        "dependancyAutoMode": "0",
    }
    lines = "".join(f"config::save('{key}', '{value}');" for key, value in settings.items())
    lines += "config::save('dependancyAutoMode', 0, 'heliograph'); config::save('deamonAutoMode', 0, 'heliograph');"
    lines += f"config::save('socketport', {free_port()}, 'heliograph');"
    core.php(lines + "return true;")
    core.php("@mkdir(jeedom::getTmpFolder(), 0775, true); file_put_contents(jeedom::getTmpFolder() . '/started', 1);")
    core.php("plugin::byId('heliograph')->setIsEnable(1); return true;")
