"""What the owner tries out on the page: a gateway with what was just typed, and a look around the network."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from heliograph.gateway import Gateway, Known
from heliograph.gateway.discovery import Found
from heliograph.model import Authentication, Facts
from heliograph.model.labels import words
from heliograph.outputs.jeedom.settings import Settings
from heliograph.outputs.jeedom.values import Wish, moment
from heliograph.protocol.token import TokenInfo

PROOF: Final[Mapping[Authentication, str]] = {
    Authentication.DIGEST: "/api/v1/production/inverters",
    Authentication.TOKEN: "/api/v1/production",
}
"""What only an owner who is let in can read."""

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "accepted": {
        "fr": "Passerelle {serial}, {part}, firmware {firmware} : accès accepté.",
        "en": "Gateway {serial}, {part}, firmware {firmware}: access granted.",
    },
    "token": {
        "fr": "Jeton de rôle « {role} », valable jusqu’au {end}.",
        "en": "Token with role “{role}”, valid until {end}.",
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


async def try_out(settings: Settings, known: Known, connect: Connect, wish: Wish) -> str:
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
        return _acceptance(facts, gateway.token, wish)


def _acceptance(facts: Facts, token: TokenInfo | None, wish: Wish) -> str:
    text = _say("accepted", wish.language, serial=facts.serial, part=facts.part_number, firmware=facts.firmware)
    if token is None:
        return text
    end = moment(token.expires, wish)
    return f"{text}\n{_say('token', wish.language, role=role_word(token, wish.language), end=end)}"


def role_word(token: TokenInfo, language: str) -> str:
    """Say a token's role in words."""
    return words(language).get(f"state.{token.role}", token.role)


def search(found: Iterable[Found]) -> list[dict[str, Any]]:
    """Return the gateways that were found, as the page lists them."""
    return [{"host": item.addresses[0], "serial": item.serial, "firmware": item.firmware} for item in found]


def _say(code: str, language: str, **details: object) -> str:
    texts = TEXTS[code]
    return texts.get(language, texts["en"]).format(**details)
