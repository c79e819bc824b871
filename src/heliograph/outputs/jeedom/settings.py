"""One gateway as its owner set it up in Jeedom."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heliograph.gateway import Account, Credentials


@dataclass(frozen=True, slots=True)
class Settings:
    """One gateway as the owner set it up in Jeedom."""

    id: int
    name: str
    host: str
    enabled: bool
    groups: frozenset[str]
    credentials: Credentials

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
        )

    @property
    def key(self) -> str:
        """Its name for the engine and the shelf: the owner's name may change."""
        return str(self.id)
