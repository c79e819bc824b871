"""`/ivp/pdm/device_data` (protocol.md §3.1.7)."""

from typing import Any

from heliograph.emulator.documents.devices import ACB, EIM, PCU, RELAY, device_eid, report_time
from heliograph.emulator.documents.measures import channel_eid, registers
from heliograph.emulator.documents.view import Report, View
from heliograph.emulator.site.books import Books
from heliograph.emulator.site.noise import chance
from heliograph.emulator.site.plan import Battery, Condition, Fixture, Measurement, Storage

LIMIT = 50
"""Devices the document has room for; the rest is not there."""
_HEX = "0x{:016x}"
_DARK = 0x200000


def device_data(view: View) -> dict[str, Any]:
    """Write the document: inverters first, then meters, AC Batteries, relays, as far as there is room."""
    devices = [_pcu(view, view.report(inverter)) for inverter in view.plan.inverters[:LIMIT]]
    if view.plan.meters:
        devices += [_eim(view, Measurement.PRODUCTION, 1), _eim(view, Measurement.TOTAL, 2)]
    devices += [_acb(view, battery) for battery in view.plan.kept(Storage.ACB)]
    devices += [_relay(view, relay) for relay in view.plan.relays]
    kept = devices[:LIMIT]
    return {str(eid): device for eid, device in kept} | {"deviceCount": len(kept), "deviceDataLimit": LIMIT}


def _device(name: str, serial: str, active: bool, gone: bool, channels: list[dict[str, Any]]) -> dict[str, Any]:
    return {"devName": name, "sn": serial, "active": active, "modGone": gone, "channels": channels}


def _channel(
    eid: int,
    created: int,
    *,
    energies: tuple[int, int, int],
    watts: tuple[int, int, int],
    reading: dict[str, Any],
    lifetime: dict[str, Any],
) -> dict[str, Any]:
    now, used, most = watts
    return {
        "chanEid": eid,
        "created": created,
        "wattHours": dict(zip(("today", "yesterday", "week"), energies, strict=True)),
        # Printed as 32 bits without a sign, so a small negative power is huge.
        "watts": {"now": now & 0xFFFFFFFF, "nowUsed": used, "max": most},
        "lastReading": reading,
        "lifetime": lifetime,
    }


def _silent(eid: int) -> dict[str, Any]:
    return _channel(eid, 0, energies=(0, 0, 0), watts=(0, 0, 0), reading={}, lifetime={})


def _pcu(view: View, report: Report) -> tuple[int, dict[str, Any]]:
    unit = report.inverter
    eid = device_eid(PCU, unit.number)
    channel = channel_eid(eid, 0)
    if unit.condition is Condition.RETIRED:
        return eid, _device("pcu", unit.serial, False, True, [_silent(channel)])
    seed = view.plan.seed + unit.number
    watts = report.watts if report.communicating else 0
    voltage = round(view.plan.wiring.voltage * (2 if view.plan.wiring.mode == "split" else 1) * 1000)
    direct = 30_000 + round(9000 * chance(seed, report.time // 900))
    reading = {
        "eid": channel,
        "interval_type": 0,
        "endDate": report.time,
        "duration": report.duration,
        "flags": 0 if report.communicating else _DARK,
        "flags_hex": _HEX.format(0 if report.communicating else _DARK),
        "joulesProduced": report.interval_joules if report.communicating else 0,
        "acVoltageINmV": voltage + round(3000 * chance(seed + 1, report.time // 300)) - 1500,
        "acFrequencyINmHz": round(view.moment.frequency * 1000),
        "dcVoltageINmV": direct,
        "dcCurrentINmA": round(watts * 1.035 * 1e6 / direct),
        "channelTemp": round(9 + watts / 11 + 8 * chance(seed + 2, report.time // 7200)),
        "pwrConvErrSecs": 0,
        "pwrConvMaxErrCycles": 0,
        "joulesUsed": 0,
        "leadingVArs": 40 + unit.number,
        "laggingVArs": 3,
        "acCurrentInmA": round(watts * 1e6 / voltage),
        "l1NAcVoltageInmV": 0,
        "l2NAcVoltageInmV": 0,
        "l3NAcVoltageInmV": 0,
        "rssi": 80 + unit.number % 30 if report.communicating else 0,
        "issi": 60 + unit.number % 12 if report.communicating else 0,
    }
    lifetime = {
        "createdTime": report.time // 86400 * 86400,
        "duration": max(0, report.time - unit.commissioned) // 2,
        "joulesProduced": report.joules,
    }
    energies = (report.today, report.yesterday, report.week)
    made = _channel(
        channel, report.time, energies=energies, watts=(watts, 0, int(unit.power)), reading=reading, lifetime=lifetime
    )
    return eid, _device("pcu", unit.serial, True, not report.communicating, [made])


def _acb(view: View, battery: Battery) -> tuple[int, dict[str, Any]]:
    eid = device_eid(ACB, battery.number)
    channel = channel_eid(eid, 0)
    time = report_time(view, battery)
    power = round(view.power(battery) / 1000)
    share = battery.model.rating / view.world.rating
    lasting = view.books
    reading = {
        "eid": channel,
        "interval_type": 0,
        "endDate": time,
        "duration": 932,
        "flags": 0x301000,
        "flags_hex": _HEX.format(0x301000),
        "joulesProduced": max(0, power) * 932,
        "acVoltageINmV": round(view.moment.voltages[0]),
        "acFrequencyINmHz": round(view.moment.frequency * 1000),
        "dcVoltageINmV": 22_540,
        "dcCurrentINmA": abs(power) * 44,
        "channelTemp": view.temperature(battery) + 5,
        "pwrConvErrSecs": 0,
        "pwrConvMaxErrCycles": 0,
        "joulesUsed": max(0, -power) * 932,
        "leadingVArs": 14_000 + battery.number,
        "laggingVArs": 0,
        "SOC": round(100 * view.energy(battery)),
        "SOH": 96 - battery.number % 9,
        "minCellTemp": view.temperature(battery) - 1,
        "maxCellTemp": view.temperature(battery),
        "totVoltage": 22_400,
        "vendor_data": "00" * 112,
    }
    lifetime = {
        "createdTime": time // 86400 * 86400,
        "duration": max(0, time - battery.commissioned) // 4,
        "joulesProduced": int(sum(lasting.discharged) * 3.6 * share),
        "joulesUsed": int(sum(lasting.charged) * 3.6 * share),
    }
    # The energy of today is the middle of nowhere on every recorded AC Battery.
    made = _channel(
        channel,
        time,
        energies=(57_000 + battery.number, 0, 0),
        watts=(max(0, power), max(0, -power), 271),
        reading=reading,
        lifetime=lifetime,
    )
    return eid, _device("acb", battery.serial, True, False, [made])


def _eim(view: View, measurement: Measurement, number: int) -> tuple[int, dict[str, Any]]:
    eid = device_eid(EIM, number)
    enabled = view.has_production_meter if measurement is Measurement.PRODUCTION else view.has_consumption_meter
    phases = view.plan.wiring.phases if enabled else 0
    channels = [_eim_channel(view, measurement, eid, phase) for phase in range(phases)]
    channels += [_silent(channel_eid(eid, phase)) for phase in range(phases, view.dialect.meter_channels)]
    return eid, _device("eim", f"{view.serial}EIM{number}", True, True, channels)


def _eim_channel(view: View, measurement: Measurement, eid: int, phase: int) -> dict[str, Any]:
    before, after = view.quarters
    counter = _produced if measurement is Measurement.PRODUCTION else _consumed
    life, earlier = counter(after, phase), counter(before, phase)
    midnight, week = counter(view.midnight, phase), counter(view.week_ago, phase)
    yesterday = counter(view.counted(view.world.days[-2]), phase)
    power = (life - earlier) * 4 // 1000
    pair = registers(Measurement.PRODUCTION if measurement is Measurement.PRODUCTION else Measurement.NET, after)[phase]
    if power == 0 and measurement is Measurement.PRODUCTION:
        power = -((after.received[phase] - before.received[phase]) * 4 // 1000)
    counters = {
        "wh_dlvd_cum": life // 1000,
        "varh_lead_cum": pair.lead // 1000,
        "varh_lag_cum": pair.lagging // 1000,
        "vah_cum": pair.apparent // 1000,
    }
    voltage = view.moment.voltages[phase]
    reading = {
        "eid": channel_eid(eid, phase),
        "interval_type": 0,
        "endDate": after.time,
        "duration": 900,
        "curr_w": power,
        **counters,
        "rms_mvolt": voltage,
        "rms_mamp": abs(power) * 1_000_000 // voltage,
        "freq_mhz": round(view.moment.frequency * 1000),
        "wh_pos": pair.delivered // 1000,
        "wh_neg": pair.received // 1000,
    }
    lifetime = {
        "createdTime": view.plan.commissioned,
        "duration": max(0, after.time - view.plan.commissioned),
        **counters,
    }
    energies = ((life - midnight) // 1000, (midnight - yesterday) // 1000, (life - week) // 1000)
    most = int(sum(each.inverter.power for each in view.active) / view.plan.wiring.phases)
    return _channel(
        channel_eid(eid, phase),
        after.time,
        energies=energies,
        watts=(power, 0, most),
        reading=reading,
        lifetime=lifetime,
    )


def _produced(books: Books, phase: int) -> int:
    return books.delivered[phase]


def _consumed(books: Books, phase: int) -> int:
    return books.delivered[phase] - books.received[phase] + books.imported[phase] - books.exported[phase]


def _relay(view: View, relay: Fixture) -> tuple[int, dict[str, Any]]:
    eid = device_eid(RELAY, relay.number)
    channel = channel_eid(eid, 0)
    time = view.now - (view.now - 71) % 300
    volts = [*view.moment.voltages, 0, 0][:3]
    reading = {
        "eid": channel,
        "interval_type": 0,
        "endDate": time,
        "duration": 900,
        "flags": 0,
        "flags_hex": _HEX.format(0),
        "temperature": 27,
        "acCurrOffset": 12,
        "VrmsL1N": volts[0],
        "VrmsL2N": volts[1],
        "VrmsL3N": volts[2],
        "freqInmHz": round(view.moment.frequency * 1000),
        "stateChngCnt": 3,
        "vrmsB1L12_or_L12": 0,
        "vrmsB2L12_or_L23": 0,
        "vrmsL31": 0,
    }
    made = _channel(channel, time, energies=(0, 0, 0), watts=(0, 0, 0), reading=reading, lifetime={})
    return eid, _device("nsrb", relay.serial, True, False, [made])
