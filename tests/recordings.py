"""Where the recordings of real gateways are, beside the project; tests that need them are skipped without them."""

from pathlib import Path

import pytest

RECORDINGS = Path(__file__).parents[1].parent / "shared" / "recordings"
FOLDERS = sorted(path for path in RECORDINGS.iterdir() if path.is_dir()) if RECORDINGS.is_dir() else []
NAMES = [folder.name for folder in FOLDERS]

needs_recordings = pytest.mark.skipif(not FOLDERS, reason="no recordings of real gateways beside the project")
"""Marks tests that read recordings."""


def recording(name: str) -> Path:
    """Find a recording, or skip the test that asks for it."""
    folder = RECORDINGS / name
    if not folder.is_dir():
        pytest.skip(f"no recording {name} beside the project")
    return folder


def every_recording() -> list[object]:
    """List all recordings as parameters of a test; one that says why it is skipped where there are none."""
    if not FOLDERS:
        return [pytest.param(RECORDINGS, marks=needs_recordings, id="none")]
    return [pytest.param(folder, id=folder.name) for folder in FOLDERS]
