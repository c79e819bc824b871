"""Which gateway a command is about: an address, or the name or serial number of one that was synchronised."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from heliograph.cli import keys
from heliograph.cli.desk import Desk
from heliograph.cli.memory import Entry, Memory, data_folder
from heliograph.gateway import Credentials, Gateway, Known, parse_address

_SERIAL: Final = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to go, and what is remembered of it."""

    host: str
    entry: Entry | None = None

    @property
    def title(self) -> str:
        """How to call it before the reader."""
        name = self.entry.name if self.entry else None
        return f"{name} ({self.host})" if name else self.host


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
        entries = memory.entries()
        if len(entries) == 1:
            return Target(entries[0].host, entries[0])
        names = ", ".join(entry.name or entry.serial for entry in entries)
        raise desk.misuse("usage.which_gateway", names=names) if entries else desk.misuse("usage.no_host")
    entry = memory.find(host)
    if entry is not None:
        return Target(entry.host, entry)
    if _SERIAL.fullmatch(host.strip()):
        raise desk.misuse("usage.unknown_serial", serial=host.strip())
    return Target(str(parse_address(host)) if "://" not in host else host.strip())


@asynccontextmanager
async def opened(
    desk: Desk, target: Target, credentials: Credentials, *, trust: bool = False, afresh: bool = False
) -> AsyncIterator[Gateway]:
    """Open a gateway with all that is remembered of it, and afterwards remember what was learnt.

    Args:
        desk: the reader.
        target: which gateway.
        credentials: what was given for it now.
        trust: accept another certificate key than the one remembered.
        afresh: whichever gateway answers is meant, be it another than before.
    """
    memory = memory_of(desk)
    entry = target.entry
    known = entry.known if entry is not None else Known()
    if entry is not None:
        credentials = keys.merged(credentials, memory.credentials(entry.serial))
        keys.note_secrets(desk, credentials)
    if credentials.account is not None:
        known = replace(known, guard=memory.guard())
    if afresh:
        known = replace(known, facts=None, plan=None)
    gateway = Gateway(
        target.host,
        credentials,
        known=known,
        trust=trust,
        cloud=keys.cloud_of(desk),
        clock=desk.clock,
    )
    async with gateway:
        try:
            yield gateway
        finally:
            memory.keep_guard(gateway.known.guard)
            if entry is not None and not afresh:
                _learn(memory, entry, gateway, credentials)


def _learn(memory: Memory, entry: Entry, gateway: Gateway, given: Credentials) -> None:
    """Remember what was learnt of a gateway: facts, and a token that was fetched if the one before was remembered."""
    if gateway.facts is not None and gateway.known != entry.known:
        memory.keep(replace(entry, known=gateway.known))
    kept, token = memory.credentials(entry.serial), gateway.credentials.token
    if kept.token is not None and token not in {None, given.token, kept.token}:
        memory.keep_credentials(entry.serial, replace(kept, token=token))
