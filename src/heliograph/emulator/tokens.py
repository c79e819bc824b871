"""The emulated Entrez: keys that sign ES256 tokens, and the gateway's check of them (protocol.md §2.3.1)."""

import uuid
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

ROLES = {
    "anybody": 1,
    "owner": 2,
    "monitor": 2,
    "prov": 3,
    "support": 4,
    "sysadmin": 5,
    "installer": 6,
    "factory": 7,
}
"""Role names and their levels."""

LIFETIMES = {"owner": 365 * 86400, "installer": 12 * 3600}
"""Seconds that a token of a role lives."""

_DAY = 86400


class TokenRefusedError(Exception):
    """A token that this gateway does not accept; the message says why, as the real one never does."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A token that was accepted."""

    identity: str
    """The token's `jti`."""
    role: str
    expires: float


class Authority:
    """Signs tokens with keys of its own, any number of them, and verifies them.

    A gateway accepts the tokens of its authority only. `strict` off accepts any signature, so that a token from the
    real Entrez opens an emulated gateway of the same serial.
    """

    def __init__(self, *, strict: bool = True) -> None:
        self._keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        self._known: dict[str, dict[str, Any]] = {}
        self._strict = strict
        self.add_key()

    def add_key(self) -> str:
        """Make one more key, sign with it from now on, and name it; older keys stay good."""
        name = uuid.uuid4().hex
        self._keys[name] = ec.generate_private_key(ec.SECP256R1())
        self._latest = name
        return name

    def mint(
        self, serial: str, *, now: float, role: str = "owner", lifetime: float | None = None, **claims: Any
    ) -> str:
        """Sign a token for a gateway; `claims` replace or add to the usual ones, one given as None is left out."""
        lasting = LIFETIMES.get(role, _DAY) if lifetime is None else lifetime
        body = {
            "aud": serial,
            "iss": "Entrez",
            "enphaseUser": role,
            "exp": int(now + lasting),
            "iat": int(now),
            "jti": str(uuid.uuid4()),
            "username": "owner@example.org",
        } | claims
        present = {name: value for name, value in body.items() if value is not None}
        key = self._keys[self._latest]
        return jwt.encode(present, key, algorithm="ES256", headers={"kid": self._latest})

    def check(self, token: str, serial: str, now: float) -> Pass:
        """Accept a token for this gateway at this time, or refuse it."""
        claims = self._known.get(token)
        if claims is None:
            claims = self._known[token] = self._claims(token)
        if claims.get("aud") != serial:
            message = f"made for {claims.get('aud')}, not for {serial}"
            raise TokenRefusedError(message)
        expires, issued = claims.get("exp", 0), claims.get("iat", 0)
        if not issued <= now < expires:
            message = f"good from {issued} to {expires}, but it is {now:.0f}"
            raise TokenRefusedError(message)
        return Pass(str(claims.get("jti", token)), str(claims.get("enphaseUser", "anybody")), float(expires))

    def _claims(self, token: str) -> dict[str, Any]:
        options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
        try:
            if not self._strict:
                return dict(jwt.decode(token, options=options | {"verify_signature": False}))
            key = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                message = "signed with a key that this gateway does not know"
                raise TokenRefusedError(message)
            return dict(jwt.decode(token, key.public_key(), algorithms=["ES256"], options=options))
        except jwt.PyJWTError as err:
            message = f"no good token: {err}"
            raise TokenRefusedError(message) from err
