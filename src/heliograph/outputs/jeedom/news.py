"""What Jeedom shows of a gateway, and the few messages its owner gets: when it goes, and as its token nears its end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from heliograph.errors import CloudError, HeliographError, NotAGatewayError, RefusedError, TrustError, UnreachableError
from heliograph.gateway.line import turned_away
from heliograph.live import Condition
from heliograph.live import State as Live
from heliograph.protocol.token import TokenInfo, Urgency

PATIENCE: Final = 600
"""Seconds of silence before the owner is told."""
TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "away": {
        "fr": "La passerelle {name} ne répond plus depuis {minutes} minutes. {cause}",
        "en": "The gateway {name} has not responded for {minutes} minutes. {cause}",
    },
    "faulty": {
        "fr": "La passerelle {name} répond, mais rien d’utilisable, depuis {minutes} minutes. {cause}",
        "en": "The gateway {name} has answered nothing usable for {minutes} minutes. {cause}",
    },
    "refused": {
        "fr": "La passerelle {name} refuse l’accès. {cause}",
        "en": "The gateway {name} refuses access. {cause}",
    },
    "partial": {
        "fr": "La passerelle {name} ne répond qu’en partie. {cause}",
        "en": "The gateway {name} responds only in part. {cause}",
    },
    "changed": {
        "fr": "Par prudence, la passerelle {name} n’est plus lue. {cause} Pour l’accepter, utilisez le bouton Accepter "
        "de sa page.",
        "en": "To be safe, the gateway {name} is no longer read. {cause} To accept it, use the Accept button on its "
        "page.",
    },
    "replaced": {
        "fr": "À l’adresse de la passerelle {name}, une autre passerelle répond. {cause} Pour l’accepter, utilisez le "
        "bouton Accepter de sa page.",
        "en": "Another gateway answers at the address of the gateway {name}. {cause} To accept it, use the Accept "
        "button on its page.",
    },
    "token": {
        "fr": "Le jeton de la passerelle {name} expire le {end}. Obtenez-en un nouveau sur "
        "https://entrez.enphaseenergy.com et collez-le sur la page du plugin.",
        "en": "The token of the gateway {name} expires on {end}. Get a new one at "
        "https://entrez.enphaseenergy.com and paste it on the plugin's page.",
    },
    "expired": {
        "fr": "Le jeton de la passerelle {name} a expiré. Obtenez-en un nouveau sur https://entrez.enphaseenergy.com "
        "et collez-le sur la page du plugin.",
        "en": "The token of the gateway {name} has expired. Get a new one at https://entrez.enphaseenergy.com and "
        "paste it on the plugin's page.",
    },
}


HINTS: Final[Mapping[str, Mapping[str, str]]] = {
    "bad_answer": {
        "fr": "Le bouton Capturer de sa page le prépare.",
        "en": "The Capture button on its page prepares it.",
    },
}
"""What the plugin's page has to offer for an error."""


class State(StrEnum):
    """How a gateway stands, as Jeedom shows it."""

    UNKNOWN = "unknown"
    WAITING = "waiting"
    """Its address, or what it is opened with, is not given yet."""
    OK = "ok"
    PARTIAL = "partial"
    """It answers, but something that was asked is refused, or has not come for a while."""
    AWAY = "away"
    """Nothing answers."""
    FAULTY = "faulty"
    """Something answers, and nothing of it can be used."""
    REPLACED = "replaced"
    """Another gateway answers."""
    REFUSED = "refused"
    CHANGED = "changed"
    """Its certificate is another than before, or it answers less securely."""
    TWIN = "twin"
    """Another equipment reads the same gateway."""
    DISABLED = "disabled"


PASSING: Final = frozenset({State.AWAY, State.FAULTY, State.REPLACED})
"""What may pass by itself: the owner is not told at once."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something that a person should read once."""

    id: str
    """Jeedom shows no second message of the same id."""
    text: str


def _trouble(error: HeliographError | None) -> State:
    """Return how a gateway stands that is not read."""
    match error:
        case None:
            state = State.AWAY
        case TrustError():
            state = State.CHANGED
        case RefusedError() | CloudError():
            # These only the owner can mend.
            state = State.REFUSED
        case NotAGatewayError(code="wrong_gateway"):
            state = State.REPLACED
        case UnreachableError() if error.code != "interrupted" or turned_away(error):
            state = State.AWAY
        case _:
            state = State.FAULTY
    return state


def because(now: Condition, language: str) -> str:
    """Return what is wrong as one sentence; empty where nothing is."""
    return "" if now.error is None else explained(now.error, language)


def explained(error: HeliographError, language: str) -> str:
    """Return what is wrong and what to do, as far as the plugin has a button for it."""
    hint = HINTS.get(error.code)
    text = error.text(language)
    return text if hint is None else f"{text} {hint.get(language, hint['en'])}"


@dataclass(slots=True)
class Watch:
    """Follows one gateway's state: tells changes, and each trouble once."""

    gateway: int
    name: str
    language: str
    automatic: bool = False
    """Its token renews itself: no warning before the end."""
    met: bool = False
    """It let us in before: what it asks for now is news."""
    state: State = State.UNKNOWN
    complained: State | None = None
    """The trouble that the owner knows of."""
    warned: str | None = None
    """Which end of which token was told last."""
    _shown: dict[str, Any] = field(default_factory=dict)

    @property
    def trouble_id(self) -> str:
        """The id of the message about this gateway's state."""
        return f"state:{self.gateway}:"

    @property
    def token_id(self) -> str:
        """The id of the message about this gateway's token."""
        return f"token:{self.gateway}:"

    def condition(self, now: Condition, at: float) -> tuple[list[Message], list[str]]:
        """Take a condition: gives what the owner should read, once and not too soon, and what is settled."""
        self.state = self._state(now, at)
        self.met |= self.state is State.OK
        # Of a token that is over its own message speaks.
        expired = now.error is not None and now.error.code == "token_expired"
        if self.state in {State.OK, State.WAITING} or expired:
            settled = [] if self.complained is None else [self.trouble_id]
            self.complained = None
            return [], settled
        silence = at - now.since
        if self.complained is self.state or (self.state in PASSING and silence < PATIENCE):
            return [], []
        settled = [] if self.complained is None else [self.trouble_id]
        self.complained = self.state
        text = self._say(self.state, cause=because(now, self.language), minutes=int(silence // 60))
        return [Message(self.trouble_id, text)], settled

    def _state(self, now: Condition, at: float) -> State:
        if now.state is Live.DEGRADED:
            lasting = isinstance(now.error, RefusedError) or at - now.since >= PATIENCE
            return State.PARTIAL if lasting else State.OK
        if now.state is Live.ONLINE:
            return State.OK
        if not self.met and now.error is not None and now.error.code in {"token_needed", "password_needed"}:
            return State.WAITING
        return _trouble(now.error)

    def token(self, info: TokenInfo | None, at: float, end: str) -> tuple[list[Message], list[str]]:
        """Look at the token's end, in words too: gives what to read as it comes nearer, and what is settled."""
        urgency = None if info is None or self.automatic else info.urgency(at)
        if info is None or urgency is None:
            settled = [] if self.warned is None else [self.token_id]
            self.warned = None
            return [], settled
        mark = f"{info.expires:.0f} {urgency}"
        if mark == self.warned:
            return [], []
        # The same id is not shown twice: the former warning makes room for the nearer one.
        self.warned = mark
        text = self._say("expired") if urgency is Urgency.EXPIRED else self._say("token", end=end)
        return [Message(self.token_id, text)], [self.token_id]

    def _say(self, code: str, **details: object) -> str:
        texts = TEXTS[code]
        text = texts.get(self.language, texts["en"]).format(name=self.name, **details).strip()
        # Jeedom shows a straight one as &apos;.
        return text.replace("'", "’")

    def show_again(self) -> None:
        """Have every fact given by the next `shown`."""
        self._shown.clear()

    def shown(self, **facts: Any) -> dict[str, Any]:
        """Return what changed of the facts that Jeedom shows, empty when nothing did."""
        facts["state"] = self.state.value
        changed = {key: value for key, value in facts.items() if value is not None and self._shown.get(key) != value}
        self._shown.update(changed)
        return changed


def payload(messages: Iterable[Message]) -> list[dict[str, str]]:
    """Return messages as they are posted."""
    return [{"id": message.id, "text": message.text} for message in messages]
