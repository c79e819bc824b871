"""Invented gateways, just large enough for one quirk."""

from collections.abc import Mapping
from typing import Any

from heliograph.model import Facts, Subject
from heliograph.protocol.evidence import Evidence
from heliograph.protocol.reading import evaluate
from tests.protocol.asking import NOW, SERIAL, said_all

DETAILS = "/production.json?details=1"
V1 = "/api/v1/production"
REPORTS = "/api/v1/production/inverters"
DATA = "/ivp/pdm/device_data"
INVENTORY = "/inventory.json"
READINGS = "/ivp/meters/readings"
ENSEMBLE = "/ivp/ensemble/inventory"
POWER = "/ivp/ensemble/power"
GENERATOR = "/ivp/ensemble/generator"
WHOLE = (Subject.SYSTEM, SERIAL)


def eim(kind: str, power: float, lifetime: float, **more: Any) -> dict[str, Any]:
    known = {"type": "eim", "activeCount": 1, "measurementType": kind, "readingTime": int(NOW)}
    return known | {"wNow": power, "whLifetime": lifetime} | more


def inverters(lifetime: float, power: float = 100, count: int = 2) -> dict[str, Any]:
    return {
        "type": "inverters",
        "activeCount": count,
        "readingTime": int(NOW),
        "wNow": power,
        "whLifetime": lifetime,
    }


def production(*elements: dict[str, Any], consumption: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    return {"production": list(elements), "consumption": list(consumption), **more}


def summary(lifetime: float, today: float = 10, week: float = 70, power: float = 5) -> dict[str, float]:
    return {
        "wattHoursToday": today,
        "wattHoursSevenDays": week,
        "wattHoursLifetime": lifetime,
        "wattsNow": power,
    }


def pcu(serial: str, *, now: int = 100, joules: int = 3_600_000, gone: bool = False, active: bool = True) -> Any:
    reading = {"endDate": int(NOW) - 60, "acVoltageINmV": 230_000}
    channel = {"watts": {"now": now, "max": 300}, "lastReading": reading, "lifetime": {"joulesProduced": joules}}
    return {"devName": "pcu", "sn": serial, "active": active, "modGone": gone, "channels": [channel]}


def device_data(*devices: Any, limit: int = 50) -> dict[str, Any]:
    listed = {str(553648384 + 256 * number): device for number, device in enumerate(devices)}
    return {**listed, "deviceCount": len(devices), "deviceDataLimit": limit}


def group(kind: str, *devices: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": kind, "devices": list(devices)}]


def fired(known: Facts, documents: Mapping[str, Any], at: float = NOW) -> tuple[Evidence, set[str]]:
    return evaluate(known, said_all(documents), at)


def shows(quirk: str, known: Facts, documents: Mapping[str, Any]) -> bool:
    return quirk in fired(known, documents)[1]


def metered(**more: Any) -> dict[str, Any]:
    return production(
        eim("production", 500, 900_000, **more),
        inverters(890_000),
        consumption=(eim("total-consumption", 700, 1_300_000), eim("net-consumption", 200, 400_000)),
    )


def encharge(listed: int, now: int, key: str = "devices:") -> dict[str, Any]:
    device = {"serial_num": "B1", "percentFull": listed, "last_rpt_date": int(NOW), "encharge_capacity": 5000}
    power = {key: [{"serial_num": "B1", "real_power_mw": 20_000, "soc": now}]}
    return {ENSEMBLE: group("ENCHARGE", device), POWER: power}
