"""`heliograph backup`: everything that a new start needs, in one folder."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from heliograph.app import file
from heliograph.app.outputs import DIARY
from heliograph.app.service import ACCESS
from heliograph.cli.commands.export import opened, progress
from heliograph.cli.commands.run import environment
from heliograph.cli.desk import Desk
from heliograph.errors import Cause, UsageError
from heliograph.gateway.remembered import Memory, data_folder
from heliograph.store.engine import FILE

_PRIVATE: Final = 0o700


async def run(desk: Desk, *, path: str | None, data: str | None, config: str | None) -> None:
    """Copy everything into a folder."""
    today = datetime.fromtimestamp(desk.clock(), UTC).astimezone().date()
    target = Path(path or f"heliograph-backup-{today.isoformat()}")
    if _occupied(target):
        raise desk.misuse("backup.there", path=target)
    environ = environment(desk, data=data, config=config)
    folder = data_folder(environ)
    async with await opened(desk, data=data, config=config) as store:
        _made(target)
        with progress(desk, desk.say("backup.copying")) as told:
            size = await store.backup(target / FILE, told)
    await asyncio.to_thread(_copy, folder, file.path_of(folder, environ), target)
    desk.print(desk.say("backup.done", path=target, size=f"{size / 1e6:.1f}"))


def _occupied(target: Path) -> bool:
    return target.exists() and (not target.is_dir() or any(target.iterdir()))


def _made(target: Path) -> None:
    try:
        target.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        target.chmod(_PRIVATE)
    except OSError as err:
        raise UsageError("unwritable_file", path=str(target), cause=Cause.of(err)) from err


def _copy(folder: Path, settings: Path, target: Path) -> None:
    gateways = Memory(folder).folder
    try:
        for one in (settings, folder / ACCESS, folder / DIARY):
            if one.is_file():
                shutil.copy2(one, target / one.name)
        if gateways.is_dir():
            shutil.copytree(gateways, target / gateways.name)
    except OSError as err:
        raise UsageError("unwritable_file", path=str(target), cause=Cause.of(err)) from err
