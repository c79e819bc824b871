"""One gateway as its owner set it up in Jeedom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from heliograph.gateway import Account, Credentials
from heliograph.outputs.jeedom.layout import WHOLE_ROOF


@dataclass(frozen=True, slots=True)
class Roof:
    """Several inverters of one gateway that are looked at together."""

    id: str
    """Equipment id, such as `roof:all`."""
    name: str
    inverters: Mapping[str, str]
    """Serial number → name in Jeedom."""


def groups(roofs: Iterable[Roof]) -> dict[str, str]:
    """Return the group that each inverter is in, by serial number; the whole roof is none."""
    return {serial: roof.id for roof in roofs if roof.id != WHOLE_ROOF for serial in roof.inverters}


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
    inverters: Mapping[str, str] = field(default_factory=dict)
    """Serial number → name in Jeedom."""

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
            roofs=tuple(
                Roof(str(roof["id"]), str(roof["name"]), _names(roof["inverters"])) for roof in row.get("roofs") or ()
            ),
            inverters=_names(row.get("inverters")),
        )

    @property
    def key(self) -> str:
        """Its name for the engine and the shelf: the owner's name may change."""
        return str(self.id)


def _names(table: Any) -> Mapping[str, str]:
    # PHP writes an empty table as a list.
    return MappingProxyType({str(serial): str(name) for serial, name in (table or {}).items()})
