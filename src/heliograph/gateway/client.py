"""The front door of the library: one gateway, asked gently and read whole."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from heliograph.errors import (
    CloudError,
    HeliographError,
    NotAGatewayError,
    RefusedError,
    TrustError,
    UnreachableError,
)
from heliograph.gateway.address import Address, parse_address
from heliograph.gateway.agenda import Agenda
from heliograph.gateway.cloud import Cloud
from heliograph.gateway.conversation import Conversation
from heliograph.gateway.credentials import Credentials
from heliograph.gateway.events import Event, Happening, Latency, Listener, Requests
from heliograph.gateway.keeper import TokenKeeper
from heliograph.gateway.known import Known
from heliograph.gateway.line import Line, Sleep, gone
from heliograph.gateway.log import LOGGER
from heliograph.gateway.probe import INFO
from heliograph.gateway.synchronise import Progress, Synced, interview
from heliograph.gateway.transport import Patience
from heliograph.model import Authentication, Facts, Snapshot, Subject, Value
from heliograph.protocol import Answer, Plan, Question, Reader, Statement, has_switched, is_outdated
from heliograph.protocol.plan import DEVICES, MINUTE
from heliograph.protocol.token import TokenInfo

_SYNC_BUDGETS: Final = 3.0
"""A synchronisation may spend more on further tries than a poll: it happens once."""
_SILENT_IN_A_ROW: Final = 2
"""After so many time-outs one after the other, the gateway is left alone until the next poll."""


class Gateway:
    """One gateway on the owner's network, of any firmware.

    With `host = "envoy.local"` and `credentials = Credentials(token="eyJraWQ…")`, as your gateway wants them:

    >>> import asyncio
    >>> from heliograph.gateway import Credentials, Gateway
    >>> async def production(host: str, credentials: Credentials) -> object:
    ...     async with Gateway(host, credentials) as gateway:
    ...         snapshot = await gateway.read()
    ...         return snapshot.system.value("production_power")
    >>> asyncio.run(production(host, credentials))
    512

    The first `read` finds out everything there is to know (see `sync`), which takes a while; each further one asks only
    what is due. What was found is in `known`: handed to the next `Gateway`, it asks nothing twice.
    """

    def __init__(
        self,
        host: str,
        credentials: Credentials | None = None,
        *,
        serial: str | None = None,
        known: Known | None = None,
        trust: bool = False,
        cloud: Cloud | None = None,
        patience: Patience | None = None,
        interval: int = MINUTE,
        devices_interval: int = DEVICES,
        listen: Listener | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            host: Name or IP address, with a port if need be; a URL will do.
            credentials: What the gateway may ask for; the factory's passwords are tried without.
            serial: The gateway that is expected; None takes the one known, or whichever answers.
            known: What was found out before.
            trust: Accept another certificate key, an older firmware or a weaker access than those known.
            cloud: Where tokens come from.
            patience: How long the gateway is waited for.
            interval: Seconds between two readings of the system's values.
            devices_interval: The same of each device's values.
            listen: Is told what happens beside the readings; must return at once.
            clock: Tells the time, epoch seconds UTC.
            sleep: Waits for some seconds.

        Raises:
            UsageError: `bad_address`.
        """
        known = known or Known()
        self._clock = clock
        self._listen = listen
        self._plan = known.plan if known.facts is not None else None
        self._agenda = Agenda()
        self._incomplete = False
        self._lost = False
        self._round = asyncio.Lock()
        self._reader = Reader()
        self._paces = (interval, devices_interval)
        self.host: Final[Address] = parse_address(host)
        line = Line(
            self.host if known.address is None else replace(self.host, host=parse_address(known.address).host),
            patience=patience or Patience(),
            pin=None if trust else known.pin,
            scheme=known.scheme,
            sleep=sleep,
        )
        keeper = TokenKeeper(credentials or Credentials(), cloud or Cloud(), known.guard, clock=clock, tell=self._tell)
        self._conversation = Conversation(
            line, keeper, facts=known.facts, serial=serial, trust=trust, tell=self._tell, clock=clock
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<Gateway {self.address}>"

    async def close(self) -> None:
        """Close the connection."""
        await self._conversation.line.transport.close()

    @property
    def address(self) -> Address:
        """Where the gateway is asked: where its owner says (`host`), unless it was found elsewhere."""
        return self._conversation.line.address

    @property
    def facts(self) -> Facts | None:
        """What is known of the gateway; None before it was reached for the first time."""
        return self._conversation.facts

    @property
    def plan(self) -> Plan | None:
        """What is asked how often; None before the first synchronisation."""
        return self._plan

    @property
    def known(self) -> Known:
        """Everything worth remembering but the credentials."""
        line = self._conversation.line
        return Known(
            facts=self.facts,
            plan=self._plan,
            scheme=line.scheme,
            pin=line.transport.key.expected,
            guard=self._conversation.keeper.guard,
            address=None if line.address == self.host else str(line.address),
        )

    @property
    def credentials(self) -> Credentials:
        """What opens the gateway now, a token fetched meanwhile included: to be remembered, and never shown."""
        return self._conversation.keeper.credentials

    @property
    def token(self) -> TokenInfo | None:
        """What the token says of itself; None where there is none."""
        return self._conversation.keeper.info

    @property
    def latency(self) -> Mapping[str, Latency]:
        """How long each endpoint takes."""
        return self._conversation.line.latency

    @property
    def requests(self) -> Requests:
        """What the gateway was asked to bear."""
        return self._conversation.line.requests

    @property
    def problems(self) -> Mapping[str, HeliographError]:
        """What is wrong at present, by target; empty when the last poll went well."""
        return self._agenda.problems

    @property
    def answers(self) -> Mapping[str, Answer]:
        """The latest good answer of each target."""
        return self._agenda.answers

    def use(self, credentials: Credentials) -> None:
        """Take credentials that the owner entered anew, from the next question on."""
        self._conversation.use(credentials)

    def hasten(self) -> None:
        """Make the system's and the devices' questions due at the next reading, but for those asked just now."""
        if self._plan is not None:
            self._agenda.hasten(self._plan, self._clock())

    async def identify(self) -> Facts:
        """Ask the gateway who it is; needs no credentials.

        Raises:
            NotAGatewayError: `not_a_gateway`, or `wrong_gateway`.
            UnreachableError: nobody answers.
            TrustError: its key is another, or it answers less securely than before.
        """
        await self._conversation.identify()
        assert self.facts is not None  # noqa: S101 - just identified
        return self.facts

    async def follow(self, addresses: Iterable[str]) -> bool:
        """Go on where this gateway answers now: where its owner says, or at one of these IP addresses.

        It must say its serial there and have its key. False where it does not, or where nothing is known of it to tell
        it by; then everything stays as it was.
        """
        facts = self.facts
        if facts is None or (facts.authentication is Authentication.TOKEN and self.known.pin is None):
            return False
        async with self._round:
            before = self.address
            for address in dict.fromkeys((self.host, *(replace(self.host, host=one) for one in addresses))):
                if address == before:
                    continue
                try:
                    await self._conversation.move(address)
                except HeliographError as err:
                    LOGGER.debug("%s is not at %s: %s", facts.serial, address, err)
                    continue
                LOGGER.info("%s moved from %s to %s", facts.serial, before, address)
                self._tell(Event(Happening.MOVED, {"before": str(before), "after": str(address)}))
                return True
        return False

    async def ask(self, target: str) -> Answer:
        """Ask one question and give the answer as it came, whatever its status.

        A 401 given back means that the target is not for us, though we are let in.

        Raises:
            HeliographError: as `read`.
        """
        self._conversation.line.new_round()
        return await self._conversation.ask(target)

    async def sync(self, progress: Callable[[Progress], None] | None = None) -> Synced:
        """Find out everything: firmware, meters, devices, and what to ask how often.

        Devices that are gone stay, as retired.

        Raises:
            HeliographError: as `read`.
        """
        async with self._round:
            self._conversation.line.new_round(_SYNC_BUDGETS)
            self._conversation.try_again()
            self._take(await self._conversation.identify(), self._clock())
            return await self._interview(progress)

    async def read(self) -> Snapshot:
        """Ask what is due, and give everything that the gateway says.

        A question that fails does not lose the others: its last answer stays, with its age (see `problems`).

        Raises:
            UnreachableError: nobody answers, or nothing whole.
            RefusedError: the gateway does not let us in.
            CloudError: nor could a token be fetched.
            NotAGatewayError: somebody else answers at this address.
            TrustError: its key is another, or it answers less securely than before.
            AnswerError: nothing that came could be used.
        """
        async with self._round:
            self._conversation.line.new_round()
            try:
                await self._poll()
            except HeliographError as err:
                self._note_lost(err)
                raise
            self._note_found()
            facts = self.facts
            assert facts is not None  # noqa: S101 - just polled
            snapshot, after = self._reader.read(
                facts, self.answers, host=str(self.address), at=self._clock(), statements=self._statements(facts)
            )
            self._conversation.facts = after
            # What speaks now may be asked every hour only: the next poll asks anew what there is.
            self._conversation.outdated |= has_switched(facts, after)
            return snapshot

    async def _poll(self) -> None:
        now = self._clock()
        self._agenda.turn_to(now)
        # After an outage it may be another that answers there.
        if self._lost or not self._agenda.asked(INFO):
            self._take(await self._conversation.identify(), now)
        if self._plan is None or self._conversation.outdated:
            await self._interview(None)
            return
        await self._conversation.renew()
        if not await self._ask_due(now):
            self._conversation.line.new_round(_SYNC_BUDGETS)
            await self._interview(None)

    async def _ask_due(self, now: float) -> bool:
        """Ask what is due, one after the other; False when the gateway proves to be another than it was.

        Raises:
            HeliographError: nothing that was due could be read.
        """
        assert self._plan is not None  # noqa: S101 - polled after the interview only
        due = self._agenda.due(self._plan.paced(*self._paces), now)
        if self._conversation.refusal is not None:
            due = (Question(INFO, 0), *(question for question in due if question.target != INFO))
        failures: list[HeliographError] = []
        read = silent = 0
        for question in due:
            failure = await self._ask_one(question, now)
            if failure is None:
                read += question.target != INFO
                silent = 0
                continue
            failures.append(failure)
            silent += failure.code == "timeout"
            if gone(failure) or silent >= _SILENT_IN_A_ROW or self._conversation.shut_out_by(failure):
                break
        if self._conversation.outdated:
            return False
        if failures and not read:
            raise next((err for err in failures if isinstance(err, RefusedError | CloudError)), failures[0])
        return True

    async def _ask_one(self, question: Question, now: float) -> HeliographError | None:
        """Ask one question and keep its answer, or say why there is none.

        Raises:
            TrustError: it does not prove to be the gateway.
            NotAGatewayError: so is the gateway.
        """
        failure: HeliographError | None
        try:
            answer = await self._conversation.ask(question.target)
            failure = self._conversation.complaint(answer, self.answers.get(question.target))
            if failure is None:
                self._take(answer, now)
                return None
        except (TrustError, NotAGatewayError):
            raise
        except HeliographError as err:
            failure = err
        # What goes on failing is worth saying once.
        LOGGER.log(logging.DEBUG if question.target in self.problems else logging.WARNING, "%s", failure)
        self._agenda.fail(question, failure, now)
        return failure

    async def _interview(self, progress: Callable[[Progress], None] | None) -> Synced:
        synced = await interview(self._conversation, self.answers[INFO], progress, clock=self._clock)
        self._plan = synced.plan
        self._incomplete = bool(synced.unanswered)
        # After a restart there is nothing but what the plan asks for; so it shall be now.
        self._agenda.begin(synced.plan.opening(synced.answers))
        self._tell(Event(Happening.SYNCED, {"added": len(synced.added), "retired": len(synced.retired)}))
        return synced

    def _take(self, answer: Answer, now: float) -> None:
        """Keep a good answer."""
        if answer.target in self.problems:
            LOGGER.debug("%s answers %s again", self.address, answer.target)
        self._agenda.take(answer, now)
        changed = self.facts is not None and is_outdated(self.facts, answer)
        if changed or (answer.target == INFO and self._incomplete):
            self._conversation.outdated = True

    def _note_lost(self, err: HeliographError) -> None:
        if isinstance(err, UnreachableError) and not self._lost:
            self._lost = True
            if err not in self.problems.values():
                LOGGER.warning("%s", err)
            self._tell(Event(Happening.LOST, {"code": err.code}))

    def _note_found(self) -> None:
        if self._lost:
            self._lost = False
            LOGGER.info("%s answers again", self.address)
            self._tell(Event(Happening.FOUND_AGAIN))

    def _statements(self, facts: Facts) -> tuple[Statement, ...]:
        """Return what the token says of itself, as one of the firmware's values."""
        info = self.token if facts.authentication is Authentication.TOKEN else None
        if info is None:
            return ()
        said: dict[str, Value] = {"token_expiry": info.expires, "token_role": info.role}
        at = self._clock()
        return tuple(
            Statement(Subject.FIRMWARE, facts.serial, key, value, at, "token") for key, value in said.items() if value
        )

    def _tell(self, event: Event) -> None:
        if self._listen is not None:
            self._listen(event)
