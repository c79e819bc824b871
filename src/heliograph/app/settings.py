"""Every setting once: its default, its rule, and where it stands; words are in `words/*.json` under `setting.…`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, cast

from heliograph.app.rules import Choice, Flag, Names, Number, Rule, Text, Value, Zone

PREFIX: Final = "HELIOGRAPH"


def _setting(default: Any, rule: Rule, *, secret: bool = False, live: bool = False, hidden: bool = False) -> Any:
    return field(default=default, metadata={"rule": rule, "secret": secret or hidden, "live": live, "hidden": hidden})


@dataclass(frozen=True, slots=True)
class General:
    """What concerns everything."""

    language: str = _setting("auto", Choice(("auto", "en", "fr")), live=True)
    zone: str = _setting("", Zone())
    site: str = _setting("", Text(80), live=True)


@dataclass(frozen=True, slots=True)
class Web:
    """The page and the API."""

    host: str = _setting("127.0.0.1", Text(253))
    port: int = _setting(8420, Number(0, 65535))
    login: str = _setting("auto", Choice(("auto", "always", "others")))
    names: tuple[str, ...] = _setting((), Names())
    proxies: tuple[str, ...] = _setting((), Names())
    certificate: str = _setting("", Text())
    key: str = _setting("", Text())
    session_days: int = _setting(90, Number(1, 3650))


@dataclass(frozen=True, slots=True)
class Polling:
    """How gateways are read."""

    system: int = _setting(60, Number(15, 3600))
    devices: int = _setting(300, Number(15, 86_400))


@dataclass(frozen=True, slots=True)
class History:
    """What is kept, where and for how long."""

    database: str = _setting("", Text(2000), secret=True)
    raw_days: int = _setting(425, Number(1, 36_500))


@dataclass(frozen=True, slots=True)
class Mqtt:
    """The way out over MQTT."""

    host: str = _setting("", Text(253))
    port: int = _setting(0, Number(0, 65535))
    user: str = _setting("", Text())
    password: str = _setting("", Text(), hidden=True)
    version: str = _setting("3.1.1", Choice(("3.1.1", "5")))
    tls: bool = _setting(False, Flag())
    authority: str = _setting("", Text())
    certificate: str = _setting("", Text())
    key: str = _setting("", Text())
    verify: bool = _setting(True, Flag())
    base: str = _setting("heliograph", Text(80))
    topics: bool = _setting(True, Flag())
    discovery: str = _setting("device", Choice(("device", "entity", "off")))
    prefix: str = _setting("homeassistant", Text(80))
    details: bool = _setting(False, Flag())


@dataclass(frozen=True, slots=True)
class Prometheus:
    """The page for Prometheus."""

    enabled: bool = _setting(True, Flag())


@dataclass(frozen=True, slots=True)
class Notifications:
    """Messages to whoever is not looking."""

    to: str = _setting("", Text(4000), hidden=True)
    silenced: tuple[str, ...] = _setting((), Names())


@dataclass(frozen=True, slots=True)
class Influx:
    """The way out to a time-series database."""

    to: str = _setting("", Text(2000), hidden=True)
    token: str = _setting("", Text(), hidden=True)


@dataclass(frozen=True, slots=True)
class Files:
    """The way out to CSV files."""

    folder: str = _setting("", Text(2000))


@dataclass(frozen=True, slots=True)
class Log:
    """What is told to whoever reads logs."""

    level: str = _setting("info", Choice(("debug", "info", "warning", "error")))
    times: bool = _setting(True, Flag())


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings."""

    general: General = field(default_factory=General)
    web: Web = field(default_factory=Web)
    polling: Polling = field(default_factory=Polling)
    history: History = field(default_factory=History)
    mqtt: Mqtt = field(default_factory=Mqtt)
    prometheus: Prometheus = field(default_factory=Prometheus)
    notifications: Notifications = field(default_factory=Notifications)
    influx: Influx = field(default_factory=Influx)
    files: Files = field(default_factory=Files)
    log: Log = field(default_factory=Log)


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table."""

    section: str
    name: str
    default: Value
    rule: Rule
    secret: bool
    """May hold a password: it is never shown."""
    hidden: bool
    """Is secret as a whole."""
    live: bool
    """Takes effect at once; else at the next start."""

    @property
    def key(self) -> str:
        """Full name: `web.port`."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable that overrides it: `HELIOGRAPH_WEB_PORT`."""
        return f"{PREFIX}_{self.section}_{self.name}".upper()


_SECTIONS: Final[Mapping[str, type[Any]]] = {
    item.name: cast("type[Any]", item.default_factory) for item in fields(Settings)
}
"""Every section in the order of the file."""


def _rows() -> Iterator[Setting]:
    for section, kind in _SECTIONS.items():
        for item in fields(kind):
            meta, default = item.metadata, cast("Value", item.default)
            yield Setting(section, item.name, default, meta["rule"], meta["secret"], meta["hidden"], meta["live"])


TABLE: Final[Mapping[str, Setting]] = {row.key: row for row in _rows()}
"""Every setting by its key, in the order of the file."""


def assembled(values: Mapping[str, Value]) -> Settings:
    """Make settings of values by key; what is not given has its default."""
    sections = {}
    for section, kind in _SECTIONS.items():
        rows = (row for row in TABLE.values() if row.section == section and row.key in values)
        sections[section] = kind(**{row.name: values[row.key] for row in rows})
    return Settings(**sections)


def value_of(settings: Settings, key: str) -> Value:
    """Return a setting's value by its key."""
    section, _, name = key.partition(".")
    value: Value = getattr(getattr(settings, section), name)
    return value
