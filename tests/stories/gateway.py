"""A gateway beside a house: what its meters count, and the documents in which it says so; faults change both.

The documents are our own, as small as a gateway's can be; the fields are those of the vendor's (`/production.json`,
`/ivp/meters/readings` …). Nothing here is shared with the program's emulator or reader.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.stories.site import COUNTERS, STEP, Site, midnight_after

WRAP = 2**32 / 3600
"""Wh at which a counter of joules with 32 bits starts again."""
SERIAL = "122399000001"
EIDS = {"production": 704643328, "net-consumption": 704643584, "storage": 704643840}
CALIBRATION = 0.998
"""What inverters say they deliver, as a share of what a meter measures."""


@dataclass
class Inverter:
    """What the gateway remembers of one inverter."""

    serial: str
    before: float
    """Wh before the story."""
    share: float = 1.0
    since: float = 0.0
    until: float = float("inf")
    reported: float = 0.0
    power: int = 0
    energy: float = 0.0
    mark: float = 0.0
    """Its energy at the gateway's last midnight."""


@dataclass
class Meter:
    """One current transformer: what it shows and has counted in each direction."""

    power: float = 0.0
    delivered: float = 0.0
    received: float = 0.0


@dataclass
class Fault:
    """Something that is wrong from one moment to another; `change` of each hook gets the gateway and what it tells."""

    start: float = 0.0
    end: float = float("inf")
    meters: Callable[["Gateway"], None] | None = None
    """Changes what meters have measured."""
    documents: Callable[["Gateway", str, Any], Any] | None = None
    """Returns another document in the place of one; an int is an HTTP status without a body, None no answer."""

    def active(self, at: float) -> bool:
        """Return whether it is wrong at this moment."""
        return self.start <= at < self.end


@dataclass
class Gateway:
    """One gateway. `live` lets time pass, `answer` gives the bytes of one document."""

    site: Site
    metered: bool = True
    storage_meter: bool = True
    details: bool = True
    """It serves `/ivp/pdm/device_data`."""
    inventory: bool = False
    """It serves `/inventory.json`; what is tested here needs it seldom, and it is slow to read."""
    interval: float = 300.0
    """Seconds between two reports of an inverter."""
    ahead: float = 0.0
    """Seconds by which its clock is ahead."""
    faults: list[Fault] = field(default_factory=list)
    firmware: str = "D8.2.4345"
    meters: dict[str, Meter] = field(default_factory=dict)
    summed: float = 0.0
    """The lifetime that the gateway says all inverters have, Wh."""
    memory: dict[str, float] = field(default_factory=dict)
    """Where faults remember."""
    documents: dict[str, Any] = field(default_factory=dict)
    """Documents that faults repeat."""
    lost: float = 0.0
    """Wh that the inverters' sum has lost by overflows."""
    began: float = 0.0
    """When the gateway's present day began."""
    yesterday: dict[str, float] = field(default_factory=dict)
    deaf: bool = False
    """No inverter gets through."""
    consumption_off: bool = False
    """There is no consumption transformer."""

    def __post_init__(self) -> None:
        site = self.site
        each = site.energies["production"] / site.inverters
        self.inverters = [
            Inverter(f"1221{index:08}", each * (0.97 + 0.06 * (index * 37 % 11) / 10))
            for index in range(site.inverters)
        ]
        total = sum(inverter.before for inverter in self.inverters)
        if not self.metered:
            # Without a meter, the inverters' own counters are the truth.
            site.energies["production"] = site.marks["production"] = total
        for inverter in self.inverters:
            inverter.energy = inverter.mark = inverter.before
        self._reported = 0.0
        self._measure()
        self.today: dict[str, float] = {}
        self.week: dict[str, float] = {}
        self.midnight = site.at
        self._begin_day(weeks=7)

    # --- time

    def live(self, seconds: float) -> None:
        """Let time pass, in steps that end at midnights by the gateway's clock."""
        until = self.site.at + seconds
        while self.site.at < until - 1e-6:
            midnight = min(self.midnight, self.site.midnight)
            step = min(until - self.site.at, STEP, max(0.001, midnight - self.site.at))
            self.site.live(step)
            self._measure()
            if self.site.at >= self.midnight:
                self._begin_day(weeks=0)

    def _begin_day(self, *, weeks: int) -> None:
        """Remember the counters at midnight, as integers; at the beginning with an invented day and week before."""
        self.midnight = midnight_after(self.site.at + self.ahead, self.site.zone) - self.ahead
        counted, self.began = self.lifetimes(), self.site.at
        for inverter in self.inverters:
            inverter.mark = inverter.energy
        if weeks:
            made = self.site.peak * 4.0
            days = {"production": made, "consumption": 9e3}
            self.week = {name: counted[name] - 6 * energy for name, energy in days.items()}
            self.today = {name: float(int(counted[name])) for name in days}
        else:
            self.week = {name: self.week[name] + (self.today[name] - self.week[name]) / 6 for name in self.week}
            self.yesterday = self.today
            self.today = {name: float(int(counted[name])) for name in ("production", "consumption")}

    def _measure(self) -> None:
        energies, powers = self.site.energies, self.site.powers
        standby = -1.3 - (int(self.site.at) % 7) / 5 if powers["production"] == 0 else 0.0
        self.meters = {
            "production": Meter(powers["production"] + standby, energies["production"]),
            "net-consumption": Meter(powers["net"], energies["import"], energies["export"]),
            "storage": Meter(powers["battery"], energies["discharged"], energies["charged"]),
        }
        if self.site.at >= self._reported + STEP or not self._reported:
            self._reported = self.site.at
            self._report()
        for fault in self.faults:
            if fault.meters is not None and fault.start <= self.site.at:
                fault.meters(self)

    def _report(self) -> None:
        """Let every inverter report whose turn it is; by night none does."""
        at, site = self.site.at, self.site
        total = 0.0
        for index, inverter in enumerate(self.inverters):
            turn = at - (at - 17 * index) % self.interval
            if not self.deaf and turn > inverter.reported and inverter.since <= at < inverter.until:
                start = max(turn - self.interval, inverter.since)
                hours = site.yielded(turn) - site.yielded(start)
                power = hours * site.panel * inverter.share * 3600 / max(1.0, turn - start)
                if power > 1.0:
                    made = site.yielded(turn) - site.yielded(inverter.since)
                    inverter.reported, inverter.power = turn, round(power * CALIBRATION)
                    inverter.energy = inverter.before + made * site.panel * inverter.share * self._calibration
            if inverter.until > at:
                total += inverter.energy
        self.summed = total - self.lost

    @property
    def _calibration(self) -> float:
        return CALIBRATION if self.metered else 1.0

    def lifetimes(self) -> dict[str, float]:
        """Return what the gateway has counted of production and consumption, overflows of the inverters' sum apart."""
        production, net, _ = (self.meters[name] for name in EIDS)
        made = production.delivered if self.metered else self.summed + self.lost
        return {"production": made, "net": net.delivered - net.received,
                "consumption": made + net.delivered - net.received}  # fmt: skip

    # --- documents

    def answer(self, target: str) -> tuple[int, bytes]:
        """Return status and body of a document, as the gateway gives it at this moment."""
        document = DOCUMENTS[target](self) if target in DOCUMENTS else 404
        for fault in self.faults:
            if fault.documents is not None and fault.active(self.site.at):
                document = fault.documents(self, target, document)
        if isinstance(document, int):
            return document, b'{"err":"refused"}'
        return 200, document.encode() if isinstance(document, str) else json.dumps(document).encode()

    @property
    def now(self) -> int:
        """The time by the gateway's own clock."""
        return int(self.site.at + self.ahead)

    def reporting(self) -> Iterable[Inverter]:
        """Return the inverters that the gateway lists."""
        return (each for each in self.inverters if each.since <= self.site.at < each.until)


def _info(gateway: Gateway) -> str:
    imeter = "true" if gateway.metered else "false"
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><envoy_info><time>{gateway.now}</time><device><sn>{SERIAL}</sn>"
        f"<pn>800-00654-r08</pn><software>{gateway.firmware}</software><imeter>{imeter}</imeter></device>"
        "<web-tokens>true</web-tokens></envoy_info>"
    )


def _home(gateway: Gateway) -> Any:
    return {"timezone": str(gateway.site.zone), "network": {"web_comm": True}}


def _meters(gateway: Gateway) -> Any:
    if not gateway.metered:
        return []
    states = {"production": True, "net-consumption": not gateway.consumption_off,
              "storage": gateway.storage_meter and gateway.site.battery > 0}  # fmt: skip
    return [
        {"eid": eid, "state": "enabled" if states[name] else "disabled", "measurementType": name, "phaseMode": "three",
         "phaseCount": 1, "meteringStatus": "normal", "statusFlags": []}
        for name, eid in EIDS.items()
    ]  # fmt: skip


def _readings(gateway: Gateway) -> Any:
    if not gateway.metered:
        return []
    return [
        {"eid": EIDS[name], "timestamp": gateway.now, "actEnergyDlvd": round(meter.delivered, 3),
         "actEnergyRcvd": round(meter.received, 3), "activePower": round(meter.power, 3), "voltage": 233.1,
         "current": round(abs(meter.power) / 233.1, 3), "freq": 50.0, "pwrFactor": 0.9, "channels": []}
        for name, meter in gateway.meters.items()
    ]  # fmt: skip


def _production(gateway: Gateway) -> Any:
    listed = list(gateway.reporting())
    newest = max((each.reported for each in listed), default=0.0)
    current = gateway.site.at - newest <= 3 * gateway.interval
    inverters = {
        "type": "inverters", "activeCount": len(listed), "readingTime": int(newest + gateway.ahead) if current else 0,
        "wNow": sum(each.power for each in listed) if current else 0, "whLifetime": round(gateway.summed),
    }  # fmt: skip
    storage = [{"type": "acb", "activeCount": 0, "readingTime": 0, "wNow": 0, "whNow": 0, "state": "idle"}]
    if not gateway.metered:
        return {"production": [inverters], "storage": storage}
    counted, production, net = gateway.lifetimes(), gateway.meters["production"], gateway.meters["net-consumption"]
    active = 0 if gateway.consumption_off else 1

    def element(kind: str, power: float, lifetime: float, *, today: float = 0.0, week: float = 0.0) -> dict[str, Any]:
        count = 1 if kind == "production" else active
        return {
            "type": "eim", "activeCount": count, "measurementType": kind, "readingTime": gateway.now,
            "wNow": round(power, 3), "whLifetime": round(lifetime, 3), "whToday": round(today, 3),
            "whLastSevenDays": round(week, 3), "rmsVoltage": 233.1, "rmsCurrent": 1.0, "lines": [],
        }  # fmt: skip

    made, used = counted["production"], counted["consumption"]
    return {
        "production": [
            inverters,
            element("production", production.power, made, today=made - gateway.today["production"],
                    week=made - gateway.week["production"]),
        ],
        "consumption": [
            element("total-consumption", production.power + net.power, used,
                    today=used - gateway.today["consumption"]),
            element("net-consumption", net.power, counted["net"]),
        ],
        "storage": storage,
    }  # fmt: skip


def _summary(gateway: Gateway) -> Any:
    made = gateway.lifetimes()["production"]
    power = gateway.meters["production"].power
    if not gateway.metered:
        newest = max((each.reported for each in gateway.reporting()), default=0.0)
        current = gateway.site.at - newest <= 3 * gateway.interval
        power = sum(each.power for each in gateway.reporting()) if current else 0
    return {
        "wattHoursToday": round(made - gateway.today["production"]), "wattsNow": round(power),
        "wattHoursSevenDays": round(made - gateway.week["production"]),
        "wattHoursLifetime": round(made if gateway.metered else made - gateway.lost),
    }  # fmt: skip


def _reports(gateway: Gateway) -> Any:
    return [
        {"serialNumber": each.serial, "lastReportDate": int(each.reported + gateway.ahead) if each.reported else 0,
         "devType": 1, "lastReportWatts": each.power, "maxReportWatts": round(gateway.site.panel * 0.98)}
        for each in gateway.reporting()
    ]  # fmt: skip


def _device_data(gateway: Gateway) -> Any:
    if not gateway.details:
        return 404
    listed = list(gateway.reporting())[:50]
    document: dict[str, Any] = {"deviceCount": len(listed), "deviceDataLimit": 50}
    for index, each in enumerate(listed):
        at = int(each.reported + gateway.ahead) if each.reported else 0
        watts = {"now": each.power, "max": round(gateway.site.panel * 0.98)}
        day = {"today": round(each.energy - each.mark)}
        document[str(553648384 + index)] = {
            "devName": "pcu", "sn": each.serial, "active": True, "modGone": False,
            "channels": [{"created": at, "wattHours": day, "watts": watts,
                          "lastReading": {"endDate": at, "duration": 300} if at else {},
                          "lifetime": {"joulesProduced": round(each.energy * 3600)}}],
        }  # fmt: skip
    return document


def _inventory(gateway: Gateway) -> Any:
    if not gateway.inventory:
        return 404
    day = gateway.site.powers["production"] > 0
    devices = [
        {"part_num": "800-01135-r02", "serial_num": each.serial, "device_status": ["envoy.global.ok"], "admin_state": 1,
         "last_rpt_date": str(int(each.reported + gateway.ahead) if each.reported else 0), "producing": day,
         "communicating": True, "provisioned": True, "operating": True}
        for each in gateway.reporting()
    ]  # fmt: skip
    return [{"type": "PCU", "devices": devices}, {"type": "ACB", "devices": []}, {"type": "NSRB", "devices": []}]


def _ensemble(gateway: Gateway) -> Any:
    if not gateway.site.battery:
        return []
    batteries = [
        {"serial_num": f"1225{index:08}", "part_num": "830-00703-r75", "percentFull": round(gateway.site.level),
         "encharge_capacity": round(gateway.site.battery / 3), "last_rpt_date": gateway.now, "communicating": True,
         "device_status": ["envoy.global.ok"], "admin_state": 6, "admin_state_str": "ENCHG_STATE_READY"}
        for index in range(3)
    ]  # fmt: skip
    return [{"type": "ENCHARGE", "devices": batteries}]


def _power(gateway: Gateway) -> Any:
    if not gateway.site.battery:
        return {"devices:": []}
    each = round(gateway.site.powers["battery"] * 1000 / 3)
    return {"devices:": [
        {"serial_num": f"1225{index:08}", "real_power_mw": each, "apparent_power_mva": abs(each),
         "soc": round(gateway.site.level)} for index in range(3)
    ]}  # fmt: skip


DOCUMENTS: dict[str, Callable[[Gateway], Any]] = {
    "/info": _info,
    "/home.json": _home,
    "/ivp/meters": _meters,
    "/ivp/meters/readings": _readings,
    "/production.json?details=1": _production,
    "/api/v1/production": _summary,
    "/api/v1/production/inverters": _reports,
    "/ivp/pdm/device_data": _device_data,
    "/inventory.json?deleted=1": _inventory,
    "/inventory.json": _inventory,
    "/ivp/ensemble/inventory": _ensemble,
    "/ivp/ensemble/power": _power,
}
"""What the gateway serves; everything else is not there."""

__all__ = ["COUNTERS", "DOCUMENTS", "SERIAL", "WRAP", "Fault", "Gateway", "Inverter", "Meter"]
