"""The token assistant: an access token as people paste it, what it says of itself, and whether it will do."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from heliograph.errors import Cause, RefusedError

DAY: Final = 86400
HOUR: Final = 3600
UNCOMMISSIONED: Final = "un-commissioned"
"""The audience of tokens that are for any gateway not yet commissioned."""

_SHORT_LIVED: Final = 2 * DAY
_NO_DATE: Final = 253402300800
"""The year 10000, which no date can show."""
_RENEWAL: Final = {False: 30 * DAY, True: HOUR}
"""Seconds before its end when a token is renewed, long-lived and short-lived (protocol.md §2.5)."""

_NOISE: Final = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff\u00ad]+")
_WRAPPING: Final = "\"'`«»“”‘’„<>()[]{},;"
_SCHEME: Final = re.compile(r"^(?:authorization:?)?bearer:?", re.IGNORECASE)
_PART: Final = re.compile(r"^[A-Za-z0-9_-]+={0,2}$")
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9_-]")
_SIGNATURE: Final = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_HEAD: Final = "eyJ"
"""How every token begins: base64 of `{"`."""
_SIGNATURE_LENGTHS: Final = {"HS256": 43, "ES256": 86, "ES384": 128, "RS256": 342, "PS256": 342}
"""Characters of a signature, by algorithm: where white space is gone, only this shows where a token ends."""


class Urgency(StrEnum):
    """How near a token is to its end, from far to near."""

    SOON = "soon"
    """30 days; of an installer's token 2 hours."""
    NEAR = "near"
    """7 days; of an installer's token 1 hour."""
    IMMINENT = "imminent"
    """1 day; of an installer's token a quarter of an hour."""
    EXPIRED = "expired"


_LEVELS: Final = {
    False: ((0, Urgency.EXPIRED), (DAY, Urgency.IMMINENT), (7 * DAY, Urgency.NEAR), (30 * DAY, Urgency.SOON)),
    True: ((0, Urgency.EXPIRED), (HOUR // 4, Urgency.IMMINENT), (HOUR, Urgency.NEAR), (2 * HOUR, Urgency.SOON)),
}


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What a token says of itself; never the token."""

    serial: str
    """The gateway it is for."""
    role: str
    """`owner`, `installer`, …; empty where the token does not say."""
    expires: float
    """Epoch seconds UTC."""
    issued: float | None = None
    """Epoch seconds UTC."""

    @property
    def short_lived(self) -> bool:
        """Return whether it lives for hours, as installers' tokens do, and not for months."""
        if self.issued is None:
            return self.role == "installer"
        return self.expires - self.issued <= _SHORT_LIVED

    def seconds_left(self, now: float) -> float:
        """Return how long it still lives; below zero when it is over."""
        return self.expires - now

    def days_left(self, now: float) -> int:
        """Return the whole days until it expires; 0 on the last day and after it."""
        return max(0, int(self.seconds_left(now) // DAY))

    def expired(self, now: float) -> bool:
        """Return whether it is over."""
        return self.seconds_left(now) <= 0

    def urgency(self, now: float) -> Urgency | None:
        """Return the level of warning that is due; None while there is time."""
        left = self.seconds_left(now)
        return next((level for limit, level in _LEVELS[self.short_lived] if left <= limit), None)

    def renewal_due(self, now: float) -> bool:
        """Return whether it is time to get another."""
        return self.seconds_left(now) < _RENEWAL[self.short_lived]


def clean(text: str) -> str:
    """Return the token within a pasted text: without white space, line breaks, quotes, JSON or words around it.

    A text in which no token is recognised is returned without white space, quotes and a leading `Bearer`.
    """
    text = _NOISE.sub("", text)
    token = _token_within(text)
    if token is not None:
        return token
    text = text.strip(_WRAPPING)
    return _SCHEME.sub("", text).strip(_WRAPPING)


def _token_within(text: str) -> str | None:
    """Return the first token in a text without white space; None where there is none."""
    parts = text.split(".")
    for before, claims, after in zip(parts, parts[1:], parts[2:], strict=False):
        word = _FOREIGN.split(before)[-1]
        begin = word.find(_HEAD)
        signature = _SIGNATURE.match(after)
        if begin < 0 or signature is None or not _PART.match(claims):
            continue
        head = word[begin:]
        length = _SIGNATURE_LENGTHS.get(_algorithm(head))
        return f"{head}.{claims}.{signature[0] if length is None else signature[0][:length]}"
    return None


def _algorithm(head: str) -> str:
    """Return the algorithm that the head of a token names; empty where it cannot be read."""
    try:
        return str(_document(head).get("alg", ""))
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return ""


def _document(part: str) -> dict[str, Any]:
    """Return the JSON object that one part of a token holds.

    Raises:
        ValueError, MsgspecError, RecursionError: it cannot be decoded.
    """
    text = part.rstrip("=")
    return msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=dict[str, Any])


def _claims(parts: Sequence[str]) -> dict[str, Any]:
    """Return what stands between a token's header and its signature.

    A library for it would load all of `cryptography`, ten megabytes, to verify nothing.

    Raises:
        ValueError, MsgspecError, RecursionError: it cannot be decoded.
    """
    head, claims, signature = parts
    _document(head)
    urlsafe_b64decode(signature.rstrip("=") + "=" * (-len(signature.rstrip("=")) % 4))
    return _document(claims)


def decode(text: str) -> TokenInfo:
    """Read what a token says of itself; its signature is the gateway's business.

    Raises:
        RefusedError: `token_malformed`.
    """
    token = clean(text)
    parts = token.split(".")
    if not token:
        raise _malformed("nothing_there")
    if len(parts) != 3:
        raise _malformed("not_three_parts", parts=len(parts))
    if not all(_PART.match(part) for part in parts):
        raise _malformed("strange_characters")
    try:
        claims = _claims(parts)
    except (ValueError, msgspec.MsgspecError, RecursionError) as err:
        raise _malformed("undecodable") from err
    expires = _time(claims, "exp")
    if expires is None:
        raise _malformed("no_expiry")
    return TokenInfo(_audience(claims), str(claims.get("enphaseUser") or ""), expires, _time(claims, "iat"))


def check(text: str, *, serial: str, now: float) -> TokenInfo:
    """Read a token and make sure that it is for this gateway and still lives.

    Raises:
        RefusedError: `token_malformed`, `token_foreign` or `token_expired`.
    """
    info = decode(text)
    if info.serial not in (serial, UNCOMMISSIONED):
        raise RefusedError("token_foreign", found=info.serial, expected=serial)
    if info.expired(now):
        raise expired(info)
    return info


def expired(info: TokenInfo) -> RefusedError:
    """Return the error for an expired token, with its date."""
    return RefusedError(
        "token_expired", expired=datetime.fromtimestamp(info.expires).astimezone().strftime("%Y-%m-%d %H:%M %Z")
    )


def _malformed(cause: str, **details: object) -> RefusedError:
    return RefusedError("token_malformed", cause=Cause(cause, details))


def _audience(claims: dict[str, Any]) -> str:
    audience = claims.get("aud")
    if isinstance(audience, list) and audience:
        audience = audience[0]
    if not isinstance(audience, str) or not audience:
        raise _malformed("no_gateway_named")
    return audience


def _time(claims: dict[str, Any], claim: str) -> float | None:
    value = claims.get(claim)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _NO_DATE:
        return None
    return float(value)
