"""Enphase's own service: how a token is fetched, in three ways tried in turn, and all it says instead (§2.4)."""

import html
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import msgspec

from heliograph.errors import Cause, CloudError, RefusedError
from heliograph.gateway.credentials import Account
from heliograph.gateway.log import LOGGER
from heliograph.protocol import token as assistant

ENLIGHTEN: Final = "https://enlighten.enphaseenergy.com"
ENTREZ: Final = "https://entrez.enphaseenergy.com"

_TIMEOUT: Final = 30.0
_LIMIT: Final = 1024 * 1024
_AREA: Final = re.compile(rb"<textarea[^<>]*\bid=[\"']?JWTToken[^<>]*>([^<]*)<", re.IGNORECASE)
_NO_RIGHT: Final = (400, 401, 403, 404, 406)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes

    @property
    def document(self) -> Mapping[str, Any]:
        """The JSON object in it; empty where there is none."""
        try:
            document = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return {}
        return document if isinstance(document, dict) else {}

    @property
    def is_page(self) -> bool:
        return self.body.lstrip()[:1] == b"<"


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where the service is; a test or an emulator may stand in."""

    enlighten: str = ENLIGHTEN
    entrez: str = ENTREZ
    context: ssl.SSLContext | None = None
    """TLS settings; None verifies as browsers do."""

    async def fetch(self, account: Account, serial: str, *, now: float) -> str:
        """Fetch a token for a gateway, and make sure that it is one.

        Each call logs in anew: what keeps the account from being locked is `CloudGuard`.

        Raises:
            CloudError: `cloud_credentials`, `cloud_mfa`, `cloud_blocked`, `cloud_no_right`, `cloud_unreachable` or
                `cloud_changed`.
        """
        connector = aiohttp.TCPConnector(limit=1, ssl=self.context or True)
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT),
        ) as session:
            visit = _Visit(session, self, account, serial, now)
            return await visit.fetch()


class _Visit:
    """One visit: logs in, and asks for the token in every way there is."""

    def __init__(self, session: aiohttp.ClientSession, cloud: Cloud, account: Account, serial: str, now: float) -> None:
        self._session = session
        self._cloud = cloud
        self._account = account
        self._serial = serial
        self._now = now
        self._cookies: dict[str, str] = {}
        self._session_id: str | None = None
        self._login_failure: CloudError | None = None

    async def fetch(self) -> str:
        failures: list[CloudError] = []
        for flow in (self._enlighten_entrez, self._enlighten_only, self._entrez_form):
            try:
                text = await flow()
                return self._valid(text)
            except CloudError as err:
                if err.code in {"cloud_credentials", "cloud_mfa", "cloud_blocked"}:
                    raise
                LOGGER.debug("Fetching a token by %s failed: %s", flow.__name__.strip("_"), err)
                failures.append(err)
        raise _most_telling(failures)

    # The flows, A, D and B of protocol.md §2.4.

    async def _enlighten_entrez(self) -> str:
        session_id = await self._login()
        asked = {"session_id": session_id, "serial_num": self._serial, "username": self._account.user}
        reply = await self._ask("POST", self._cloud.entrez, "/tokens", json=asked)
        return self._text(reply, self._cloud.entrez)

    async def _enlighten_only(self) -> str:
        await self._login()
        target = f"/entrez-auth-token?serial_num={self._serial}"
        reply = await self._ask("GET", self._cloud.enlighten, target, accept="application/json")
        self._text(reply, self._cloud.enlighten)
        token = reply.document.get("token")
        if not isinstance(token, str):
            raise self._changed(self._cloud.enlighten, Cause("html" if reply.is_page else "not_json"))
        return token

    async def _entrez_form(self) -> str:
        form = {"username": self._account.user, "password": self._account.password}
        self._judge_login(await self._ask("POST", self._cloud.entrez, "/login", form=form), self._cloud.entrez)
        reply = await self._ask("POST", self._cloud.entrez, "/entrez_tokens", form={"serialNum": self._serial})
        if reply.status == 401:
            # This login says neither yes nor no; here it shows that it was a no.
            raise self._changed(self._cloud.entrez, Cause("status", {"status": reply.status}))
        self._text(reply, self._cloud.entrez)
        found = _AREA.search(reply.body)
        if found is None:
            raise self._changed(self._cloud.entrez, Cause("html" if reply.is_page else "not_a_token"))
        return html.unescape(found[1].decode("utf-8", "replace"))

    # Their steps.

    async def _login(self) -> str:
        """Log in once for both flows that need it; a login that failed is not tried a second time."""
        if self._login_failure is not None:
            raise self._login_failure
        if self._session_id is None:
            try:
                self._session_id = await self._enter()
            except CloudError as err:
                self._login_failure = err
                raise
        return self._session_id

    async def _enter(self) -> str:
        form = {"user[email]": self._account.user, "user[password]": self._account.password}
        reply = await self._ask("POST", self._cloud.enlighten, "/login/login.json", form=form)
        self._judge_login(reply, self._cloud.enlighten)
        session_id = reply.document.get("session_id")
        if isinstance(session_id, str) and session_id:
            return session_id
        if "login_otp_nonce" in self._cookies or reply.document.get("success") is True:
            raise CloudError("cloud_mfa")
        raise self._changed(self._cloud.enlighten, Cause("html" if reply.is_page else "not_json"))

    def _judge_login(self, reply: _Reply, where: str) -> None:
        if reply.status == 401:
            raise CloudError("cloud_credentials")
        if reply.document.get("isBlocked") is True:
            raise CloudError("cloud_blocked")
        if reply.status >= 500 or reply.status == 429:
            raise _unreachable(where, Cause("status", {"status": reply.status}))
        if reply.status >= 400:
            raise self._changed(where, Cause("status", {"status": reply.status}))

    def _text(self, reply: _Reply, where: str) -> str:
        if reply.status >= 500 or reply.status == 429:
            raise _unreachable(where, Cause("status", {"status": reply.status}))
        if reply.status in _NO_RIGHT:
            raise CloudError("cloud_no_right", serial=self._serial, status=reply.status)
        if reply.status != 200:
            raise self._changed(where, Cause("status", {"status": reply.status}))
        return reply.body.decode("utf-8", "replace")

    def _valid(self, text: str) -> str:
        """Make sure that it is a living token for this gateway before anybody stores it."""
        try:
            assistant.check(text, serial=self._serial, now=self._now)
        except RefusedError as err:
            is_page = text.lstrip()[:1] == "<"
            causes = {
                "token_foreign": Cause("foreign_token", {"found": err.details.get("found")}),
                "token_malformed": Cause("html" if is_page else "not_a_token"),
            }
            raise self._changed(self._cloud.entrez, causes.get(err.code, Cause("not_a_token"))) from None
        return assistant.clean(text)

    def _changed(self, where: str, cause: Cause) -> CloudError:
        return CloudError("cloud_changed", host=_host(where), cause=cause)

    async def _ask(
        self,
        method: str,
        where: str,
        target: str,
        *,
        form: Mapping[str, str] | None = None,
        json: Mapping[str, str] | None = None,
        accept: str = "*/*",
    ) -> _Reply:
        headers = {"User-Agent": "heliograph", "Accept": accept}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        try:
            async with self._session.request(
                method, f"{where}{target}", data=form, json=json, headers=headers, allow_redirects=False
            ) as response:
                body = await response.content.read(_LIMIT)
                while not response.content.at_eof() and len(body) < _LIMIT:
                    body += await response.content.read(_LIMIT)
                self._keep(response.headers.getall("Set-Cookie", []))
                return _Reply(response.status, body)
        except TimeoutError as err:
            raise _unreachable(where, Cause("silent", {"seconds": f"{_TIMEOUT:g}"})) from err
        except aiohttp.ClientSSLError as err:
            raise _unreachable(where, Cause("tls", {"detail": type(err).__name__})) from err
        except aiohttp.ClientConnectorError as err:
            raise _unreachable(where, Cause("no_route")) from err
        except (aiohttp.ClientError, OSError, ValueError) as err:
            raise _unreachable(where, Cause("closed")) from err

    def _keep(self, cookies: list[str]) -> None:
        for cookie in cookies:
            name, mark, value = cookie.split(";", 1)[0].strip().partition("=")
            if mark and name:
                self._cookies[name] = value


def _host(where: str) -> str:
    return where.partition("://")[2]


def _unreachable(where: str, cause: Cause) -> CloudError:
    return CloudError("cloud_unreachable", host=_host(where), cause=cause)


def _most_telling(failures: list[CloudError]) -> CloudError:
    """Choose what the owner can act upon; else what happened first."""
    order = ("cloud_no_right", "cloud_changed", "cloud_unreachable")
    return min(failures, key=lambda err: order.index(err.code))
