"""Two services on one data folder or one history: the second one says who holds it, and ends."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from heliograph.app.__main__ import IN_USE
from heliograph.errors import InUseError
from heliograph.store import FileLock, Store
from tests.app.test_service import running, service


async def test_a_second_service_on_one_data_folder_ends_with_its_exit_code(tmp_path: Path) -> None:
    first = service(tmp_path)
    environment = {**os.environ, "HELIOGRAPH_DATA": str(tmp_path), "HELIOGRAPH_WEB_PORT": "0"}
    async with running(first):
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "heliograph.app", env=environment, stderr=asyncio.subprocess.PIPE
        )
        _, errors = await second.communicate()
    assert second.returncode == IN_USE
    assert f"process {os.getpid()})" in errors.decode()
    assert str(tmp_path) in errors.decode()
    # Ended, the first one lets go of it.
    FileLock.acquire(first.folder / "service.lock", "x").release()


async def test_a_service_whose_history_another_one_writes_ends(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    async with await Store.open(elsewhere):
        one = service(tmp_path / "data", {"HELIOGRAPH_HISTORY_DATABASE": f"sqlite:///{elsewhere}/history.db"})
        with pytest.raises(InUseError) as caught:
            await one.run()
    assert str(elsewhere) in str(caught.value)
