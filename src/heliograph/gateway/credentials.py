"""What opens a gateway, held so that it is never shown by accident."""

from dataclasses import dataclass, fields


class _Guarded:
    """Shows which secrets are there, and none of them."""

    __slots__ = ()

    def __repr__(self) -> str:
        given = [item.name for item in fields(self) if getattr(self, item.name) is not None]  # type: ignore[arg-type] # always a dataclass
        return f"{type(self).__name__}({', '.join(given) or 'none'} hidden)"


@dataclass(frozen=True, slots=True, repr=False)
class Account(_Guarded):
    """An Enlighten account, with which tokens can be fetched and renewed."""

    user: str
    """Its e-mail address."""
    password: str


@dataclass(frozen=True, slots=True, repr=False)
class Credentials(_Guarded):
    """Any of what a gateway may ask for; what its firmware has no use for is left alone."""

    password: str | None = None
    """Up to firmware 5; None for the default ones."""
    user: str | None = None
    """Up to firmware 5; None for `envoy`."""
    token: str | None = None
    """From firmware 7 on, as pasted."""
    account: Account | None = None
    """From firmware 7 on: fetches the token, and renews it."""
