"""The lists of devices, `/api/v1/production/inverters`, `/inventory` and their like (protocol.md §3.1.4, §3.2)."""

from typing import Any

from heliograph.emulator.documents.production import charge_state
from heliograph.emulator.documents.view import Report, View
from heliograph.emulator.site.plan import Battery, Condition, Fixture, Inverter, Storage

PCU, GATEWAY, EIM, ACB, RELAY, RADIO = 1, 4, 10, 11, 12, 19
"""Device types."""

_PHASES = ("ph-a", "ph-b", "ph-c")
_OK = "envoy.global.ok"
_DARK = ("envoy.cond_flags.pcu_ctrl.dc-pwr-low", "envoy.cond_flags.obs_strs.failure")
_LOST = ("envoy.cond_flags.obs_strs.failure",)


def device_eid(kind: int, number: int) -> int:
    """Return the number of a device from its type and its place among its like."""
    return (0x20 + kind) << 24 | number << 8


def v1_inverters(view: View) -> list[dict[str, Any]]:
    """Write /api/v1/production/inverters; AC Batteries are in it too."""
    units = [_v1_row(view, each.inverter.serial, each.time, kind=PCU, watts=each.watts) for each in view.active]
    rows = [row | {"maxReportWatts": int(each.inverter.power)} for row, each in zip(units, view.active, strict=True)]
    for battery in view.plan.kept(Storage.ACB):
        watts = round(view.power(battery) / 1000)
        row = _v1_row(view, battery.serial, report_time(view, battery), kind=ACB, watts=watts)
        rows.append(row | {"maxReportWatts": battery.model.rating})
    return rows


def _v1_row(view: View, serial: str, time: int, *, kind: int, watts: int) -> dict[str, Any]:
    row: dict[str, Any] = {"serialNumber": serial, "lastReportDate": time}
    if view.dialect.says_device_type:
        row["devType"] = kind
    return row | {"lastReportWatts": watts}


def report_time(view: View, battery: Battery) -> int:
    """Return the time at which a battery last reported: each at its own second of five minutes."""
    return view.now - (view.now - 37 * battery.number) % 300


def inventory(view: View) -> list[dict[str, Any]]:
    """Write /inventory: four groups, empty ones too, without what was taken away."""
    return _inventory(view, view.active)


def inventory_with_deleted(view: View) -> list[dict[str, Any]]:
    """Write /inventory.json?deleted=1."""
    return _inventory(view, view.reports)


def _inventory(view: View, reports: tuple[Report, ...]) -> list[dict[str, Any]]:
    radio = view.plan.radio
    return [
        {"type": "PCU", "devices": [_pcu(view, each) for each in reports]},
        {"type": "ACB", "devices": [_acb(view, each) for each in view.plan.kept(Storage.ACB)]},
        {"type": "NSRB", "devices": [_relay(view, each) for each in view.plan.relays]},
        {"type": "ESUB", "devices": [_radio(view, radio)] if radio else []},
    ]


def _device(
    unit: Inverter | Battery | Fixture, part: str, *, reported: int, state: int, kind: int, images: tuple[str, str]
) -> dict[str, Any]:
    """Return what all devices of the inventory say."""
    image, parameters = images
    serial, installed, eid = unit.serial, unit.commissioned, device_eid(kind, unit.number)
    return {
        "part_num": part,
        "installed": str(installed),
        "serial_num": serial,
        "device_status": [_OK],
        "last_rpt_date": str(reported),
        "admin_state": state,
        "dev_type": kind,
        "created_date": str(installed),
        "img_load_date": "0",
        "img_pnum_running": image,
        "ptpn": parameters,
        "chaneid": eid | 0x40000011,
        "device_control": [{"gficlearset": False}],
    }


def _pcu(view: View, report: Report) -> dict[str, Any]:
    unit = report.inverter
    retired = unit.condition is Condition.RETIRED
    row = _device(
        unit,
        unit.model.part,
        reported=report.time,
        state=3 if retired else 2,
        kind=PCU,
        images=(unit.model.image, "undetermined" if retired else unit.model.parameters),
    )
    if not report.communicating:
        dark = not retired and unit.serial not in view.world.frozen
        row["device_status"] = list(_DARK if dark else _LOST)
    if retired:
        return row
    row |= {
        "producing": report.producing,
        "communicating": report.communicating,
        "provisioned": report.communicating,
        "operating": report.communicating,
    }
    if view.dialect.says_inverter_phase:
        row["phase"] = _PHASES[unit.phase or 0]
    return row


def _acb(view: View, battery: Battery) -> dict[str, Any]:
    row = _device(
        battery,
        battery.model.part,
        reported=report_time(view, battery),
        state=2,
        kind=ACB,
        images=(battery.model.image, "540-00155-r01-v02.13.01"),
    )
    return row | {
        "producing": True,
        "communicating": True,
        "provisioned": True,
        "operating": True,
        "sleep_enabled": False,
        "percentFull": round(100 * view.energy(battery)),
        "maxCellTemp": view.temperature(battery),
        "sleep_min_soc": 25,
        "sleep_max_soc": 30,
        "charge_status": charge_state(view, view.power(battery), 1),
    }


def _relay(view: View, relay: Fixture) -> dict[str, Any]:
    row = _device(
        relay,
        relay.part,
        reported=view.now - (view.now - 71) % 300,
        state=2,
        kind=RELAY,
        images=("520-00086-r01-v01.02.19", "540-00149-r01-v01.02.00"),
    )
    phases = view.plan.wiring.phases
    return row | {
        "producing": False,
        "communicating": True,
        "provisioned": True,
        "operating": True,
        "relay": "closed" if view.grid else "open",
        "reason_code": -1,
        "reason": "ok",
        "line-count": phases,
        **{f"line{line}-connected": view.grid and line <= phases for line in (1, 2, 3)},
    }


def _radio(view: View, radio: Fixture) -> dict[str, Any]:
    row = _device(
        radio,
        "800-01855-r01",
        reported=view.now - (view.now - 23) % 300,
        state=1,
        kind=RADIO,
        images=("523-00001-r01-v01.18.00", "551-00064-r01-v01.18.00"),
    )
    return row | {"producing": False, "communicating": True, "operating": True}


def inv(view: View) -> dict[str, Any]:
    """Write /inv: the same devices, every value a text."""
    groups = _inventory(view, view.active)
    rows = [_inv_row(device) for group in groups for device in group["devices"]]
    return {"numrows": len(rows), "rows": rows}


def _inv_row(device: dict[str, Any]) -> dict[str, str]:
    silent = device["device_status"] != [_OK]
    assembly = {PCU: "885-01325-r12", ACB: "880-00237-r08", RELAY: "880-00598-r02", RADIO: "880-01855-r01"}
    return {
        "ce": str(device["chaneid"]),
        "dtype": str(device["dev_type"]),
        "chtype": "5" if device["dev_type"] == ACB else "1",
        "as": str(device["admin_state"]),
        "s": device["serial_num"],
        "pn": device["part_num"],
        "ptpn": device["ptpn"],
        "edcon": "0",
        "devobs": "0",
        "ctcon": "2097152" if silent else "0",
        "ctobs": "1" if silent else "0",
        "ctctf": "0",
        "chcon": "0",
        "chobs": "0",
        "chctf": "0",
        "cd": device["created_date"],
        "ld": device["last_rpt_date"],
        "ip": device["img_pnum_running"],
        "id": device["img_load_date"],
        "ap": assembly[device["dev_type"]],
        "fp": "000-00000-r00",
        "cap": "6308347",
    }


def eh_devices(view: View) -> list[dict[str, Any]]:
    """Write /ivp/eh/devs: the gateway itself and its meters are devices too."""
    plan = view.plan
    rows = [(GATEWAY, 1, view.part, view.serial, plan.commissioned)]
    rows += [(EIM, n, view.part, f"{view.serial}EIM{n}", plan.commissioned) for n in range(1, 1 + len(plan.meters))]
    rows += [
        (PCU, each.inverter.number, each.inverter.model.part, each.inverter.serial, each.inverter.commissioned)
        for each in view.active
    ]
    rows += [(ACB, each.number, each.model.part, each.serial, each.commissioned) for each in plan.kept(Storage.ACB)]
    rows += [(RELAY, each.number, each.part, each.serial, each.commissioned) for each in plan.relays]
    return [
        {
            "eid": device_eid(kind, number),
            "devType": kind,
            "adminState": 2,
            "createdDate": created,
            "partnum": part,
            "serialnum": serial,
        }
        for kind, number, part, serial, created in rows
    ]


def prov(view: View) -> dict[str, Any]:
    """Write /prov: what is provisioned, by type and part."""
    kinds: dict[int, dict[str, list[str]]] = {}
    for group in _inventory(view, view.active):
        for device in group["devices"]:
            kinds.setdefault(device["dev_type"], {}).setdefault(device["part_num"], []).append(device["serial_num"])
    return {
        "envoy_sn": view.serial,
        "num_dev_types": len(kinds),
        "dev_types": [
            {
                "dev_type": kind,
                "num_part_nums": len(parts),
                "part_nums": [
                    {
                        "part_num": part,
                        "tan": "000-00000-r00",
                        "num_serial_nums": len(serials),
                        "serial_nums": [{"sn": serial, "admin_state": "1", "aid": "0"} for serial in serials],
                    }
                    for part, serials in parts.items()
                ],
            }
            for kind, parts in kinds.items()
        ],
    }


def acb_config(_view: View) -> dict[str, Any]:
    """Write /admin/lib/acb_config: no battery is told to sleep."""
    return {"acb_sleep": []}
