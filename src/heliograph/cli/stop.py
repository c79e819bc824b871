"""Ends long-running commands cleanly on Ctrl-C, SIGTERM and when the terminal is closed."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from heliograph.app.machine import ending_signals


async def until_stopped(work: Coroutine[Any, Any, None]) -> bool:
    """Do some work until it is done or a signal asks to stop; say whether it was asked.

    Raises:
        Exception: whatever the work raises.
    """
    task = asyncio.create_task(work, name="work")
    loop = asyncio.get_running_loop()
    asked = False

    def stop() -> None:
        nonlocal asked
        asked = True
        task.cancel()

    signals = []
    for number in ending_signals():
        # Elsewhere than on the main thread of a Unix process, Ctrl-C ends the loop by itself.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, stop)
            signals.append(number)
    try:
        await task
    except asyncio.CancelledError:
        if not asked:
            raise
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
    return asked
