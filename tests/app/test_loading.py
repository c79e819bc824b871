"""What a service loads: nothing that only other commands or rare moments need. Each would stay in memory for years."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_PREPARED = """
import json, sys
from pathlib import Path
from heliograph.app import file
from heliograph.app.__main__ import serve
from heliograph.app.service import Service
given = {"HELIOGRAPH_WEB_PORT": "0"}
folder = Path(sys.argv[1])
service = Service(file.load(folder / file.NAME, given), folder, environment=given)
service.prepare()
print(json.dumps(sorted(sys.modules)))
service.close()
"""
_JEEDOM = """
import json, sys
import heliograph.outputs.jeedom, heliograph.poller
print(json.dumps(sorted(sys.modules)))
"""
_NEVER = ("alembic", "apprise", "cryptography", "jwt", "rich", "typer", "zeroconf", "sqlalchemy.dialects.postgresql")


def _loaded(program: str, *arguments: str) -> set[str]:
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", _NEVER)
def test_a_service_loads_only_what_it_needs(module: str, service_modules: set[str]) -> None:
    assert "sqlalchemy" in service_modules
    assert module not in service_modules


def test_the_daemon_of_jeedom_loads_neither_page_nor_database() -> None:
    modules = _loaded(_JEEDOM)
    assert not {*_NEVER, "litestar", "sqlalchemy", "uvicorn"} & modules


@pytest.fixture(scope="module")
def service_modules(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder: Path = tmp_path_factory.mktemp("data")
    return _loaded(_PREPARED, str(folder))
