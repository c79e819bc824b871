"""One question at a time to one gateway: who it is, how it lets us in, and what to do when it does not any more."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from heliograph.errors import (
    AnswerError,
    Cause,
    CloudError,
    DowngradeError,
    HeliographError,
    NotAGatewayError,
    NotPermittedError,
    RefusedError,
    TrustError,
    UnreachableError,
)
from heliograph.gateway.access import (
    REFUSAL_PAUSE,
    Access,
    DigestAccess,
    TokenAccess,
    TokenOverError,
    WrongPasswordError,
    logins,
)
from heliograph.gateway.address import HTTP, Address
from heliograph.gateway.credentials import Credentials
from heliograph.gateway.events import Event, Happening, Listener
from heliograph.gateway.keeper import TokenKeeper
from heliograph.gateway.line import BUSY, Line, gone, turned_away
from heliograph.gateway.log import LOGGER
from heliograph.gateway.probe import INFO, REDIRECTS, as_answer, probe
from heliograph.gateway.transport import Reply
from heliograph.model import Authentication, Facts
from heliograph.protocol import Answer, Body

_TOLD_TO_ALL: Final = frozenset({INFO, "/info.xml"})


class Conversation:
    """Asks single questions, one after the other, whoever wants to ask."""

    def __init__(
        self,
        line: Line,
        keeper: TokenKeeper,
        *,
        facts: Facts | None,
        serial: str | None,
        trust: bool = False,
        tell: Listener,
        clock: Callable[[], float],
    ) -> None:
        self.line = line
        self.keeper = keeper
        self.facts = facts
        """What is known; its identity is renewed here, the rest by whoever concludes it."""
        self.outdated = False
        """The firmware is another than when the gateway was last interviewed."""
        self._serial = serial or (facts.serial if facts else None)
        self._trust = trust
        """Older firmware and a weaker access than those known are accepted, at the next contact."""
        self._tell = tell
        self._clock = clock
        self._lock = asyncio.Lock()
        self._identified = False
        self._access: Access | None = None
        self._refusal: HeliographError | None = None
        self._refused_at = 0.0

    @property
    def host(self) -> str:
        """The address, as shown."""
        return str(self.line.address)

    @property
    def role(self) -> str:
        """Who the gateway takes us for."""
        info = self.keeper.info
        return info.role if info else self.keeper.credentials.user or "envoy"

    @property
    def refusal(self) -> HeliographError | None:
        """Why we are not let in at present; None where we are, or where it is time to try again."""
        if self._refusal is not None and 0 <= self._clock() - self._refused_at < REFUSAL_PAUSE:
            return self._refusal
        return None

    def shut_out_by(self, err: HeliographError) -> bool:
        """Return whether an error means that nothing else will be answered either: no token, no answers."""
        token = self.facts is not None and self.facts.authentication is Authentication.TOKEN
        refused = isinstance(err, RefusedError | CloudError) and not isinstance(err, NotPermittedError)
        return self.outdated or (token and refused)

    def complaint(self, answer: Answer, before: Answer | None = None) -> HeliographError | None:
        """Return what is wrong with an answer, perhaps in the light of a good one from before; None if it serves."""
        details = {"host": self.host, "target": answer.target}
        if answer.served:
            if before is None or before.kind is not Body.JSON or answer.kind is Body.JSON:
                return None
            return AnswerError("bad_answer", cause=Cause("html" if answer.kind is Body.HTML else "not_json"), **details)
        if answer.status == 401:
            return NotPermittedError("not_permitted", role=self.role, **details)
        if answer.status in BUSY:
            return AnswerError("not_ready", status=answer.status, **details)
        if answer.status == 200 and not answer.body.strip():
            return AnswerError("bad_answer", cause=Cause("empty_answer"), **details)
        return AnswerError("bad_answer", cause=Cause("status", {"status": answer.status}), **details)

    def try_again(self) -> None:
        """Forget that we were not let in."""
        self._refusal = None

    def use(self, credentials: Credentials) -> None:
        """Take what the owner entered anew."""
        self.keeper.use(credentials)
        self._access = self._refusal = None

    async def identify(self) -> Answer:
        """Ask the gateway who it is, and make sure that it is the one expected.

        Raises:
            NotAGatewayError: `not_a_gateway`, or `wrong_gateway`.
            UnreachableError: nobody answers.
            TrustError: its key is another, or it answers less securely than before.
        """
        async with self._lock:
            return await self._identify()

    async def move(self, address: Address) -> None:
        """Go on at another address, if the same gateway answers there; else everything stays as it was.

        Raises:
            HeliographError: as `identify`.
        """
        async with self._lock:
            former, self.line = self.line, self.line.at(address)
            try:
                await self._identify()
            except BaseException:
                former, self.line = self.line, former
                raise
            else:
                self._access = None
            finally:
                await former.transport.close()

    async def ask(self, target: str) -> Answer:
        """Ask one question, let in as the gateway wants it. A 401 given back means: not for us, though we are let in.

        Raises:
            RefusedError: we are not let in.
            CloudError: nor could a token be fetched.
            UnreachableError: nothing came, or not all of it.
            AnswerError: what came cannot be read.
            NotAGatewayError: somebody else answers at this address.
            TrustError: its key is another, or it answers less securely than before.
        """
        async with self._lock:
            if target == INFO:
                return await self._identify()
            if not self._identified:
                await self._identify()
            reply = await self._reply(target)
            return as_answer(target, reply, self._clock())

    async def renew(self) -> None:
        """Renew the token if it is time."""
        async with self._lock:
            if self.facts is not None and self.facts.authentication is Authentication.TOKEN:
                text = await self.keeper.renew(self.facts.serial)
                if text is not None:
                    self._access = self._refusal = None

    async def _identify(self) -> Answer:
        before, scheme = self.line.transport.key.expected, self.line.scheme
        try:
            found = await probe(self.line, self._clock())
            self._accept(found.facts, secure=before is not None and scheme != HTTP)
        except HeliographError as err:
            self.line.scheme = scheme
            if isinstance(err, TrustError | NotAGatewayError):
                # Nothing else is asked before this question is answered well.
                self._identified = False
            if before is None:
                # Whoever answered is not to be trusted for having been the first, nor its connection to be kept.
                self.line.transport.key.expected = None
                await self.line.transport.close()
            raise
        facts = found.facts
        known, self._serial, self._trust = self.facts, facts.serial, False
        if before is None and self.line.scheme == HTTP:
            # A key shown on the other port is not that of who answered here.
            self.line.transport.key.expected = None
        if known is not None:
            facts = replace(
                known,
                firmware=facts.firmware,
                part_number=facts.part_number,
                authentication=facts.authentication,
                metered=facts.metered,
            )
        self.facts = facts
        if not self._identified:
            LOGGER.info("%s: firmware %s, %s", self.host, facts.firmware or "unknown", self.line.scheme)
            self._tell(Event(Happening.IDENTIFIED, {"serial": facts.serial, "firmware": facts.firmware}))
        self._identified = True
        if self.line.transport.key.expected != before:
            self._tell(Event(Happening.KEY_TRUSTED, {"pin": self.line.transport.key.expected}))
        if known is not None and (known.firmware, known.authentication) != (facts.firmware, facts.authentication):
            self.outdated = True
            self._access = self._refusal = None
            LOGGER.info("%s: the firmware changed from %s to %s", self.host, known.firmware, facts.firmware)
            self._tell(Event(Happening.FIRMWARE_CHANGED, {"before": known.firmware, "after": facts.firmware}))
        return found.answer

    def _accept(self, facts: Facts, *, secure: bool) -> None:
        """Make sure that it is the gateway expected, as safe as before, and that a token may be sent to it.

        `secure` means that it has shown a key before.
        """
        if secure and self.line.scheme == HTTP:
            # Before the serial number is compared: without the key, this is nobody's replacement.
            raise DowngradeError("downgraded", host=self.host, cause=Cause("no_https_now"))
        if facts.authentication is Authentication.TOKEN and HTTP == self.line.scheme != self.line.address.scheme:
            # Whoever blocks the secure port must not get to see the token in the clear.
            raise UnreachableError("unreachable", host=self.host, target=INFO, cause=Cause("not_secure"))
        if self._serial is not None and facts.serial != self._serial:
            raise NotAGatewayError("wrong_gateway", host=self.host, found=facts.serial, expected=self._serial)
        cause = None if self.facts is None or self._trust else downgrade(self.facts, facts)
        if cause is not None:
            raise DowngradeError("downgraded", host=self.host, cause=cause)

    async def _reply(self, target: str) -> Reply:
        """Ask, and once more if the gateway proves to speak otherwise than before."""
        try:
            reply = await self._let_in(target)
        except UnreachableError as err:
            if not (gone(err) or turned_away(err)):
                raise
            scheme = self.line.scheme
            try:
                await self._identify()
            except HeliographError as other:
                raise (other if isinstance(other, NotAGatewayError | TrustError) else err) from other
            if scheme == self.line.scheme and not gone(err):
                raise
            return await self._let_in(target)
        if reply.status in REDIRECTS and self.line.scheme == HTTP:
            await self._identify()
            return await self._let_in(target)
        return reply

    async def _let_in(self, target: str) -> Reply:
        if target in _TOLD_TO_ALL:
            return await self.line.send(target)
        if self.refusal is not None:
            raise self.refusal
        try:
            return await (await self._door()).exchange(target)
        except TokenOverError:
            await self._recover()
        except WrongPasswordError:
            # Another gateway may stand here, or another firmware: then the password is not to blame.
            if not await self._is_another():
                raise
        try:
            return await (await self._door()).exchange(target)
        except TokenOverError:
            raise self._refuse(RefusedError("token_refused", host=self.host)) from None

    async def _door(self) -> Access:
        assert self.facts is not None  # noqa: S101 - identified before anything is asked
        if self._access is None:
            facts, keeper = self.facts, self.keeper
            if facts.authentication is Authentication.TOKEN:
                token = await keeper.obtain(host=self.host, serial=facts.serial, firmware=facts.firmware)
                self._access = TokenAccess(self.line.send, token, self.host, clock=self._clock)
            else:
                candidates = logins(keeper.credentials, facts.serial)
                self._access = DigestAccess(self.line.send, candidates, self.host, clock=self._clock)
        return self._access

    async def _recover(self) -> None:
        """Find out why the token opens nothing: another gateway, another firmware, or truly over; then get another."""
        self._access = None
        if await self._is_another():
            return
        assert self.facts is not None  # noqa: S101 - just identified
        try:
            await self.keeper.replace(host=self.host, serial=self.facts.serial)
        except HeliographError as err:
            raise self._refuse(err) from None
        self._refusal = None

    async def _is_another(self) -> bool:
        """Ask who it is; return whether its firmware is another than before."""
        before = None if self.facts is None else self.facts.firmware
        await self._identify()
        return self.facts is not None and self.facts.firmware != before

    def _refuse(self, err: HeliographError) -> HeliographError:
        self._access = None
        self._refusal, self._refused_at = err, self._clock()
        LOGGER.debug("%s does not let us in: %s", self.host, err)
        self._tell(Event(Happening.REFUSED, {"code": err.code}))
        return err


def downgrade(before: Facts, now: Facts) -> Cause | None:
    """Return why a gateway is less than it was: an older generation of firmware, or no token any more; else None."""
    if now.version[:1] < before.version[:1]:
        return Cause("older_firmware", {"found": now.firmware or "?", "expected": before.firmware})
    if before.authentication is Authentication.TOKEN is not now.authentication:
        return Cause("no_token_now")
    return None
