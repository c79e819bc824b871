"""Files that a command reads and writes for its user."""

import contextlib
import os
from pathlib import Path

from heliograph.errors import Cause, UsageError


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Raises:
        UsageError: `unwritable_file`.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "wb") as file:
            file.write(content)
        fresh.replace(path)
    except OSError as err:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise UsageError("unwritable_file", path=path, cause=Cause.of(err)) from err


def unreadable(path: Path, err: OSError) -> UsageError:
    """Make the error of a file that cannot be read."""
    return UsageError("unreadable_file", path=path, cause=Cause.of(err))
