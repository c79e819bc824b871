"""What the machine says of its owner (language and time zone), and which signals end a program."""

import contextlib
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LOCALTIME: Final = Path("/etc/localtime")
_TIMEZONE: Final = Path("/etc/timezone")


def ending_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that ask for an orderly end; a closed terminal is one, unless `nohup` turned it off."""
    ending = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        ending.append(signal.SIGHUP)
    return tuple(ending)


def language_of(wanted: str, environment: Mapping[str, str]) -> str:
    """Return the language that was set, or else that of the locale."""
    if wanted != "auto":
        return wanted
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "fr" if locale.lower().startswith("fr") else "en"


def zone_of(environment: Mapping[str, str], *, localtime: Path = _LOCALTIME, timezone: Path = _TIMEZONE) -> str:
    """Return the machine's time zone by its IANA name; UTC where it cannot be told."""
    candidates = [environment.get("TZ", "").removeprefix(":")]
    with contextlib.suppress(OSError):
        candidates.append(timezone.read_text("utf-8").strip())
    with contextlib.suppress(OSError):
        candidates.append(str(localtime.resolve()).partition("zoneinfo/")[2])
    return next((name for name in candidates if _is_zone(name)), "UTC")


def names_of(host: str) -> tuple[str, ...]:
    """Return the names of this machine, and the one it was told to listen on."""
    own = socket.gethostname()
    short = own.partition(".")[0]
    return (host, own, short, f"{short}.local", f"{short}.lan", f"{short}.home", f"{short}.fritz.box")


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and ZoneInfo(name) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
