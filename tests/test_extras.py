"""The optional parts of an installation: which module belongs to which, and what installs one that is missing."""

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from heliograph.extras import MODULES, install_command, missing_module

ROOT = Path(__file__).parents[1]
CLONE = "/home/zoé/my clone"
EDITABLE = '{"url": "file:///home/zo%C3%A9/my%20clone", "dir_info": {"editable": true}}'
FOLDER = '{"url": "file:///home/zo%C3%A9/my%20clone", "dir_info": {}}'


def test_every_module_of_an_extra_is_in_the_table() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    modules = {
        name: {each.lower().replace("_", "-") for each in places} for name, places in packages_distributions().items()
    }
    known = {module for names in MODULES.values() for module in names}
    for extra, requirements in project["optional-dependencies"].items():
        for requirement in requirements:
            package = requirement.split("[")[0].split(">")[0].split("=")[0].split("<")[0].strip()
            if package == "heliograph":
                continue
            assert any(package in places for name, places in modules.items() if name in known), (extra, package)


def test_an_installation_by_make_is_extended_by_make(tmp_path: Path) -> None:
    (tmp_path / ".source").write_text(CLONE, "utf-8")
    (tmp_path / ".extras").write_text("postgres", "utf-8")

    assert install_command("parquet", prefix=tmp_path) == f"make -C '{CLONE}' install EXTRAS=parquet,postgres"
    assert install_command("service", prefix=tmp_path) == f"make -C '{CLONE}' install EXTRAS=postgres"


def test_a_clone_is_extended_by_its_own_uv() -> None:
    command = install_command("parquet", prefix=Path(CLONE, ".venv"), origin=EDITABLE)

    assert command == f"'{CLONE}/.venv/bin/uv' sync --project '{CLONE}' --frozen --inexact --extra parquet"


@pytest.mark.parametrize(
    ("marker", "origin", "command"),
    [
        ("uv-receipt.toml", FOLDER, f"uv tool install --force '{CLONE}[parquet,service]'"),
        ("pipx_metadata.json", FOLDER, f"pipx install --force '{CLONE}[parquet,service]'"),
        ("pipx_metadata.json", "{}", "pipx install --force 'heliograph[parquet,service]'"),
        ("pyvenv.cfg", FOLDER, f"{sys.executable} -m pip install '{CLONE}[parquet,service]'"),
        ("pyvenv.cfg", EDITABLE, f"{sys.executable} -m pip install --editable '{CLONE}[parquet,service]'"),
        ("pyvenv.cfg", "no JSON", f"{sys.executable} -m pip install 'heliograph[parquet,service]'"),
    ],
)
def test_other_installations_are_extended_by_what_made_them(
    tmp_path: Path, marker: str, origin: str, command: str
) -> None:
    (tmp_path / marker).touch()

    assert install_command("parquet", prefix=tmp_path, origin=origin) == command


def test_a_module_of_no_extra_is_no_missing_part() -> None:
    assert missing_module(ModuleNotFoundError(name="msgspec")) is None


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("run --lang fr", "Module « service » non installé"),
        ("run", "Part “service” is not installed"),
        ("demo", "Part “service” is not installed"),
        ("export", "Part “service” is not installed"),
        ("backup", "Part “service” is not installed"),
        ("notify --dry-run", "Part “service” is not installed"),
    ],
)
def test_a_command_of_the_service_names_the_missing_part(tmp_path: Path, command: str, words: str) -> None:
    absent = dict.fromkeys(MODULES["service"])
    program = f"import sys; sys.modules.update({absent}); from heliograph.cli import main; main()"
    result = subprocess.run(  # noqa: S603 - ourselves
        (sys.executable, "-c", program, *command.split()),
        env={"HELIOGRAPH_DATA": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout) == (2, "")
    assert words in result.stderr.replace("\u00a0", " ")
    assert "Traceback" not in result.stderr
