"""Logging in, the password, and keys for machines."""

from typing import Annotated

from msgspec import Meta

from heliograph.web.access import Rights
from heliograph.web.access.vault import LONGEST, SHORTEST
from heliograph.web.shapes.base import Form, Shape, Time

Password = Annotated[str, Meta(max_length=LONGEST, examples=["correct horse battery staple"])]
NewPassword = Annotated[
    str, Meta(min_length=SHORTEST, max_length=LONGEST, pattern=r"\S", examples=["correct horse battery staple"])
]
KeyName = Annotated[
    str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$", examples=["Jeedom"])
]


class Session(Shape, frozen=True):
    """Who one is here."""

    logged_in: Annotated[bool, Meta(description="Whether this caller may use the API now")]
    login_needed: Annotated[bool, Meta(description="Whether this caller must log in; not so on the machine itself")]
    password_set: Annotated[bool, Meta(description="If not, one is set with the claim code that the service printed")]
    language: Annotated[str, Meta(description="The language that sentences come in", examples=["fr"])]
    by: Annotated[str | None, Meta(description="local, session or key", examples=["session"])] = None
    rights: Annotated[Rights | None, Meta(description="read or write", examples=["write"])] = None
    proxied: Annotated[
        bool,
        Meta(description="Whether a proxy calls that `web.proxies` does not name: nobody behind it can be told apart"),
    ] = False


class Login(Form, frozen=True):
    """A login."""

    password: Password


class PasswordWish(Form, frozen=True):
    """A new password, with what proves that one may set it."""

    password: NewPassword
    claim_code: Annotated[
        Annotated[str, Meta(max_length=40)] | None, Meta(description="At first, as the service printed it")
    ] = None
    current: Annotated[
        Annotated[str, Meta(max_length=LONGEST)] | None, Meta(description="Later: the password so far")
    ] = None


class Key(Shape, frozen=True):
    """A key for a machine; the key itself is not told again."""

    id: Annotated[str, Meta(examples=["9f3a61c0"])]
    name: Annotated[str, Meta(examples=["Jeedom"])]
    rights: Rights
    created: Time
    last_used: Annotated[float | None, Meta(description="Since the service was started, epoch seconds")] = None


class NewKey(Shape, frozen=True):
    """A key that was just made."""

    key: Key
    text: Annotated[str, Meta(description="Sent as `Authorization: Bearer …`; shown this once")]


class KeyWish(Form, frozen=True):
    """A key to be made."""

    name: KeyName
    rights: Rights = Rights.READ
