"""Keeps a living token for one gateway: the owner's, or one fetched and renewed with the Enlighten account."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from heliograph.errors import CloudError, RefusedError
from heliograph.gateway.cloud import Cloud
from heliograph.gateway.credentials import Account, Credentials
from heliograph.gateway.events import Event, Happening, Listener
from heliograph.gateway.guard import CloudGuard
from heliograph.gateway.log import LOGGER
from heliograph.protocol import token as assistant
from heliograph.protocol.token import TokenInfo


class TokenKeeper:
    """Gives a token when one is needed, and sees to its renewal."""

    def __init__(
        self,
        credentials: Credentials,
        cloud: Cloud,
        guard: CloudGuard,
        *,
        clock: Callable[[], float],
        tell: Listener,
    ) -> None:
        self._cloud: Final = cloud
        self._clock = clock
        self._tell = tell
        self._hold(credentials)
        self.guard = guard if credentials.account is None else guard.of(credentials.account)

    @property
    def credentials(self) -> Credentials:
        """What is held now, a fetched token included: what is worth remembering."""
        return self._credentials

    @property
    def info(self) -> TokenInfo | None:
        """What the token held says of itself; None where there is none, or it cannot be read."""
        return self._info

    def _hold(self, credentials: Credentials) -> None:
        self._credentials, self._info = credentials, None
        if credentials.token is not None:
            with suppress(RefusedError):
                self._info = assistant.decode(credentials.token)

    def use(self, credentials: Credentials) -> None:
        """Take what the owner entered anew; what stood in the way of the account before does so no more."""
        self._hold(credentials)
        self.guard = CloudGuard() if credentials.account is None else CloudGuard().of(credentials.account)

    async def obtain(self, *, host: str, serial: str, firmware: str) -> str:
        """Return a token that is for this gateway and lives; fetch one if the one held will not do.

        Raises:
            RefusedError: `token_needed`, `token_malformed`, `token_foreign` or `token_expired`.
            CloudError: none could be fetched.
        """
        account, text = self._credentials.account, self._credentials.token
        if text is None:
            if account is None:
                raise RefusedError("token_needed", host=host, firmware=firmware)
            return await self._fetch(account, serial)
        try:
            assistant.check(text, serial=serial, now=self._clock())
        except RefusedError:
            if account is None:
                raise
            return await self._fetch(account, serial)
        return assistant.clean(text)

    async def replace(self, *, host: str, serial: str) -> str:
        """Fetch another token for one that the gateway does not accept any more.

        Raises:
            RefusedError: `token_expired` or `token_refused`: there is no account to fetch with.
            CloudError: none could be fetched.
        """
        account, info = self._credentials.account, self.info
        if account is not None and not self.guard.just_fetched(self._clock()):
            return await self._fetch(account, serial)
        if info is not None and info.expired(self._clock()):
            raise assistant.expired(info)
        raise RefusedError("token_refused", host=host)

    async def renew(self, serial: str) -> str | None:
        """Renew the token if it is time and possible; None if it stays. A failure is told, not raised."""
        account, info, now = self._credentials.account, self.info, self._clock()
        if account is None or info is None or not info.renewal_due(now):
            return None
        if not self.guard.renewal_possible(now, urgent=info.short_lived or info.seconds_left(now) < assistant.DAY):
            return None
        try:
            return await self._fetch(account, serial)
        except CloudError as err:
            LOGGER.warning("The access token could not be renewed: %s", err)
            self._tell(Event(Happening.RENEWAL_FAILED, {"code": err.code}))
            return None

    async def _fetch(self, account: Account, serial: str) -> str:
        now = self._clock()
        text = self._credentials.token
        if text is not None and self.guard.just_fetched(now) and self._fits(text, serial, now):
            return text
        self.guard.check(now)
        try:
            text = await self._cloud.fetch(account, serial, now=now)
        except CloudError as err:
            self.guard = self.guard.failed(now, err)
            raise
        self.guard = self.guard.succeeded(now)
        self._hold(replace(self._credentials, token=text))
        info = assistant.decode(text)
        LOGGER.info("A new access token was fetched: role %s, %d days left", info.role, info.days_left(now))
        self._tell(Event(Happening.TOKEN_RENEWED, {"role": info.role, "expires": info.expires}))
        return text

    @staticmethod
    def _fits(text: str, serial: str, now: float) -> bool:
        try:
            assistant.check(text, serial=serial, now=now)
        except RefusedError:
            return False
        return True
