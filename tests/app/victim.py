"""A service that reads as fast as it can, to be killed: `python victim.py FOLDER PORT`."""

import asyncio
import os
import sys
from pathlib import Path

from heliograph.app.file import load
from heliograph.app.service import Service


async def main(folder: Path, port: str) -> None:
    environment = {"HELIOGRAPH_WEB_PORT": port, "HELIOGRAPH_LOG_LEVEL": "error", **os.environ}
    service = Service(load(folder / "heliograph.toml", environment), folder, environment=environment)
    service.prepare()
    service.fleet._interval = 0.02  # type: ignore[assignment]
    service.fleet._devices_interval = 1
    service.stop_on_signals()
    print(service.url, flush=True)  # noqa: T201 - whoever started it waits for it
    await service.run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
