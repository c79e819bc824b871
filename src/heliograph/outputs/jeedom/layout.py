"""Which metric stands on which Jeedom equipment, under which logical id and name; the catalog that the plugin reads."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from heliograph.model import Metric, Subject, metrics_of
from heliograph.model.labels import LANGUAGES, label, states
from heliograph.model.labels import words as labels
from heliograph.outputs.jeedom.words import AVERAGE, GENERIC, MAXIMUM, Words, words

GATEWAY: Final = "gateway"
PHASES: Final = ("L1", "L2", "L3")
CORE: Final = "core"
LINK: Final = "gateway"
"""The group that holds what is known of the link itself."""
ROOF: Final = "roof"
"""A kind of equipment that the plugin makes: several inverters together."""
WHOLE_ROOF: Final = f"{ROOF}:all"
"""The equipment of all inverters of a gateway."""

ON_THE_GATEWAY: Final = frozenset({Subject.SYSTEM, Subject.PHASE, Subject.STORAGE, Subject.NETWORK, Subject.FIRMWARE})
"""Subjects that every gateway has once: they stand on its own equipment."""

PHASED: Final = frozenset({Subject.METER})
"""Subjects whose phases are told apart in the id, `production.L1`; they stand on the whole one's equipment."""

ICONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        GATEWAY: "fas fa-solar-panel",
        ROOF: "fas fa-th",
        Subject.INVERTER.value: "fas fa-sun",
        Subject.BATTERY.value: "fas fa-battery-half",
        Subject.METER.value: "fas fa-tachometer-alt",
    }
)
NAMES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        GATEWAY: {"fr": "General", "en": "General"},
        ROOF: {"fr": "Toit", "en": "Roof"},
    }
)
REFRESH: Final[Mapping[str, str]] = MappingProxyType({"fr": "Rafraîchir", "en": "Refresh"})

LINK_COMMANDS: Final[Mapping[str, tuple[Words, Mapping[str, str]]]] = MappingProxyType(
    {
        "link.online": (
            Words("binary", "fas fa-link", generic="ONLINE", historized=True),
            {"fr": "Passerelle joignable", "en": "Gateway reachable"},
        ),
        "link.last_poll": (
            Words("string", "fas fa-clock", generic=GENERIC),
            {"fr": "Dernière communication", "en": "Last communication"},
        ),
    }
)
"""What the plugin itself knows of a gateway."""

ROOF_COMMANDS: Final[Mapping[str, tuple[Words, str, Mapping[str, str]]]] = MappingProxyType(
    {
        "power": (
            Words("numeric", "fas fa-bolt", 0, "POWER", historized=True, merge=AVERAGE),
            "W",
            {"fr": "Puissance", "en": "Power"},
        ),
        "energy_today": (
            Words("numeric", "fas fa-chart-bar", 0, "DAILY_PRODUCTION", historized=True, merge=MAXIMUM),
            "Wh",
            {"fr": "Énergie de la journée", "en": "Energy today"},
        ),
        "share": (
            Words("numeric", "fas fa-percentage", 1, historized=True, merge=AVERAGE),
            "%",
            {"fr": "Part de la puissance attendue", "en": "Share of the expected power"},
        ),
        "weakest": (
            Words("string", "fas fa-arrow-down"),
            "",
            {"fr": "Micro-onduleur le plus faible", "en": "Weakest microinverter"},
        ),
        "weakest_share": (
            Words("numeric", "fas fa-percentage", 0),
            "%",
            {"fr": "Part du micro-onduleur le plus faible", "en": "Share of the weakest microinverter"},
        ),
        "silent": (
            Words("numeric", "fas fa-volume-mute", 0),
            "",
            {"fr": "Micro-onduleurs muets", "en": "Silent microinverters"},
        ),
        "weak": (
            Words("numeric", "fas fa-exclamation-triangle", 0),
            "",
            {"fr": "Micro-onduleurs faibles depuis 3 jours", "en": "Microinverters weak for 3 days"},
        ),
        "report": (
            Words("string", "fas fa-clipboard-list"),
            "",
            {"fr": "Rapport du soir", "en": "Evening report"},
        ),
    }
)
"""What the plugin derives of several inverters together: sub-type and the like, unit, name."""

SCENARIOS: Final = "scenarios"
"""The group of what scenarios act on."""
SCENARIOS_NAME: Final[Mapping[str, str]] = MappingProxyType({"fr": "Pour les scénarios", "en": "For scenarios"})
SCENARIO_METRICS: Final = frozenset(
    f"{Subject.SYSTEM}.{key}" for key in ("import_today", "export_today", "self_consumption", "autarky")
)
"""Metrics of other groups that scenarios act on, too."""
SCENARIO_LINK: Final = "link.online"
"""The same of what the plugin itself knows."""
FLOWS_COUNTED: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "production": {"fr": "Production", "en": "Production"},
        "consumption": {"fr": "Consommation", "en": "Consumption"},
        "import": {"fr": "Soutirage", "en": "Import"},
        "export": {"fr": "Injection", "en": "Export"},
    }
)
"""The energies that are added up, by the first word of their metrics."""
SPANS_COUNTED: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "yesterday": {"fr": "d’hier", "en": "yesterday"},
        "month": {"fr": "du mois", "en": "this month"},
        "year": {"fr": "de l’année", "en": "this year"},
    }
)
"""The time over which they are added up."""

TILES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        GATEWAY: {
            "production": "production_power",
            "consumption": "consumption_power",
            "net": "net_power",
            "battery": "battery_power",
            "level": "battery_level",
            "state": "battery_state",
            "producedToday": "production_today",
            "producedWeek": "production_7_days",
            "producedEver": "production_lifetime",
            "consumedToday": "consumption_today",
            "consumedWeek": "consumption_7_days",
            "consumedEver": "consumption_lifetime",
            "netToday": "net_today",
            "netWeek": "net_7_days",
            "netEver": "net_lifetime",
            "inverters": "inverter_count",
            "batteries": "battery_count",
        },
        Subject.INVERTER.value: {
            "power": "power",
            "max": "max_power",
            "provisioned": "provisioned",
            "communicating": "communicating",
            "producing": "producing",
        },
        ROOF: {
            "power": "power",
            "share": "share",
            "weakest": "weakest",
            "weakestShare": "weakest_share",
            "silent": "silent",
        },
        Subject.BATTERY.value: {
            "level": "level",
            "power": "power",
            "max": "max_power",
            "temperature": "max_temperature",
            "provisioned": "provisioned",
            "communicating": "communicating",
            "producing": "producing",
        },
    }
)
"""What a tile draws: its parts and the commands they show."""

DECIMALS: Final[Mapping[str, int]] = MappingProxyType({"W": 2, "Wh": 2})
"""The core shows 8964 Wh as 8.96 kWh, and rounds what it shows as it rounds what it stores."""

ALERTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"ONLINE": {"dangerif": '"#value#" == "0"', "dangerduring": "1440"}}
)
"""Jeedom's own alert of a command, by generic type: a day, for no inverter communicates at night. In quotation marks an
absent value is none of 0."""

_LOST = re.compile(r"[&#\[\]\\/'\"*]|<[^>]*>")


@dataclass(frozen=True, slots=True)
class Command:
    """One info command of an equipment."""

    logical_id: str
    group: str
    name: Mapping[str, str]
    words: Words
    unit: str = ""
    phase: str = ""
    """Only on equipment that has this phase."""
    states: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What is displayed for each stored code, by language; empty where the value is displayed as it is."""

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that bring it."""
        also = self.logical_id == SCENARIO_LINK or f"{Subject.SYSTEM}.{self.logical_id}" in SCENARIO_METRICS
        return (self.group, SCENARIOS) if also else (self.group,)

    def row(self, drawn: frozenset[str]) -> dict[str, Any]:
        """Return it as the plugin reads it; what a tile draws is not listed below it a second time."""
        history = {"historizeMode": self.words.merge} if self.words.sub_type != "string" else {}
        if self.words.decimals is not None:
            history["historizeRound"] = str(max(self.words.decimals, DECIMALS.get(self.unit, 0)))
        limits = {"minValue": self.words.minimum, "maxValue": self.words.maximum}
        return {
            "logicalId": self.logical_id,
            "group": self.group,
            "name": dict(self.name),
            "subType": self.words.sub_type,
            "unit": self.unit,
            "generic_type": self.words.generic,
            "icon": f'<i class="{self.words.icon}"></i>',
            "isHistorized": int(self.words.historized),
            # What scenarios act on need not be looked at.
            "isVisible": int(self.logical_id not in drawn and self.group != SCENARIOS),
            "template": {"numeric": "core::line", "string": "core::line"}.get(self.words.sub_type, ""),
            "configuration": history | {key: value for key, value in limits.items() if value is not None},
            "alert": dict(ALERTS.get(self.words.generic, {})),
            "states": {language: dict(texts) for language, texts in self.states.items()},
        }


def kind(subject: Subject) -> str:
    """Name the kind of equipment that a subject stands on."""
    return GATEWAY if subject in ON_THE_GATEWAY else subject.value


def split(subject: Subject, id: str) -> tuple[str, str]:  # noqa: A002 - the public word
    """Return the equipment's own id and the phase: (`production`, `L1`); empty where there is none."""
    if subject is Subject.PHASE:
        return "", id
    if subject in PHASED:
        base, _, phase = id.partition(".")
        return base, phase
    return id, ""


def equipment_id(subject: Subject, id: str) -> str:  # noqa: A002 - the public word
    """Name the equipment that a subject's values go to: `gateway`, `inverter:122012345678`, `meter:production`."""
    return GATEWAY if kind(subject) == GATEWAY else f"{subject}:{split(subject, id)[0]}"


def logical_id(metric: Metric, phase: str = "") -> str:
    """Name a metric's command: its key; on the gateway's equipment `storage.mode`; of a phase `power.L1`."""
    foreign = kind(metric.subject) == GATEWAY and metric.subject not in {Subject.SYSTEM, Subject.PHASE}
    name = metric.name if foreign else metric.key
    return f"{name}.{phase}" if phase else name


def kinds() -> tuple[str, ...]:
    """Return every kind of equipment, the gateway first."""
    return (*dict.fromkeys(kind(subject) for subject in Subject), ROOF)


def commands(kind_name: str) -> tuple[Command, ...]:
    """Return every command that an equipment of this kind can have, in the order in which people read them."""
    rows = [command for subject in Subject if kind(subject) == kind_name for command in _commands_of(subject)]
    if kind_name == GATEWAY:
        rows += [Command(key, LINK, names, said) for key, (said, names) in LINK_COMMANDS.items()]
        rows += SCENARIO_COMMANDS.values()
    if kind_name == ROOF:
        rows += [Command(key, CORE, names, said, unit) for key, (said, unit, names) in ROOF_COMMANDS.items()]
    return tuple(rows)


def _scenario_commands() -> Iterator[Command]:
    surplus = Words("numeric", "fas fa-hand-holding-usd", 0, historized=True, merge=AVERAGE)
    yield Command("surplus", SCENARIOS, {"fr": "Surplus disponible", "en": "Surplus available"}, surplus, "W")
    energy = Words("numeric", "fas fa-chart-bar", 0, merge=MAXIMUM)
    for span, when in SPANS_COUNTED.items():
        for flow, names in FLOWS_COUNTED.items():
            name = {language: f"{names[language]} {when[language]}" for language in LANGUAGES}
            yield Command(f"{flow}_{span}", SCENARIOS, name, energy, "Wh")
    count = Words("numeric", "fas fa-hashtag", 0)
    yield Command("token_days", SCENARIOS, {"fr": "Jours restants du jeton", "en": "Days left of the token"}, count)
    silent = {"fr": "Micro-onduleurs muets", "en": "Silent microinverters"}
    yield Command("silent_inverters", SCENARIOS, silent, count)
    text = Words("string", "fas fa-exclamation-circle")
    yield Command("last_finding", SCENARIOS, {"fr": "Dernière anomalie", "en": "Last anomaly"}, text)


SCENARIO_COMMANDS: Final[Mapping[str, Command]] = MappingProxyType(
    {command.logical_id: command for command in _scenario_commands()}
)
"""What the plugin derives for scenarios."""


def _commands_of(subject: Subject) -> Iterator[Command]:
    phases = PHASES if subject is Subject.PHASE else ("", *PHASES) if subject in PHASED else ("",)
    for phase in phases:
        for metric in metrics_of(subject):
            yield Command(
                logical_id(metric, phase),
                metric.group,
                {language: command_name(metric, language, phase) for language in LANGUAGES},
                words(metric),
                metric.unit,
                phase,
                {language: texts for language in LANGUAGES if (texts := states(metric, language))},
            )


def command_name(metric: Metric, language: str, phase: str = "") -> str:
    """Name a command so that Jeedom's cleaning leaves it whole: typographic apostrophe, no reserved sign."""
    name = label(metric, language).replace("'", "’")
    return _LOST.sub("", f"{name} {phase}" if phase else name)


def groups() -> tuple[str, ...]:
    """Return every group that can be switched on, in order; the core is always on."""
    of_metrics = dict.fromkeys(metric.group for s in Subject for metric in metrics_of(s) if metric.group != CORE)
    return (SCENARIOS, *of_metrics)


def catalog(version: str) -> dict[str, Any]:
    """Return all that the plugin needs to know, as written to `catalog.json`."""
    return {
        "version": version,
        "languages": list(LANGUAGES),
        "refresh": dict(REFRESH),
        "groups": {
            group: dict(SCENARIOS_NAME) if group == SCENARIOS else _said(f"group.{group}") for group in groups()
        },
        "kinds": {name: _kind_row(name) for name in kinds()},
    }


def _said(name: str) -> dict[str, str]:
    return {language: labels(language)[name] for language in LANGUAGES}


def _kind_row(name: str) -> dict[str, Any]:
    tile = TILES.get(name, {})
    rows = commands(name)
    return {
        "name": dict(NAMES.get(name) or _said(f"subject.{name}")),
        "icon": ICONS.get(name, "fas fa-microchip"),
        "groups": list(dict.fromkeys(row.group for row in rows)),
        "tile": dict(tile),
        "commands": [row.row(frozenset(tile.values())) for row in rows],
    }
