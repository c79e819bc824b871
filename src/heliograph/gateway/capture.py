"""What a gateway answers, kept whole: headers, body, time; in files without secrets and under invented names."""

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from heliograph import protocol
from heliograph.errors import AnswerError, HeliographError, UnreachableError
from heliograph.gateway.access import CHECK_JWT, Headers
from heliograph.gateway.address import parse_address
from heliograph.gateway.cloud import Cloud
from heliograph.gateway.conversation import Conversation
from heliograph.gateway.credentials import Credentials
from heliograph.gateway.events import Event
from heliograph.gateway.keeper import TokenKeeper
from heliograph.gateway.known import Known
from heliograph.gateway.line import Line
from heliograph.gateway.transport import Patience, Reply
from heliograph.model import Facts, firmware_version
from heliograph.model.redact import Pseudonyms

_MARKS: Final = re.compile(r"[/?=& ]")
_PAGES: Final = ("/info", "/production", "/home", "/api/v1/production", "/api/v1/production/inverters")
_ENVOY_S: Final = (
    "/info",
    "/production.json?details=1",
    "/production.json",
    "/production",
    "/api/v1/production",
    "/api/v1/production/inverters",
    "/api/v1/consumption",
    "/ivp/meters",
    "/ivp/meters/readings",
    "/inventory.json?deleted=1",
    "/inventory",
    "/home",
    "/admin/lib/tariff",
)
_IQ: Final = (
    "/ivp/ensemble/inventory",
    "/ivp/ensemble/status",
    "/ivp/ensemble/power",
    "/ivp/ensemble/secctrl",
    "/ivp/ensemble/dry_contacts",
    "/ivp/ensemble/generator",
    "/ivp/ensemble/relay",
    "/ivp/ensemble/errors",
    "/ivp/meters/reports",
    "/ivp/meters/reports/production",
    "/ivp/meters/reports/consumption",
    "/ivp/meters/gridReading",
    "/ivp/meters/pvReading",
    "/ivp/pdm/device_data",
    "/ivp/pdm/energy",
    "/ivp/ss/dry_contact_settings",
    "/ivp/ss/pel_settings",
    "/ivp/ss/gen_config",
    "/ivp/ss/gen_schedule",
    "/ivp/ss/gen_mode",
    "/ivp/ss/dpel",
    "/ivp/sc/pvlimit",
    "/ivp/livedata/status",
    "/ivp/peb/devstatus",
    "/ivp/eh/devs",
    "/inv",
    "/admin/lib/acb_config",
)
"""What can be read without changing, waking or burdening anything (protocol.md §3)."""
_README: Final = "_readme"
_SHORT: Final = 8
"""Characters of what may stand in an answer by chance."""
_HARMLESS: Final = frozenset({"server", "date", "content-type", "content-length", "connection"})
"""Headers that hold no name and no secret, though a version in them may look like an address."""


def file_name(target: str) -> str:
    """Name the file of an answer, as the recordings do (protocol.md, appendix A)."""
    return _MARKS.sub("_", target.removeprefix("/"))


class _ListeningLine(Line):
    """A line that keeps the last reply to each target."""

    replies: dict[str, Reply]

    async def send(self, target: str, headers: Headers = dict, *, probing: str | None = None) -> Reply:
        """Send a request, and keep what comes back."""
        reply = await super().send(target, headers, probing=probing)
        if target != CHECK_JWT:
            self.replies[target] = reply
        return reply


class Capture:
    """One gateway being recorded, politely: one question at a time."""

    def __init__(
        self,
        host: str,
        credentials: Credentials,
        *,
        before: Known,
        cloud: Cloud,
        clock: Callable[[], float] = time.time,
    ) -> None:
        line = _ListeningLine(
            parse_address(host), patience=Patience(), pin=before.pin, scheme=before.scheme, sleep=asyncio.sleep
        )
        line.replies = {}
        self._line = line
        self._keeper = TokenKeeper(credentials, cloud, before.guard, clock=clock, tell=_ignore)
        self._conversation = Conversation(
            line, self._keeper, facts=before.facts, serial=None, tell=_ignore, clock=clock
        )

    @property
    def replies(self) -> Mapping[str, Reply]:
        """The last reply to each target, in the order of asking."""
        return self._line.replies

    @property
    def facts(self) -> Facts:
        """Who it is; asked before."""
        facts = self._conversation.facts
        assert facts is not None  # noqa: S101 - asked before
        return facts

    @property
    def credentials(self) -> Credentials:
        """What opens the gateway now."""
        return self._keeper.credentials

    @property
    def link_facts(self) -> Known:
        """What was learnt beside the answers."""
        return Known(None, None, self._line.scheme, self._line.transport.key.expected, self._keeper.guard)

    def use(self, credentials: Credentials) -> None:
        """Take others from now on."""
        self._conversation.use(credentials)

    async def identify(self) -> Facts:
        """Ask who it is.

        Raises:
            HeliographError: as `Gateway.identify`.
        """
        await self._conversation.identify()
        return self.facts

    async def ask(self, target: str) -> None:
        """Ask one question; the answer is kept, whatever its status.

        Raises:
            HeliographError: as `Gateway.ask`.
        """
        self._line.new_round()
        await self._conversation.ask(target)

    async def record(self, tell: Callable[[int, int, str], None]) -> dict[str, HeliographError]:
        """Ask everything, one question after the other; what fails is returned, and the rest goes on.

        Args:
            tell: is told the number of a question, that of all, and its target.

        Raises:
            HeliographError: the gateway is not there, or does not let us in.
        """
        failures: dict[str, HeliographError] = {}
        wanted = targets_of(await self.identify())
        for number, target in enumerate(wanted, start=1):
            tell(number, len(wanted), target)
            try:
                await self.ask(target)
            except (AnswerError, UnreachableError) as err:
                if err.code in {"unreachable", "unresolved"}:
                    raise
                failures[target] = err
        return failures

    def files(
        self,
        failures: Mapping[str, HeliographError],
        readme: str,
        *,
        language: str,
        clean: Callable[[str], str],
        secret_texts: Iterable[str] = (),
    ) -> dict[str, bytes]:
        """Return the files of what was recorded, by name, as recordings have them (protocol.md, appendix A).

        Args:
            failures: what could not be recorded.
            readme: the first lines of what stands beside the answers.
            language: of the rest of it.
            clean: takes secrets out of a text.
            secret_texts: what to take out of the answers, beside those that opened the gateway.
        """
        names = Pseudonyms(secrets.token_bytes(32), serials=_serials(self.replies, self.facts))
        opening = {*self._opening(), *secret_texts}
        files: dict[str, bytes] = {}
        for target, reply in self.replies.items():
            name = file_name(target)
            log = _Log(_headers(reply.headers, names, clean), reply.status, round(reply.seconds, 3))
            files[name] = names.body(_without(reply.body, opening))
            files[f"{name}_log.json"] = msgspec.json.encode(log) + b"\n"
        lines = [readme, *(f"{target}: {names.text(err.text(language))}" for target, err in failures.items())]
        return files | {_README: "\n".join(lines).encode() + b"\n"}

    def _opening(self) -> list[str]:
        credentials = self.credentials
        account = credentials.account
        return [text for text in (credentials.password, credentials.token, account and account.password) if text]

    async def close(self) -> None:
        """Close the connection."""
        await self._line.transport.close()


def targets_of(facts: Facts) -> tuple[str, ...]:
    """Return what is worth asking a gateway of this firmware."""
    version = firmware_version(facts.firmware)
    if version < (3, 9):
        return _PAGES
    return _ENVOY_S if version < (5,) else (*_ENVOY_S, *_IQ)


def _serials(replies: Mapping[str, Reply], facts: Facts) -> list[str]:
    """Gather every serial number that the answers name, so that each is replaced wherever it stands."""
    answers = {target: protocol.answer(target, reply.status, reply.body, 0.0) for target, reply in replies.items()}
    concluded, _ = protocol.conclude(facts, answers)
    return [facts.serial, *(device.serial for device in concluded.devices)]


@dataclass(frozen=True, slots=True)
class _Log:
    """What stands beside a body, as the recordings have it."""

    headers: dict[str, str]
    code: int
    duration_seconds: float


def _headers(headers: Iterable[tuple[str, str]], names: Pseudonyms, clean: Callable[[str], str]) -> dict[str, str]:
    """Return the headers as the recordings have them: repeated ones joined, and nothing of the household in them."""
    found: dict[str, str] = {}
    for name, value in headers:
        text = value if name.lower() in _HARMLESS else names.text(clean(value))
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def _without(body: bytes, opening: Iterable[str]) -> bytes:
    """Take out what we were let in with, should a gateway repeat it."""
    for secret in opening:
        if len(secret) > _SHORT:
            body = body.replace(secret.encode(), b"***")
    return body


def _ignore(event: Event) -> None:
    """Nobody asks what happens beside a recording."""
