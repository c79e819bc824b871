"""`heliograph token`: what a token says, how to get one, and whether it opens a gateway."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.table import Table

from heliograph.cli import keys
from heliograph.cli.commands.sync import role_words
from heliograph.cli.desk import Desk
from heliograph.cli.figures import moment
from heliograph.cli.files import write_private
from heliograph.cli.target import Target, keep_guard, memory_of, opened, resolve, what_opens
from heliograph.errors import CloudError
from heliograph.gateway import Account, Credentials, Gateway
from heliograph.gateway.access import CHECK_JWT, PROOF
from heliograph.model import Authentication
from heliograph.protocol import token as assistant
from heliograph.protocol.token import TokenInfo

_SERIAL: Final = re.compile(r"\d{12}")


async def decode(desk: Desk, *, token_file: str | None) -> None:
    """Print the content of a token."""
    text = keys.given(desk, token_file).token
    if text is None and desk.can_ask:
        text = desk.ask_secret(desk.say("ask.token_only"))
    if not text:
        raise desk.misuse("usage.no_token_given")
    _say(desk, assistant.decode(text))


async def check(desk: Desk, *, host: str | None, token_file: str | None) -> None:
    """Try whether a gateway lets us in."""
    target = resolve(desk, host)
    async with opened(desk, target, keys.given(desk, token_file)) as gateway:
        with desk.telling(desk.say("token.checking", host=target.title)):
            await keys.let_in(desk, gateway, lambda: _try(gateway))
        facts, info = gateway.facts, gateway.token
    if facts is not None and facts.authentication is Authentication.TOKEN and info is not None:
        _say(desk, info)
    desk.print(desk.say("token.good" if facts and facts.authentication is not Authentication.NONE else "token.none"))


async def _try(gateway: Gateway) -> None:
    facts = await gateway.identify()
    if facts.authentication is Authentication.TOKEN:
        await gateway.ask(CHECK_JWT)
    elif facts.authentication is Authentication.DIGEST:
        await gateway.ask(PROOF)


async def fetch(desk: Desk, *, host: str | None, serial: str | None, output: str | None) -> None:
    """Fetch a token with an Enlighten account, and keep it."""
    if serial is not None and not _SERIAL.fullmatch(serial):
        raise desk.misuse("usage.bad_serial", given=serial[:40])
    target = resolve(desk, host or serial) if host is not None or serial is None else _remembered(desk, serial)
    if output is None and (target is None or target.entry is None):
        raise desk.misuse("usage.nowhere_to_keep")
    given = keys.given(desk)
    wanted = serial or await _serial_of(desk, target, given)
    account = given.account or (keys.ask_account(desk) if desk.can_ask else None)
    if account is None and target is not None and target.entry is not None:
        account = target.entry.credentials.account
    if account is None:
        raise desk.misuse("usage.no_account_given")
    keys.note_secrets(desk, Credentials(account=account))
    text = await _fetched(desk, account, wanted)
    if output is not None:
        write_private(Path(output), text.encode() + b"\n")
        desk.print(desk.say("token.written", path=output))
    else:
        assert target is not None  # noqa: S101 - one of both is there
        _keep(desk, target, text)
        desk.print(desk.say("token.kept", name=target.title))
    _say(desk, assistant.decode(text))


def _remembered(desk: Desk, serial: str) -> Target | None:
    entry = memory_of(desk).find(serial)
    return None if entry is None else Target(entry.host, entry)


async def _serial_of(desk: Desk, target: Target | None, given: Credentials) -> str:
    """Ask the gateway itself, unless it is known."""
    assert target is not None  # noqa: S101 - without a serial there is a target
    if target.entry is not None:
        return target.entry.serial
    async with opened(desk, target, given) as gateway:
        return (await gateway.identify()).serial


async def _fetched(desk: Desk, account: Account, serial: str) -> str:
    """Fetch, minding what keeps the account from being locked."""
    _, known = what_opens(desk, Target(""), Credentials(account=account))
    guard, now = known.guard.of(account), desk.clock()
    guard.check(now)
    with desk.telling(desk.say("token.fetching")):
        try:
            text = await keys.cloud_of(desk).fetch(account, serial, now=now)
        except CloudError as err:
            keep_guard(desk.environ, guard.failed(now, err))
            raise
    keep_guard(desk.environ, guard.succeeded(now))
    desk.secrets.add(text)
    return text


def _keep(desk: Desk, target: Target, text: str) -> None:
    entry = target.entry
    assert entry is not None  # noqa: S101 - made sure of before anything was fetched
    memory_of(desk).save(replace(entry, credentials=replace(entry.credentials, token=text)))


def _say(desk: Desk, info: TokenInfo) -> None:
    """Tell what a token says, and how long it lives."""
    now, say = desk.clock(), desk.say
    rows = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    rows.add_row(say("token.gateway"), info.serial)
    rows.add_row(say("token.role"), role_words(info, desk.language))
    if info.issued is not None:
        rows.add_row(say("token.issued"), moment(info.issued, desk.language))
    rows.add_row(say("token.expires"), moment(info.expires, desk.language))
    if info.expired(now):
        rows.add_row(say("token.left"), say("token.over"))
    elif info.short_lived:
        rows.add_row(say("token.left"), say("age.hours", n=int(info.seconds_left(now) // 3600)))
    else:
        rows.add_row(say("token.left"), say("age.days", n=info.days_left(now)))
    desk.show(rows)
    urgency = info.urgency(now)
    if urgency is not None:
        desk.warn(say(f"token.urgency.{urgency}"))
