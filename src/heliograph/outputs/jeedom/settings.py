"""One gateway as its owner set it up in Jeedom."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from heliograph.gateway import Account, Credentials


@dataclass(frozen=True, slots=True)
class Roof:
    """Several inverters of one gateway that are looked at together."""

    id: str
    """Equipment id, such as `roof:all`."""
    name: str
    inverters: Mapping[str, str]
    """Serial number → name in Jeedom."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One gateway as the owner set it up in Jeedom."""

    id: int
    name: str
    host: str
    enabled: bool
    groups: frozenset[str]
    credentials: Credentials
    roofs: tuple[Roof, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Settings":
        """Read a row of Jeedom's `configure`."""

        def text(key: str) -> str | None:
            return str(row.get(key) or "").strip() or None

        user, password = text("enlighten_user"), text("enlighten_password")
        account = Account(user, password) if user and password else None
        return cls(
            id=int(row["id"]),
            name=text("name") or str(row["id"]),
            host=text("host") or "",
            enabled=bool(row.get("enabled", True)),
            groups=frozenset(str(group) for group in row.get("groups") or ()),
            credentials=Credentials(password=text("password"), token=text("token"), account=account),
            roofs=tuple(_roof(roof) for roof in row.get("roofs") or ()),
        )

    @property
    def key(self) -> str:
        """Its name for the engine and the shelf: the owner's name may change."""
        return str(self.id)


def _roof(row: Mapping[str, Any]) -> Roof:
    # PHP writes an empty table as a list.
    inverters = row["inverters"] or {}
    return Roof(str(row["id"]), str(row["name"]), MappingProxyType({str(k): str(v) for k, v in inverters.items()}))
