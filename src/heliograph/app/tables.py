"""Makes a new history's tables in a process of its own: what only that needs does not stay in memory for years."""

import asyncio
import os
import sys
from pathlib import Path

from heliograph.store import Store
from heliograph.store.engine import FILE


async def make(folder: Path) -> None:
    """Make the tables of an embedded history that is not there yet; whatever fails here is said by who opens it."""
    if await asyncio.to_thread((folder / FILE).exists):
        return
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, str(folder))
    try:
        await process.wait()
    except BaseException:
        process.kill()
        await process.wait()
        raise


async def _open(folder: Path) -> None:
    async with await Store.open(folder):
        pass


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(_open(Path(sys.argv[1])))
