"""Which gateway a command is about: an address, or the name or serial number of one that was synchronised."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from heliograph.cli import keys
from heliograph.cli.desk import Desk
from heliograph.cli.files import write_private
from heliograph.errors import UsageError
from heliograph.gateway import CloudGuard, Credentials, Gateway, Known, parse_address
from heliograph.gateway.remembered import Memory, Remembered, data_folder

_SERIAL: Final = re.compile(r"\d{12}")
_GUARD: Final = "enlighten.json"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to go, and what is remembered of it."""

    host: str
    entry: Remembered | None = None
    label: str = ""
    """What to call it, if not by its name."""

    @property
    def title(self) -> str:
        """How to call it before the reader."""
        if self.label or self.entry is None or self.entry.name == self.entry.serial:
            return self.label or self.host
        return f"{self.entry.name} ({self.host})"


def memory_of(desk: Desk) -> Memory:
    """Open this user's memory."""
    return Memory(data_folder(desk.environ))


def resolve(desk: Desk, host: str | None) -> Target:
    """Find out which gateway is meant; without a word the one that was synchronised, if it is the only one.

    Raises:
        UsageError: none is meant, or it cannot be an address.
    """
    memory = memory_of(desk)
    if host is None or not host.strip():
        entries = [entry for entry in memory.all() if entry.host]
        if len(entries) == 1:
            return Target(entries[0].host, entries[0])
        names = ", ".join(entry.name for entry in entries)
        raise desk.misuse("usage.which_gateway", names=names) if entries else desk.misuse("usage.no_host")
    entry = memory.find(host)
    if entry is not None and entry.host:
        return Target(entry.host, entry)
    if _SERIAL.fullmatch(host.strip()):
        raise desk.misuse("usage.unknown_serial", serial=host.strip())
    parse_address(host)
    return Target(host.strip())


def what_opens(desk: Desk, target: Target, given: Credentials) -> tuple[Credentials, Known]:
    """Put together what was given now and what is remembered."""
    entry = target.entry
    known = entry.known if entry is not None else Known()
    if entry is not None:
        given = keys.merged(given, entry.credentials)
        keys.note_secrets(desk, given)
    if given.account is not None:
        known = replace(known, guard=_guard(desk.environ))
    return given, known


@asynccontextmanager
async def opened(
    desk: Desk, target: Target, given: Credentials, *, trust: bool = False, afresh: bool = False
) -> AsyncIterator[Gateway]:
    """Open a gateway with all that is remembered of it, and afterwards remember what was learnt.

    Args:
        desk: the reader.
        target: which gateway.
        given: what was given for it now.
        trust: accept another certificate key than the one remembered.
        afresh: whichever gateway answers is meant, be it another than before.
    """
    credentials, known = what_opens(desk, target, given)
    if afresh:
        known = replace(known, facts=None, plan=None)
    gateway = Gateway(target.host, credentials, known=known, trust=trust, cloud=keys.cloud_of(desk), clock=desk.clock)
    async with gateway:
        try:
            yield gateway
        finally:
            keep_guard(desk.environ, gateway.known.guard)
            if target.entry is not None and not afresh:
                _learn(desk, target.entry, gateway, credentials)


def _learn(desk: Desk, entry: Remembered, gateway: Gateway, given: Credentials) -> None:
    """Remember what was learnt of a gateway: facts, and a token that was fetched if the one before was remembered."""
    kept, token = entry.credentials, gateway.credentials.token
    if (kept.token or kept.account) and token not in {None, given.token}:
        kept = replace(kept, token=token)
    learnt = replace(entry, known=gateway.known, credentials=kept)
    # A key that was not accepted, or a gateway that never answered, teaches nothing.
    if gateway.facts is not None and learnt != entry:
        memory_of(desk).save(learnt)


def _guard(environ: Mapping[str, str]) -> CloudGuard:
    """Return what happened with Enlighten so far, for whichever gateway: it is the account that would be locked."""
    with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(_guard_path(environ).read_bytes(), type=CloudGuard)
    return CloudGuard()


def keep_guard(environ: Mapping[str, str], guard: CloudGuard) -> None:
    """Remember what happened with Enlighten; where nothing can be written, the command itself matters more."""
    if guard.mark and guard != _guard(environ):
        with suppress(UsageError):
            write_private(_guard_path(environ), msgspec.json.encode(guard) + b"\n")


def _guard_path(environ: Mapping[str, str]) -> Path:
    return data_folder(environ) / _GUARD
