"""A front on a real socket, in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from heliograph.web.server import Server, listen
from tests.web.front import Front, front


@contextmanager
def running(folder: Path, **options: Any) -> Iterator[tuple[str, Front]]:
    """Give the address of a front that runs, and the front."""
    door = listen("127.0.0.1", 0)
    found: list[Front] = []
    ready, loop = threading.Event(), asyncio.new_event_loop()
    ending = asyncio.Event()

    async def serve() -> None:
        async with front(folder) as one:
            found.append(one)
            server = Server(one.gate, door, **options)
            task = asyncio.create_task(server.run())
            while not server.ready:  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(0.01)
            ready.set()
            await ending.wait()
            one.house.hub.close()
            server.stop()
            await task

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert ready.wait(20)
        yield f"http://127.0.0.1:{door.getsockname()[1]}", found[0]
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(20)
        loop.close()
