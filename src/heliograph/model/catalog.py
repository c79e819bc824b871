"""The vocabulary: every metric once (DESIGN.md §2). Labels stand in `labels/*.json` under the metric's name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from heliograph.model.metric import Kind, Metric, Quantity, Subject

MINUTE: Final = 60
DEVICES: Final = 300
HOUR: Final = 3600

BATTERY_STATES: Final = ("charging", "discharging", "idle")
GRID_STATES: Final = ("on_grid", "off_grid", "generator", "unknown")
RELAY_STATES: Final = ("open", "closed", "unknown")
METER_STATES: Final = ("enabled", "disabled")
METERING_STATES: Final = ("normal", "not-metering", "check-wiring")
PHASES: Final = ("L1", "L2", "L3", "all", "unknown")
GATEWAY_STATES: Final = ("online", "degraded", "away")
ROLES: Final = ("owner", "installer")

_Q = Quantity
_K = Kind


_Row = tuple[str, Quantity, Kind] | tuple[str, Quantity, Kind, tuple[str, ...]]


def _rows(subject: Subject, cadence: int, group: str, *rows: _Row) -> tuple[Metric, ...]:
    return tuple(
        Metric(subject, row[0], row[1], row[2], cadence, group, group == "core", row[3] if len(row) == 4 else ())
        for row in rows
    )


CATALOG: Final[tuple[Metric, ...]] = (
    *_rows(
        Subject.SYSTEM, MINUTE, "core",
        ("inverter_count", _Q.COUNT, _K.FACT),
        ("battery_count", _Q.COUNT, _K.FACT),
        ("battery_state", _Q.STATE, _K.NOW, BATTERY_STATES),
        ("battery_level", _Q.LEVEL, _K.NOW),
        ("battery_power", _Q.POWER, _K.NOW),
        ("production_power", _Q.POWER, _K.NOW),
        ("production_today", _Q.ENERGY, _K.PERIOD),
        ("production_7_days", _Q.ENERGY, _K.PERIOD),
        ("production_lifetime", _Q.ENERGY, _K.TOTAL),
        ("consumption_power", _Q.POWER, _K.NOW),
        ("consumption_today", _Q.ENERGY, _K.PERIOD),
        ("consumption_7_days", _Q.ENERGY, _K.PERIOD),
        ("consumption_lifetime", _Q.ENERGY, _K.TOTAL),
        ("net_power", _Q.POWER, _K.NOW),
        ("net_today", _Q.ENERGY, _K.PERIOD),
        ("net_7_days", _Q.ENERGY, _K.PERIOD),
        ("net_lifetime", _Q.ENERGY, _K.NET_TOTAL),
    ),
    *_rows(
        Subject.SYSTEM, MINUTE, "grid",
        ("import_today", _Q.ENERGY, _K.PERIOD),
        ("import_7_days", _Q.ENERGY, _K.PERIOD),
        ("import_lifetime", _Q.ENERGY, _K.TOTAL),
        ("export_today", _Q.ENERGY, _K.PERIOD),
        ("export_7_days", _Q.ENERGY, _K.PERIOD),
        ("export_lifetime", _Q.ENERGY, _K.TOTAL),
        ("self_consumption", _Q.RATIO, _K.NOW),
        ("autarky", _Q.RATIO, _K.NOW),
    ),
    *_rows(
        Subject.SYSTEM, MINUTE, "battery_energy",
        ("charged_today", _Q.ENERGY, _K.PERIOD),
        ("charged_lifetime", _Q.ENERGY, _K.TOTAL),
        ("discharged_today", _Q.ENERGY, _K.PERIOD),
        ("discharged_lifetime", _Q.ENERGY, _K.TOTAL),
    ),
    *_rows(
        Subject.PHASE, MINUTE, "phases",
        ("production_power", _Q.POWER, _K.NOW),
        ("consumption_power", _Q.POWER, _K.NOW),
        ("net_power", _Q.POWER, _K.NOW),
        ("voltage", _Q.VOLTAGE, _K.NOW),
        ("current", _Q.CURRENT, _K.NOW),
    ),
    *_rows(
        Subject.INVERTER, DEVICES, "core",
        ("provisioned", _Q.FLAG, _K.FACT),
        ("communicating", _Q.FLAG, _K.NOW),
        ("producing", _Q.FLAG, _K.NOW),
        ("power", _Q.POWER, _K.NOW),
        ("max_power", _Q.POWER, _K.FACT),
    ),
    *_rows(
        Subject.INVERTER, DEVICES, "panel_details",
        ("last_report", _Q.TIME, _K.NOW),
        ("phase", _Q.STATE, _K.FACT, PHASES),
        ("dc_voltage", _Q.VOLTAGE, _K.NOW),
        ("dc_current", _Q.CURRENT, _K.NOW),
        ("ac_voltage", _Q.VOLTAGE, _K.NOW),
        ("ac_current", _Q.CURRENT, _K.NOW),
        ("frequency", _Q.FREQUENCY, _K.NOW),
        ("temperature", _Q.TEMPERATURE, _K.NOW),
        ("energy_today", _Q.ENERGY, _K.PERIOD),
        ("energy_lifetime", _Q.ENERGY, _K.TOTAL),
        ("status", _Q.TEXT, _K.NOW),
    ),
    *_rows(
        Subject.BATTERY, DEVICES, "core",
        ("provisioned", _Q.FLAG, _K.FACT),
        ("communicating", _Q.FLAG, _K.NOW),
        ("producing", _Q.FLAG, _K.NOW),
        ("power", _Q.POWER, _K.NOW),
        ("max_power", _Q.POWER, _K.FACT),
        ("level", _Q.LEVEL, _K.NOW),
        ("max_temperature", _Q.TEMPERATURE, _K.NOW),
    ),
    *_rows(
        Subject.BATTERY, DEVICES, "battery_details",
        ("temperature", _Q.TEMPERATURE, _K.NOW),
        ("capacity", _Q.CAPACITY, _K.FACT),
        ("state_of_health", _Q.LEVEL, _K.NOW),
        ("state", _Q.STATE, _K.NOW, BATTERY_STATES),
        ("phase", _Q.STATE, _K.FACT, PHASES),
        ("last_report", _Q.TIME, _K.NOW),
        ("status", _Q.TEXT, _K.NOW),
    ),
    *_rows(
        Subject.METER, MINUTE, "meters",
        ("power", _Q.POWER, _K.NOW),
        ("apparent_power", _Q.APPARENT_POWER, _K.NOW),
        ("reactive_power", _Q.REACTIVE_POWER, _K.NOW),
        ("power_factor", _Q.POWER_FACTOR, _K.NOW),
        ("voltage", _Q.VOLTAGE, _K.NOW),
        ("current", _Q.CURRENT, _K.NOW),
        ("frequency", _Q.FREQUENCY, _K.NOW),
        ("energy_delivered", _Q.ENERGY, _K.TOTAL),
        ("energy_received", _Q.ENERGY, _K.TOTAL),
        ("state", _Q.STATE, _K.FACT, METER_STATES),
        ("metering_status", _Q.STATE, _K.NOW, METERING_STATES),
    ),
    *_rows(
        Subject.CONTROLLER, DEVICES, "site",
        ("grid_state", _Q.STATE, _K.NOW, GRID_STATES),
        ("relay_state", _Q.STATE, _K.NOW, RELAY_STATES),
        ("communicating", _Q.FLAG, _K.NOW),
        ("temperature", _Q.TEMPERATURE, _K.NOW),
        ("last_report", _Q.TIME, _K.NOW),
        ("status", _Q.TEXT, _K.NOW),
    ),
    *_rows(
        Subject.COLLAR, DEVICES, "site",
        ("grid_state", _Q.STATE, _K.NOW, GRID_STATES),
        ("relay_state", _Q.STATE, _K.NOW, RELAY_STATES),
        ("communicating", _Q.FLAG, _K.NOW),
        ("temperature", _Q.TEMPERATURE, _K.NOW),
        ("last_report", _Q.TIME, _K.NOW),
        ("status", _Q.TEXT, _K.NOW),
    ),
    *_rows(
        Subject.COMBINER, DEVICES, "site",
        ("communicating", _Q.FLAG, _K.NOW),
        ("last_report", _Q.TIME, _K.NOW),
    ),
    *_rows(
        Subject.RELAY, DEVICES, "site",
        ("relay_state", _Q.STATE, _K.NOW, RELAY_STATES),
        ("communicating", _Q.FLAG, _K.NOW),
        ("temperature", _Q.TEMPERATURE, _K.NOW),
        ("frequency", _Q.FREQUENCY, _K.NOW),
        ("last_report", _Q.TIME, _K.NOW),
        ("status", _Q.TEXT, _K.NOW),
    ),
    *_rows(
        Subject.DRY_CONTACT, DEVICES, "site",
        ("relay_state", _Q.STATE, _K.NOW, RELAY_STATES),
        ("name", _Q.TEXT, _K.FACT),
        ("use", _Q.TEXT, _K.FACT),
    ),
    *_rows(
        Subject.GENERATOR, DEVICES, "site",
        ("generator_state", _Q.STATE, _K.NOW, RELAY_STATES),
        ("mode", _Q.TEXT, _K.FACT),
        ("start_level", _Q.LEVEL, _K.FACT),
        ("stop_level", _Q.LEVEL, _K.FACT),
    ),
    *_rows(
        Subject.STORAGE, HOUR, "settings",
        ("mode", _Q.TEXT, _K.FACT),
        ("reserve_level", _Q.LEVEL, _K.FACT),
        ("charge_from_grid", _Q.FLAG, _K.FACT),
        ("production_limited", _Q.FLAG, _K.FACT),
        ("production_limit", _Q.RATIO, _K.FACT),
        ("export_limited", _Q.FLAG, _K.FACT),
    ),
    *_rows(
        Subject.NETWORK, MINUTE, "gateway",
        ("state", _Q.STATE, _K.NOW, GATEWAY_STATES),
        ("state_since", _Q.TIME, _K.NOW),
        ("problem", _Q.TEXT, _K.NOW),
    ),
    *_rows(
        Subject.NETWORK, HOUR, "gateway",
        ("cloud_connected", _Q.FLAG, _K.NOW),
        ("last_cloud_report", _Q.TIME, _K.NOW),
        ("interface", _Q.TEXT, _K.FACT),
        ("signal_strength", _Q.RATIO, _K.NOW),
        ("communicating_inverters", _Q.COUNT, _K.NOW),
    ),
    *_rows(
        Subject.FIRMWARE, HOUR, "gateway",
        ("version", _Q.TEXT, _K.FACT),
        ("token_expiry", _Q.TIME, _K.FACT),
        ("token_role", _Q.STATE, _K.FACT, ROLES),
    ),
)  # fmt: skip
"""Every metric, in the order in which people read them."""

METRICS: Final[Mapping[str, Metric]] = MappingProxyType({metric.name: metric for metric in CATALOG})
"""Every metric by its full name, `system.production_power`."""

_BY_SUBJECT: Final[Mapping[Subject, tuple[Metric, ...]]] = MappingProxyType(
    {subject: tuple(metric for metric in CATALOG if metric.subject is subject) for subject in Subject}
)


def metric(subject: Subject, key: str) -> Metric:
    """Return the metric of a subject and key.

    Raises:
        KeyError: the vocabulary has no such metric.
    """
    return METRICS[f"{subject}.{key}"]


def metrics_of(subject: Subject) -> tuple[Metric, ...]:
    """Return all metrics of a subject, in order."""
    return _BY_SUBJECT[subject]
