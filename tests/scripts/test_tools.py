"""`scripts/tools.sh`: what it does to a machine on which the tests' tools are missing."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "tools.sh"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of programs without PHP and Prometheus, whose user is not root and may use sudo without a password."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "grep", "cut", "sed", "tr"):
        (programs / name).symlink_to(shutil.which(name) or "")
    for name, script in {
        "id": "echo 1000",
        "sudo": f'echo "$@" >>"{tmp_path}/calls"',
        "apt-get": f'echo "$@" >>"{tmp_path}/calls"',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        (programs / name).chmod(0o755)
    return programs


def _run(machine: Path, *arguments: str, ci: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(machine), "CI": ci}
    command = (str(machine / "sh"), str(SCRIPT), *arguments)
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves


def test_a_user_s_machine_is_not_changed(machine: Path, tmp_path: Path) -> None:
    result = _run(machine, "install", "php", "prometheus")

    assert result.stdout.strip() == (
        "To test them too: sudo apt install php-cli php-mbstring php-xml phpunit prometheus"
    )
    assert not (tmp_path / "calls").exists()


def test_ci_installs_what_is_missing_with_services_held(machine: Path, tmp_path: Path) -> None:
    result = _run(machine, "install", "php", ci="true")

    calls = (tmp_path / "calls").read_text("utf-8")
    assert (result.returncode, result.stdout.strip()) == (0, "Installing php …")
    assert "policy-rc.d" in calls
    assert calls.strip().endswith("install php-cli php-mbstring php-xml phpunit")


def test_the_summary_says_what_was_not_tested(machine: Path) -> None:
    lines = _run(machine, "summary", "php", "prometheus").stdout.splitlines()

    assert lines == [
        "Not tested here:",
        "  - the PHP of the Jeedom plugin",
        "  - the metrics and alerts with the tools of Prometheus",
        "To test them too: sudo apt install php-cli php-mbstring php-xml phpunit prometheus",
    ]


def test_where_nothing_is_missing_nothing_is_said(machine: Path) -> None:
    for name in ("php", "phpunit"):
        (machine / name).symlink_to(machine / "sh")

    assert _run(machine, "summary", "php").stdout == ""
    assert _run(machine, "install", "php").stdout == ""
