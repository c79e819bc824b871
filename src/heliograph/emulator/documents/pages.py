"""`/info`, `/home`, the live data, and the HTML pages of old units (protocol.md §1.2, §3.3, §3.8, §3.10)."""

from typing import Any

from heliograph.emulator.documents.production import inverters_summary
from heliograph.emulator.documents.view import View
from heliograph.emulator.site.noise import chance
from heliograph.emulator.site.plan import Storage

_PACKAGES = {
    "rootfs": ("500-00001-r01", "02.00.00"),
    "rootfs-full": ("500-00001-r01", "02.00.00"),
    "full": ("500-00001-r01", "02.00.00"),
    "kernel": ("500-00011-r02", "04.04.225"),
    "boot": ("590-00019-r01", "02.00.01"),
    "app": ("500-00002-r01", ""),
    "devimg": ("500-00004-r01", "01.02.488"),
    "geo": ("500-00008-r01", "02.01.24"),
    "backbone": ("500-00010-r01", "07.00.20"),
    "meter": ("500-00013-r01", "03.02.08"),
    "agf": ("500-00012-r01", "02.02.00"),
    "essimg": ("500-00020-r01", "31.33.36"),
    "security": ("500-00016-r01", "02.00.00"),
    "pkgsec": ("500-00021-r01", "01.00.00"),
    "ffuimg": ("500-00022-r01", "01.00.04"),
    "patch": ("500-00016-r01", "01.00.00"),
}
_BUILD = {
    "build_id": "nobody-invented-pkg:pkg-Jan-01-20-00:00:00",
    "build_time_gmt": "1577836800",
    "release_ver": "02.00.0000",
    "release_stage": "700-GA",
}


def info(view: View) -> bytes:
    """Write /info."""
    dialect, paper = view.dialect, view.dialect.paper
    quote, tab = paper.quote, paper.indent
    device = {
        "sn": view.serial,
        "pn": view.part,
        "software": dialect.firmware,
        "euaid": "4c8675",
        "seqnum": "0",
        "apiver": "1",
    }
    if dialect.says_imeter:
        device["imeter"] = "true" if view.plan.meters else "false"
    lines = [f"<?xml version={quote}1.0{quote} encoding={quote}UTF-8{quote}?>", "<envoy_info>"]
    lines += [f"{tab}<time>{view.now}</time>", f"{tab}<device>", *_elements(device, tab * 2), f"{tab}</device>"]
    if dialect.firmware[1:] >= "7":
        lines.append(f"{tab}<web-tokens>true</web-tokens>")
    for name in paper.packages:
        part, version = _PACKAGES[name]
        package = {"pn": part, "version": version or _padded(dialect.firmware), "build": _build(dialect.firmware, name)}
        lines += [f"{tab}<package name={quote}{name}{quote}>", *_elements(package, tab * 2), f"{tab}</package>"]
    if paper.build:
        build = {key: _BUILD[key] for key in paper.build}
        lines += [f"{tab}<build_info>", *_elements(build, tab * 2), f"{tab}</build_info>"]
    return "\n".join([*lines, "</envoy_info>", ""]).encode()


def _elements(values: dict[str, str], indent: str) -> list[str]:
    return [f"{indent}<{key}>{value}</{key}>" for key, value in values.items()]


def _padded(firmware: str) -> str:
    """Return the version as packages have it: D8.3.5169 is 08.03.5169."""
    return ".".join(part.zfill(2) for part in firmware[1:].split("."))


def _build(firmware: str, name: str) -> str:
    return f"{int(chance(len(firmware) * 31, sum(map(ord, firmware + name))) * 0xFFFFFF):06x}"


def home(view: View) -> dict[str, Any]:
    """Write /home."""
    plan, clock = view.plan, view.clock
    talking = sum(each.communicating for each in view.active)
    encharges, acbs, relays = len(plan.kept(Storage.ENCHARGE)), len(plan.kept(Storage.ACB)), len(plan.relays)
    radios = int(plan.radio is not None)

    def comm(count: int) -> dict[str, int]:
        return {"num": count, "level": 5 if count else 0}

    return {
        "software_build_epoch": 1719503966,
        "timezone": plan.zone.key,
        "current_date": clock.strftime("%m/%d/%Y"),
        "current_time": clock.strftime("%H:%M"),
        "network": {
            "web_comm": True,
            "ever_reported_to_enlighten": True,
            "last_enlighten_report_time": view.now - view.now % 900 + 95 - (900 if view.now % 900 < 95 else 0),
            "primary_interface": "eth0",
            "interfaces": _interfaces(view),
        },
        "tariff": "time_of_use",
        "comm": {
            **comm(talking + acbs + relays + radios),
            "pcu": comm(talking),
            "acb": comm(acbs),
            "nsrb": comm(relays),
            "esub": comm(radios),
            "encharge": [{"num": encharges, "level": 0, "level_24g": 0, "level_subg": 0}],
        },
        "wireless_connection": [
            {"signal_strength": 0, "signal_strength_max": 0, "type": kind, "connected": True}
            for kind in (("zigbee", "subghz") if view.by_radio else ("BLE",))
        ],
    }


def _interfaces(view: View) -> list[dict[str, Any]]:
    tail = f"{int(view.serial[-4:], 10) % 256:02X}:{view.plan.seed % 256:02X}"
    modem = {
        "signal_strength": 24,
        "signal_strength_max": 31,
        "network": True,
        "type": "cellular",
        "interface": "ppp0",
        "dhcp": True,
        "ip": "198.51.100.7",
        "carrier": True,
    }
    return [
        *([modem] if view.plan.radio else []),
        {
            "type": "ethernet",
            "interface": "eth0",
            "mac": f"00:1D:C0:99:{tail}",
            "dhcp": True,
            "ip": "192.0.2.20",
            "signal_strength": 1,
            "signal_strength_max": 1,
            "carrier": True,
        },
        {
            "signal_strength": 0,
            "signal_strength_max": 0,
            "type": "wifi",
            "interface": "wlan0",
            "mac": f"60:E8:5B:99:{tail}",
            "dhcp": True,
            "ip": None,
            "carrier": False,
            "supported": True,
            "present": True,
            "configured": False,
            "status": "connecting",
        },
    ]


_LEGS = ("a", "b", "c")


def live_meters(view: View) -> dict[str, Any]:
    """Return the part of the live data that stands still while the stream is off."""
    moment, plan = view.moment, view.plan
    batteries = bool(plan.batteries)
    totals: dict[str, Any] = {
        "last_update": view.now,
        "soc": int(100 * moment.charge),
        "main_relay_state": 1 if view.grid else 0,
        "gen_relay_state": 5,
        "backup_bat_mode": 1,
        "backup_soc": round(100 * plan.reserve) if batteries else 0,
        "is_split_phase": int(plan.wiring.mode == "split"),
        "phase_count": plan.wiring.phases,
        "enc_agg_soc": int(100 * moment.charge) if plan.kept(Storage.ENCHARGE) else 0,
        "enc_agg_energy": int(view.stored(Storage.ENCHARGE)),
        "acb_agg_soc": int(100 * moment.charge) if plan.kept(Storage.ACB) else 0,
        "acb_agg_energy": int(view.stored(Storage.ACB)),
    }
    flows = {
        "pv": moment.production,
        "storage": moment.battery,
        "grid": moment.net,
        "load": moment.consumption,
        "generator": (0,) * plan.wiring.phases,
    }
    document = {key: totals[key] for key in view.dialect.live_totals}
    return document | {name: _flow(view, powers) for name, powers in flows.items()}


def _flow(view: View, powers: tuple[int, ...]) -> dict[str, int]:
    total = sum(powers)
    flow = {"agg_p_mw": total, "agg_s_mva": total}
    if view.dialect.live_phases:
        legs = dict(zip(_LEGS, (*powers, 0, 0), strict=False))
        flow |= {f"agg_p_ph_{leg}_mw": power for leg, power in legs.items()}
        flow |= {f"agg_s_ph_{leg}_mva": power for leg, power in legs.items()}
    return flow


def live_status(view: View) -> dict[str, Any]:
    """Write /ivp/livedata/status; while the stream is off its meters stand still."""
    document: dict[str, Any] = {}
    if not view.live.enabled:
        document["info"] = "Last available status data shown. Live stream not enabled. Enable it to see current values."
    return document | {
        "connection": {
            "mqtt_state": "connected",
            "prov_state": "configured",
            "auth_state": "ok",
            "sc_stream": "enabled" if view.live.enabled else "disabled",
            "sc_debug": "disabled",
        },
        "meters": view.live.meters or live_meters(view),
        "tasks": {"task_id": 0, "timestamp": 0},
        "counters": {"main_CfgLoad": 1, "main_sigUsr2": 1, "rest_Status": 1},
        "dry_contacts": {},
    }


_NOT_FOUND = """    <!DOCTYPE html PUBLIC "-//IETF//DTD HTML 2.0//EN">
    <html>
    <head>
      <link rel="StyleSheet" type="text/css" href="/include/style.css" />
    </head>
    <body>
    <center>
    <h2>Page Not Found</h2>
    <p>The page you tried to view does not exist
     Try the <a href="/">home</a> page</p>
    </center>
    </body>
    </html>
"""


def page_not_found(_view: View) -> bytes:
    """Write the page that old units give, with status 200, for what they do not know."""
    return _NOT_FOUND.encode()


def _three_digits(value: float, unit: str) -> str:
    """Print an amount as the old pages do: three digits and a prefix."""
    prefixes = ("", "k", "M", "G")
    power = 0
    while abs(value) >= 999.5 and power < len(prefixes) - 1:
        value, power = value / 1000.0, power + 1
    prefix = prefixes[power]
    decimals = max(0, 3 - len(str(int(abs(value))))) if prefix else 0
    return f"{value:>5.{decimals}f} {prefix}{unit}"


def system_page(view: View) -> bytes:
    """Write the /production page of old units: a fragment, whatever its Content-Type says."""
    born = view.clock.fromtimestamp(view.plan.commissioned, view.plan.zone)
    summary = inverters_summary(view)
    rows = (
        ("Currently", _three_digits(summary["wattsNow"], "W")),
        ("Today", _three_digits(summary["wattHoursToday"], "Wh")),
        ("Past Week", _three_digits(summary["wattHoursSevenDays"], "Wh")),
        ("Since Installation", _three_digits(summary["wattHoursLifetime"], "Wh")),
    )
    cells = "".join(f"<tr><td>{label}</td>    <td>{value}</td></tr>" for label, value in rows)
    return f"""      <h1>System Energy Production</h1>
      <div style="margin-right: auto; margin-left: auto;"><table>
      <tr><td colspan="3">System has been live since
                             <div class=good>{born:%a %b %d, %Y %I:%M %p %Z}</div></td></tr>
      {cells}
      </table><br></div>
""".encode()


def home_page(view: View) -> bytes:
    """Write the /home page of old units."""
    online = sum(each.communicating for each in view.active)
    rows = (
        ("Lifetime generation", _three_digits(view.joules // 3600, "Wh")),
        ("Currently generating", _three_digits(view.watts if view.daylight else 0, "W")),
        ("Number of Microinverters", len(view.active)),
        ("Number of Microinverters Online", online),
        ("Envoy Serial Number:", view.serial),
    )
    cells = "\n".join(f"      <tr><td>{label}</td><td>{value}</td></tr>" for label, value in rows)
    return f"      <h1>Envoy</h1>\n      <table>\n{cells}\n      </table>\n".encode()


def inventory_page(view: View) -> bytes:
    """Write the /inventory page of old units: serial numbers and little else."""
    cells = "\n".join(f"      <tr><td>{each.inverter.serial}</td></tr>" for each in view.active)
    return f"      <h1>Microinverters</h1>\n      <table>\n{cells}\n      </table>\n".encode()
