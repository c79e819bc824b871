"""What was acknowledged survives kill -9."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KILLS = 20


def test_everything_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - this very project
        [sys.executable, "-m", "tests.store.victim", str(tmp_path), str(KILLS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert int(done.stdout) > KILLS
