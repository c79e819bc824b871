"""What opens a gateway, as its owner gives it: in a file, in the environment, or typed unseen; never as an argument."""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol, TypeVar

from heliograph.cli.desk import Desk
from heliograph.cli.files import unreadable
from heliograph.errors import CloudError, HeliographError, RefusedError
from heliograph.gateway import Account, Cloud, Credentials
from heliograph.protocol.token import clean

TOKEN: Final = "HELIOGRAPH_TOKEN"  # noqa: S105 - names of variables, no secrets
USER: Final = "HELIOGRAPH_USER"
PASSWORD: Final = "HELIOGRAPH_PASSWORD"  # noqa: S105 - as above
ENLIGHTEN_USER: Final = "HELIOGRAPH_ENLIGHTEN_USER"
ENLIGHTEN_PASSWORD: Final = "HELIOGRAPH_ENLIGHTEN_PASSWORD"  # noqa: S105 - as above
ENLIGHTEN_URL: Final = "HELIOGRAPH_ENLIGHTEN_URL"
ENTREZ_URL: Final = "HELIOGRAPH_ENTREZ_URL"

_LIMIT: Final = 64 * 1024
_TRIES: Final = 3
_STDIN: Final = "-"
_ASK_TOKEN: Final = frozenset({"token_needed", "token_malformed", "token_expired", "token_foreign", "token_refused"})
_ASK_PASSWORD: Final = frozenset({"password_needed", "wrong_password"})
_ASK_ACCOUNT: Final = frozenset({"cloud_credentials", "cloud_stopped"})

Result = TypeVar("Result")


class Opened(Protocol):
    """Something that credentials open."""

    @property
    def credentials(self) -> Credentials:
        """What opens it now."""

    def use(self, credentials: Credentials) -> None:
        """Take others from now on."""


def given(desk: Desk, token_file: str | None = None) -> Credentials:
    """Gather what was given for this command.

    Raises:
        UsageError: the file cannot be read, or half an account was given.
    """
    environ = desk.environ
    token = read_token(token_file) if token_file is not None else environ.get(TOKEN) or None
    found = Credentials(
        password=environ.get(PASSWORD) or None,
        user=environ.get(USER) or None,
        token=token,
        account=account_given(desk),
    )
    note_secrets(desk, found)
    return found


def account_given(desk: Desk) -> Account | None:
    """Return the Enlighten account of the environment; None where there is none.

    Raises:
        UsageError: half of it is there.
    """
    user, password = desk.environ.get(ENLIGHTEN_USER), desk.environ.get(ENLIGHTEN_PASSWORD)
    if bool(user) != bool(password):
        raise desk.misuse("usage.half_account", user=ENLIGHTEN_USER, password=ENLIGHTEN_PASSWORD)
    return Account(user, password) if user and password else None


def note_secrets(desk: Desk, credentials: Credentials) -> None:
    """Make sure that none of this is ever shown."""
    desk.secrets.update(text for text in (credentials.password, credentials.token) if text)
    if credentials.token:
        desk.secrets.add(clean(credentials.token))
    if credentials.account is not None:
        desk.secrets.add(credentials.account.password)


def merged(first: Credentials, then: Credentials) -> Credentials:
    """Fill in from what was remembered what was not given now."""
    return Credentials(
        password=first.password or then.password,
        user=first.user or then.user,
        token=first.token or (None if first.account else then.token),
        account=first.account or then.account,
    )


def read_token(path: str) -> str:
    """Read a token from a file, or from standard input if that is `-`.

    Raises:
        UsageError: `unreadable_file`.
    """
    try:
        if path == _STDIN:
            return sys.stdin.read(_LIMIT)
        with Path(path).open("rb") as file:
            return file.read(_LIMIT).decode("utf-8", "replace")
    except OSError as err:
        raise unreadable(Path(path), err) from err


def cloud_of(desk: Desk) -> Cloud:
    """Return Enphase's service; the environment may name a stand-in."""
    usual = Cloud()
    return Cloud(
        desk.environ.get(ENLIGHTEN_URL) or usual.enlighten,
        desk.environ.get(ENTREZ_URL) or usual.entrez,
    )


async def let_in(desk: Desk, gateway: Opened, action: Callable[[], Awaitable[Result]]) -> Result:
    """Do something with a gateway; where it refuses us and somebody can answer, ask for what it wants and try again.

    Raises:
        HeliographError: whatever the action raises, once asking does not help.
    """
    for _ in range(_TRIES):
        try:
            return await action()
        except (RefusedError, CloudError) as err:
            asked = _asked(desk, gateway.credentials, err) if desk.can_ask else None
            if asked is None:
                raise
            note_secrets(desk, asked)
            gateway.use(asked)
    return await action()


def _asked(desk: Desk, held: Credentials, err: HeliographError) -> Credentials | None:
    """Ask for what a refusal names; None where nothing was answered."""
    if err.code in _ASK_PASSWORD:
        desk.note(err.text(desk.language))
        password = desk.ask_secret(desk.say("ask.password"))
        return replace(held, password=password) if password else None
    if err.code in _ASK_TOKEN:
        desk.note(err.text(desk.language))
        token = desk.ask_secret(desk.say("ask.token"))
        if token:
            return replace(held, token=token, account=None)
        account = ask_account(desk)
        return None if account is None else replace(held, token=None, account=account)
    if err.code in _ASK_ACCOUNT:
        desk.note(err.text(desk.language))
        account = ask_account(desk)
        return None if account is None else replace(held, account=account)
    return None


def ask_account(desk: Desk) -> Account | None:
    """Ask for an Enlighten account; None where nothing was answered."""
    user = desk.ask(desk.say("ask.account_user"))
    password = desk.ask_secret(desk.say("ask.account_password")) if user else ""
    return Account(user, password) if user and password else None
