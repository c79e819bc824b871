"""What is remembered between two commands: gateways that were synchronised, in the data folder of this user."""

import contextlib
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from heliograph.errors import Cause, HeliographError, UsageError
from heliograph.gateway import CloudGuard, Credentials, Known, parse_address

_VARIABLE: Final = "HELIOGRAPH_DATA"
_SAFE: Final = re.compile(r"[^A-Za-z0-9_-]")

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Entry:
    """One gateway that was synchronised; holds no secret."""

    serial: str
    host: str
    name: str | None
    synced_at: float
    known: Known


@dataclass(frozen=True, slots=True, repr=False)
class _Keys:
    """What opens a gateway. An Enlighten password is not kept: the token is."""

    token: str | None = None
    user: str | None = None
    password: str | None = None


def data_folder(environ: Mapping[str, str]) -> Path:
    """Give the folder where this user's programs keep their data; `HELIOGRAPH_DATA` names another."""
    if environ.get(_VARIABLE):
        return Path(environ[_VARIABLE])
    home = Path.home()
    if sys.platform == "win32":  # pragma: no cover - another platform
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "Heliograph"
    if sys.platform == "darwin":  # pragma: no cover - another platform
        return home / "Library" / "Application Support" / "Heliograph"
    return Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "heliograph"


class Memory:
    """Reads and writes the data folder; only its owner may."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gateways = folder / "gateways"

    def entries(self) -> tuple[Entry, ...]:
        """Give every gateway that was synchronised, the latest first.

        Raises:
            UsageError: `unreadable_file`; what is damaged is set aside, so that the next call succeeds.
        """
        paths = sorted(self.gateways.glob("*.json")) if self.gateways.is_dir() else []
        found = (_load(path, Entry) for path in paths if not path.name.endswith(".keys.json"))
        return tuple(sorted((entry for entry in found if entry is not None), key=lambda entry: -entry.synced_at))

    def find(self, text: str) -> Entry | None:
        """Find a gateway by its name, serial number or address."""
        entries = self.entries()
        wanted = text.strip()
        for attribute in ("name", "serial", "host"):
            for entry in entries:
                if (getattr(entry, attribute) or "").casefold() == wanted.casefold():
                    return entry
        with contextlib.suppress(HeliographError):
            address = str(parse_address(wanted))
            return next((entry for entry in entries if entry.host == address), None)
        return None

    def keep(self, entry: Entry) -> None:
        """Remember a gateway.

        Raises:
            UsageError: `unwritable_file`.
        """
        # A name stands for one gateway: the latest that was given it.
        for other in self.entries():
            if entry.name is not None and other.name == entry.name and other.serial != entry.serial:
                _save(self._path(other.serial), replace(other, name=None))
        _save(self._path(entry.serial), entry)

    def credentials(self, serial: str) -> Credentials:
        """Give what was remembered to open a gateway."""
        keys = _load(self._keys_path(serial), _Keys) or _Keys()
        return Credentials(password=keys.password, user=keys.user, token=keys.token)

    def keep_credentials(self, serial: str, credentials: Credentials) -> bool:
        """Remember what opens a gateway; say whether there is anything to remember."""
        keys = _Keys(credentials.token, credentials.user, credentials.password)
        if keys == _Keys():
            return False
        _save(self._keys_path(serial), keys)
        return True

    def forget_credentials(self, serial: str) -> None:
        """Remember no longer what opens a gateway."""
        self._keys_path(serial).unlink(missing_ok=True)

    def guard(self) -> CloudGuard:
        """Give what happened with Enlighten so far."""
        return _load(self.folder / "enlighten.json", CloudGuard) or CloudGuard()

    def keep_guard(self, guard: CloudGuard) -> None:
        """Remember what happened with Enlighten, for whichever gateway."""
        if guard.mark and guard != self.guard():
            _save(self.folder / "enlighten.json", guard)

    def _path(self, serial: str) -> Path:
        return self.gateways / f"{_SAFE.sub('_', serial)}.json"

    def _keys_path(self, serial: str) -> Path:
        return self.gateways / f"{_SAFE.sub('_', serial)}.keys.json"


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Raises:
        UsageError: `unwritable_file`.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - the mode from the start
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as err:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise UsageError("unwritable_file", path=path, cause=_because(err)) from err


def _because(err: OSError) -> Cause:
    return Cause("system", {"detail": err.strerror or type(err).__name__})


def unreadable(path: Path, err: OSError) -> UsageError:
    """Make the error of a file that cannot be read."""
    return UsageError("unreadable_file", path=path, cause=_because(err))


def _save(path: Path, content: Any) -> None:
    write_private(path, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")


def _load(path: Path, kind: type[Kind]) -> Kind | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except OSError as err:
        raise unreadable(path, err) from err
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        aside = path.with_suffix(".damaged")
        with contextlib.suppress(OSError):
            path.replace(aside)
        raise UsageError("unreadable_file", path=path, cause=Cause("damaged", {"aside": aside.name})) from err
