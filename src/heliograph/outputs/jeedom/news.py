"""What Jeedom shows of a gateway, and the few messages its owner gets: when it goes, and as its token nears its end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from heliograph.errors import HeliographError
from heliograph.protocol.token import TokenInfo, Urgency

PATIENCE: Final = 600
"""Seconds of silence before the owner is told."""

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "away": {
        "fr": "La passerelle {name} ne répond plus depuis {minutes} minutes : {cause}",
        "en": "The gateway {name} has not answered for {minutes} minutes: {cause}",
    },
    "refused": {
        "fr": "La passerelle {name} refuse l’accès : {cause}",
        "en": "The gateway {name} refuses access: {cause}",
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


class State(StrEnum):
    """How a gateway stands."""

    UNKNOWN = "unknown"
    WAITING = "waiting"
    """Its address is given; it was not synchronised yet."""
    OK = "ok"
    AWAY = "away"
    REFUSED = "refused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Message:
    """Something that a person should read once."""

    id: str
    text: str


@dataclass(slots=True)
class Watch:
    """Follows one gateway's state: tells changes, and each trouble once."""

    gateway: int
    name: str
    language: str
    automatic: bool = False
    """Its token renews itself: no warning before the end."""
    state: State = State.UNKNOWN
    since: float | None = None
    """Since when it is away or refuses."""
    told: bool = False
    """Whether the owner knows."""
    warned: str | None = None
    """Which end of which token was told last, to outlast a restart."""
    _shown: dict[str, Any] = field(default_factory=dict)

    @property
    def trouble_id(self) -> str:
        """The logical id of the message about this gateway's state."""
        return f"state:{self.gateway}:"

    @property
    def token_id(self) -> str:
        """The logical id of the message about this gateway's token."""
        return f"token:{self.gateway}:"

    def arrived(self) -> list[str]:
        """Note that it answered; gives the messages that are settled by it."""
        settled = [self.trouble_id] if self.state is not State.OK else []
        self.state, self.since, self.told = State.OK, None, False
        return settled

    def failed(self, error: HeliographError, at: float, *, refused: bool) -> list[Message]:
        """Note that it did not answer or did not let us in; gives what its owner should read: once, not too soon."""
        state = State.REFUSED if refused else State.AWAY
        if self.state is not state:
            self.told = False
            self.since = at if self.since is None else self.since
        self.state = state
        silence = at - (at if self.since is None else self.since)
        if self.told or (state is State.AWAY and silence < PATIENCE):
            return []
        self.told = True
        cause = error.text(self.language)
        return [Message(self.trouble_id, self._say(state, cause=cause, minutes=int(silence // 60)))]

    def token(self, info: TokenInfo | None, at: float, end: str) -> tuple[list[Message], list[str]]:
        """Look at the token's end, in words too: gives what to read as it comes nearer, and what is settled."""
        urgency = None if info is None or self.automatic else info.urgency(at)
        if info is None or urgency is None:
            return [], self._settle_token()
        mark = f"{info.expires:.0f} {urgency}"
        if mark == self.warned:
            return [], []
        # The same logical id is not shown twice: the former warning makes room for the nearer one.
        self.warned = mark
        text = self._say("expired") if urgency is Urgency.EXPIRED else self._say("token", end=end)
        return [Message(self.token_id, text)], [self.token_id]

    def _settle_token(self) -> list[str]:
        settled = [self.token_id] if self.warned is not None else []
        self.warned = None
        return settled

    def _say(self, code: str, **details: object) -> str:
        texts = TEXTS[code]
        return texts.get(self.language, texts["en"]).format(name=self.name, **details)

    def shown(self, **facts: Any) -> dict[str, Any]:
        """Give what changed of the facts that Jeedom shows, empty when nothing did."""
        facts["state"] = self.state.value
        changed = {key: value for key, value in facts.items() if value is not None and self._shown.get(key) != value}
        self._shown.update(changed)
        return changed

    def forget(self) -> None:
        """Show everything again the next time."""
        self._shown.clear()


def payload(messages: Iterable[Message]) -> list[dict[str, str]]:
    """Give messages as they are posted."""
    return [{"id": message.id, "text": message.text} for message in messages]
