"""The plugin's PHP: its syntax, and its behaviour against small doubles of the core's classes."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.jeedom.plugin import HERE, PLUGIN, gathered

PHP = shutil.which("php")
PHPUNIT = shutil.which("phpunit")


def _run(*command: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)  # noqa: S603 - our own words


def _needed(tool: str | None, name: str) -> str:
    if tool is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not installed; `make test` installs it where it may")
        pytest.skip(f"{name} is not installed")
    return tool


@pytest.mark.parametrize("path", sorted(PLUGIN.rglob("*.php")), ids=lambda path: path.relative_to(PLUGIN).as_posix())
def test_php_is_well_formed(path: Path) -> None:
    php = _needed(PHP, "php")
    done = _run(php, "-d", "error_reporting=-1", "-d", "display_errors=1", "-l", path)
    assert done.stdout.strip() == f"No syntax errors detected in {path}"


def test_the_plugin_does_what_it_should_in_a_jeedom(tmp_path: Path) -> None:
    _needed(PHP, "php")
    phpunit = _needed(PHPUNIT, "phpunit")
    core = tmp_path / "core/php"
    core.mkdir(parents=True)
    shutil.copy(HERE / "php/doubles.php", core / "core.inc.php")
    gathered(tmp_path / "plugins/heliograph")
    options = ("--no-configuration", "--do-not-cache-result", "--fail-on-warning", "--fail-on-risky", "--colors=never")
    environment = {**os.environ, "HELIOGRAPH_TREE": str(tmp_path)}
    done = _run(phpunit, *options, "--bootstrap", core / "core.inc.php", HERE / "php", cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "OK (" in done.stdout


@pytest.mark.parametrize(
    ("key", "query", "expected"),
    [
        ("wrong", {}, (401, "")),
        ("", {}, (401, "")),
        ("", {"apikey": "right-key"}, (401, "")),
        ("right-key", {"test": "1"}, (200, "OK")),
        ("right-key", {}, (400, "")),
    ],
    ids=["wrong key", "no key", "key in the address", "test", "no message"],
)
def test_the_callback_answers_by_status(
    tmp_path: Path, key: str, query: dict[str, str], expected: tuple[int, str]
) -> None:
    php = _needed(PHP, "php")
    core = tmp_path / "core/php"
    core.mkdir(parents=True)
    shutil.copy(HERE / "php/doubles.php", core / "core.inc.php")
    gathered(tmp_path / "plugins/heliograph")
    words = ",".join(f"'{name}'=>'{value}'" for name, value in query.items())
    script = (
        f"$_GET=array({words}); $_SERVER['HTTP_HELIOGRAPH_KEY']='{key}'; register_shutdown_function(function(){{"
        "$text=ob_get_clean(); echo (http_response_code() ?: 200), '|', $text;}); ob_start();"
        f"require '{tmp_path}/plugins/heliograph/core/php/jeeHeliograph.php';"
    )
    done = _run(php, "-r", script, stdin=subprocess.DEVNULL)
    assert (int(done.stdout.split("|")[0]), done.stdout.split("|")[1]) == expected
