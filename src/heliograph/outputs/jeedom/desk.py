"""What the owner tries out on the page: a gateway with what was just typed, and a look around the network."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from heliograph.gateway import Gateway, Known
from heliograph.gateway.discovery import Found
from heliograph.model import Authentication, Facts
from heliograph.model.labels import words
from heliograph.outputs.jeedom.settings import Settings
from heliograph.outputs.jeedom.values import Wish, moment
from heliograph.protocol.token import HOUR, TokenInfo

PROOF: Final[Mapping[Authentication, str]] = {
    Authentication.DIGEST: "/api/v1/production/inverters",
    Authentication.TOKEN: "/api/v1/production",
}
"""What only an owner who is let in can read."""

SHORT_LIFE: Final = 12
"""Hours that an installer's token lives."""
TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "accepted": {
        "fr": "Passerelle {serial}, {part}, firmware {firmware} : accès accepté.",
        "en": "Gateway {serial}, {part}, firmware {firmware}: access granted.",
    },
    "token": {
        "fr": "Jeton de rôle « {role} », valable jusqu’au {end}.",
        "en": "Token with role “{role}”, valid until {end}.",
    },
    "short": {
        "fr": "Attention : ce jeton ne vaut que {hours} heures, comme ceux des comptes d’installateur. Obtenez-en un "
        "avec le compte du propriétaire : il vaut un an.",
        "en": "Beware: this token is valid for {hours} hours only, as those of installers' accounts are. Get one with "
        "the owner's account: it is valid for a year.",
    },
    "unready": {
        "fr": "Indiquez l’adresse de la passerelle, activez l’équipement et sauvegardez.",
        "en": "Enter the gateway's address, enable the device and save.",
    },
}

Discover = Callable[[], Awaitable[tuple[Found, ...]]]
Connect = Callable[..., Gateway]
"""Makes a client, as `Gateway` does."""


class Unready(Exception):  # noqa: N818 - a state of the form, not a fault
    """The gateway is not set up far enough for what was asked."""

    def text(self, language: str) -> str:
        """Return what is missing."""
        return _say("unready", language)


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What came of trying a gateway out."""

    text: str
    """For the owner."""
    short_lived: bool
    """The token is over within hours, and nobody renews it."""


async def try_out(settings: Settings, known: Known, connect: Connect, wish: Wish) -> TrialResult:
    """Ask a gateway who it is and something that only its owner may read; gives what to tell the owner.

    Raises:
        Unready: there is no address.
        HeliographError: it did not answer, or did not let us in.
    """
    if not settings.host:
        raise Unready
    async with connect(settings.host, settings.credentials, known=known) as gateway:
        facts = await gateway.identify()
        target = PROOF.get(facts.authentication)
        if target is not None:
            await gateway.ask(target)
        token = gateway.token
        short = token is not None and token.short_lived and settings.credentials.account is None
        return TrialResult(_acceptance(facts, token, wish, short=short), short)


def _acceptance(facts: Facts, token: TokenInfo | None, wish: Wish, *, short: bool) -> str:
    text = _say("accepted", wish.language, serial=facts.serial, part=facts.part_number, firmware=facts.firmware)
    if token is None:
        return text
    end = moment(token.expires, wish)
    text = f"{text}\n{_say('token', wish.language, role=role_word(token, wish.language), end=end)}"
    if not short:
        return text
    hours = round((token.expires - token.issued) / HOUR) if token.issued is not None else SHORT_LIFE
    return f"{text}\n{_say('short', wish.language, hours=hours)}"


def role_word(token: TokenInfo, language: str) -> str:
    """Say a token's role in words."""
    return words(language).get(f"state.{token.role}", token.role)


def search(found: Iterable[Found]) -> list[dict[str, Any]]:
    """Return the gateways that were found, as the page lists them."""
    return [{"host": item.addresses[0], "serial": item.serial, "firmware": item.firmware} for item in found]


def _say(code: str, language: str, **details: object) -> str:
    texts = TEXTS[code]
    return texts.get(language, texts["en"]).format(**details)
