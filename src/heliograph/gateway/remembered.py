"""The gateways that were synchronised, kept in the data folder with all that a restart needs, secrets included."""

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from heliograph.errors import Cause, UsageError
from heliograph.gateway.address import parse_address
from heliograph.gateway.credentials import Credentials
from heliograph.gateway.known import Known
from heliograph.gateway.log import LOGGER

VARIABLE: Final = "HELIOGRAPH_DATA"
_FOLDER: Final = "gateways"
_PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Remembered:
    """One gateway as it was left."""

    serial: str
    name: str
    """As its owner calls it."""
    host: str
    """As its owner typed it."""
    known: Known = field(default_factory=Known)
    credentials: Credentials = field(default_factory=Credentials)


def data_folder(environment: Mapping[str, str] = os.environ, *, platform: str = sys.platform) -> Path:
    """Return the folder where data and secrets belong on this platform; `HELIOGRAPH_DATA` overrides it."""
    given = environment.get(VARIABLE)
    if given:
        return Path(given).expanduser()
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or Path.home())
    if platform == "darwin":
        return home / "Library" / "Application Support" / "heliograph"
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "heliograph"
    # The XDG standard ignores a relative path.
    given = environment.get("XDG_DATA_HOME", "")
    return (Path(given) if given.startswith("/") else home / ".local" / "share") / "heliograph"


class Memory:
    """The remembered gateways of one data folder, one file each, readable by its owner alone."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take a data folder; None for the platform's own. Nothing is touched yet."""
        self.folder: Final = (folder or data_folder()) / _FOLDER

    def all(self) -> tuple[Remembered, ...]:
        """Return every gateway, by name; a damaged file is set aside with a warning."""
        found = []
        for path in sorted(self.folder.glob("*.json")):
            try:
                found.append(self._read(path))
            except UsageError as err:
                LOGGER.warning("%s", err)
        return tuple(sorted(found, key=lambda item: (item.name.casefold(), item.serial)))

    def find(self, wanted: str) -> Remembered | None:
        """Return the gateway of this serial, name or host, in this order of precedence; None where there is none.

        Raises:
            UsageError: `unreadable_file`: the file of this serial is damaged, and was set aside.
        """
        wanted = wanted.strip()
        path = self._path(wanted)
        if path.exists() and (found := self._read(path)).serial == wanted:
            return found
        gateways = self.all()
        by_name = (item for item in gateways if item.name.casefold() == wanted.casefold())
        by_host = (item for item in gateways if _same_host(item.host, wanted))
        return next(by_name, None) or next(by_host, None)

    def save(self, gateway: Remembered) -> None:
        """Keep a gateway, in place of what was kept of it; whole or not at all, also when the power fails.

        Raises:
            UsageError: `unwritable_file`.
        """
        path = self._path(gateway.serial)
        try:
            self.folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            self.folder.chmod(_PRIVATE_FOLDER)
            _replace(path, msgspec.json.format(msgspec.json.encode(gateway), indent=1) + b"\n")
        except OSError as err:
            raise UsageError("unwritable_file", path=str(path), cause=Cause.of(err)) from err

    def forget(self, serial: str) -> bool:
        """Remove a gateway; False if it was not known.

        Raises:
            UsageError: `unwritable_file`.
        """
        path = self._path(serial)
        known = path.exists()
        try:
            path.unlink(missing_ok=True)
        except OSError as err:
            raise UsageError("unwritable_file", path=str(path), cause=Cause.of(err)) from err
        return known

    def _path(self, serial: str) -> Path:
        # A serial comes off the network, and must not lead out of the folder.
        return self.folder / f"{_UNFIT.sub('_', serial)[:64]}.json"

    def _read(self, path: Path) -> Remembered:
        try:
            content = path.read_bytes()
        except OSError as err:
            raise UsageError("unreadable_file", path=str(path), cause=Cause.of(err)) from err
        try:
            return msgspec.json.decode(content, type=Remembered)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as err:
            aside = _set_aside(path)
            cause = Cause("damaged", {"aside": aside.name})
            raise UsageError("unreadable_file", path=str(path), cause=cause) from err


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole, then put it in place; mkstemp makes it private from the start."""
    number, draft = tempfile.mkstemp(prefix=f".{path.stem}-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(_PRIVATE_FILE)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where the platform lets a folder be synchronised."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    with contextlib.suppress(OSError):
        path.replace(aside)
    return aside


def _same_host(one: str, other: str) -> bool:
    try:
        return str(parse_address(one)).casefold() == str(parse_address(other)).casefold()
    except UsageError:
        return False
