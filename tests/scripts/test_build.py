"""What sets up an environment is locked with hashes, at the versions of uv.lock."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = ROOT / ".venv/bin/uv"


@pytest.mark.skipif(not UV.is_file(), reason="uv is not in .venv")
def test_the_build_s_packages_are_those_of_the_lock() -> None:
    command = (
        UV,
        "export",
        "--frozen",
        "--offline",
        "--quiet",
        "--only-group",
        "build",
        "--no-header",
        "--no-annotate",
    )
    exported = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours

    assert (ROOT / "packaging/build.txt").read_text("utf-8") == exported
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=\S)", exported.strip()))


def test_the_image_installs_nothing_without_a_hash() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", "").splitlines()
    installs = [each for line in lines for each in line.split("&&") if "pip install" in each]

    assert len(installs) == 3
    assert all("--require-hashes" in each or "--no-deps /wheels/*.whl" in each for each in installs)
