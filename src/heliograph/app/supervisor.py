"""What a supervisor is told: readiness and signs of life, by systemd's protocol where it listens."""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from typing import Final

_SOCKET: Final = "NOTIFY_SOCKET"
_WATCHDOG: Final = "WATCHDOG_USEC"
_SLOWEST: Final = 3600.0


def notify(state: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send one message to the supervisor; False where there is none."""
    address = environment.get(_SOCKET)
    if not address or not hasattr(socket, "AF_UNIX"):
        return False
    # An abstract socket's name begins with a zero byte, written as @.
    address = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | getattr(socket, "SOCK_CLOEXEC", 0)) as door:
            door.connect(address)
            door.sendall(state.encode())
    except OSError:
        return False
    return True


def pause(environment: Mapping[str, str] = os.environ) -> float | None:
    """Return the seconds between two signs of life; None where nobody waits for them."""
    try:
        microseconds = int(environment.get(_WATCHDOG, ""))
    except ValueError:
        return None
    return min(microseconds / 2e6, _SLOWEST) if microseconds > 0 and environment.get(_SOCKET) else None


async def live(alive: Callable[[], bool], environment: Mapping[str, str] = os.environ) -> None:
    """Report to the watchdog for as long as the service runs."""
    seconds = pause(environment)
    while seconds is not None:
        await asyncio.sleep(seconds)
        if alive():
            notify("WATCHDOG=1", environment)
