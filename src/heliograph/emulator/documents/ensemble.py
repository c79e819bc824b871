"""`/ivp/ensemble/*`: batteries, system controller, collar, combiner, generator (protocol.md §3.5)."""

from typing import Any

from heliograph.emulator.documents.view import View
from heliograph.emulator.site.noise import chance
from heliograph.emulator.site.plan import Battery, Fixture, Storage

_CHARGING, _DISCHARGING, _IDLE, _LOW = 12, 13, 14, 17
_COLLAR, _COMBINER = 27, 125
_READY = ["envoy.global.ok", "prop.done"]
CONTACTS = ("NC1", "NC2", "NO1", "NO2")


def inventory(view: View) -> list[dict[str, Any]]:
    """Write /ivp/ensemble/inventory: nothing at all where there is neither battery nor controller."""
    plan = view.plan
    kept = plan.kept(Storage.ENCHARGE)
    groups: list[tuple[str, list[dict[str, Any]]]] = []
    if kept or plan.controller:
        groups.append(("ENCHARGE", [_battery(view, each) for each in kept]))
    if plan.controller:
        groups.append(("ENPOWER", [_controller(view, plan.controller)]))
    if plan.collar:
        groups.append(("COLLAR", [_collar(view, plan.collar)]))
    if plan.combiner:
        groups.append(("C6 COMBINER CONTROLLER", [_combiner(view, plan.combiner)]))
        groups.append(("C6 RGM", [_grade_meter(plan.combiner)]))
    return [{"type": name, "devices": devices} for name, devices in groups]


def _battery(view: View, battery: Battery) -> dict[str, Any]:
    model = battery.model
    level = 0 if model.wired else 5
    known: dict[str, Any] = {
        "part_num": model.part,
        "serial_num": battery.serial,
        "installed": battery.commissioned,
        "device_status": list(_READY),
        "last_rpt_date": view.now - (view.now - 41 * battery.number) % 300,
        "admin_state": model.admin_state[0],
        "admin_state_str": model.admin_state[1],
        "created_date": battery.commissioned,
        "img_load_date": battery.commissioned,
        "img_pnum_running": model.image,
        "zigbee_dongle_fw_version": "100B",
        "bmu_fw_version": model.bmu,
        "operating": True,
        "communicating": True,
        "sleep_enabled": False,
        "percentFull": round(100 * view.energy(battery)),
        "temperature": view.temperature(battery) - 1,
        "maxCellTemp": view.temperature(battery),
        "reported_enc_grid_state": "grid-tied" if view.grid else "multimode-offgrid",
        "comm_level_sub_ghz": level,
        "comm_level_2_4_ghz": level,
        "led_status": _led(view, battery),
        "dc_switch_off": False,
        "encharge_rev": model.revision,
        "encharge_capacity": model.capacity,
        "phase": "ph-all" if view.plan.wiring.phases == 3 else "ph-a",
        "der_index": 1,
    }
    return {key: known[key] for key in view.dialect.battery_keys}


def _led(view: View, battery: Battery) -> int:
    power = view.power(battery)
    if abs(power) > 30_000:
        return _DISCHARGING if power > 0 else _CHARGING
    return _LOW if view.energy(battery) < 0.16 else _IDLE


def _mode(view: View) -> str:
    return "multimode-ongrid" if view.grid else "multimode-offgrid"


def _controller(view: View, controller: Fixture) -> dict[str, Any]:
    batteries = bool(view.plan.kept(Storage.ENCHARGE))
    known: dict[str, Any] = {
        "part_num": controller.part,
        "serial_num": controller.serial,
        "installed": controller.commissioned,
        "device_status": list(_READY),
        "last_rpt_date": view.now - (view.now - 11) % 60,
        "admin_state": 24,
        "admin_state_str": "ENPWR_STATE_OPER_CLOSED",
        "created_date": controller.commissioned,
        "img_load_date": controller.commissioned,
        "img_pnum_running": "3.0.6297_rel/31.33",
        "zigbee_dongle_fw_version": "100B",
        "operating": True,
        "communicating": True,
        # In Fahrenheit, unlike everything else here.
        "temperature": round(72 + 14 * chance(view.plan.seed + 43, view.now // 3600)),
        "comm_level_sub_ghz": 5,
        "comm_level_2_4_ghz": 5,
        "mains_admin_state": "closed",
        "mains_oper_state": "closed" if view.grid else "open",
        "Enpwr_grid_mode": _mode(view) if batteries else "grid-tied",
        "Enchg_grid_mode": _mode(view) if batteries else "unknown",
        "Enpwr_relay_state_bm": 5071 if view.grid else 2064,
        "Enpwr_curr_state_id": 16,
    }
    return {key: known[key] for key in view.dialect.controller_keys}


def _collar(view: View, collar: Fixture) -> dict[str, Any]:
    return {
        "part_num": collar.part,
        "serial_num": collar.serial,
        "installed": collar.commissioned,
        "device_status": list(_READY),
        "last_rpt_date": view.now - view.now % 60,
        "admin_state": 88,
        "admin_state_str": "ENCMN_MDE_ON_GRID",
        "created_date": collar.commissioned,
        "img_load_date": collar.commissioned,
        "img_pnum_running": "3.0.6-D0",
        "communicating": True,
        "temperature": round(36 + 8 * chance(view.plan.seed + 47, view.now // 3600)),
        "mid_state": "close" if view.grid else "open",
        "grid_state": "on_grid" if view.grid else "off_grid",
        "control_error": 0,
        "collar_state": "Installed",
    }


def _combiner(view: View, combiner: Fixture) -> dict[str, Any]:
    return {
        "part_num": combiner.part,
        "serial_num": combiner.serial,
        "installed": combiner.commissioned,
        "last_rpt_date": view.now - view.now % 60,
        "admin_state": 82,
        "admin_state_str": "ENCMN_C6_CC_READY",
        "created_date": combiner.commissioned,
        "img_load_date": combiner.commissioned,
        "fw_version": "0.1.20-D1",
        "dmir_version": "0.1.20-D1",
        "communicating": True,
    }


def _grade_meter(combiner: Fixture) -> dict[str, Any]:
    return {
        "part_num": combiner.part,
        "serial_num": str(int(combiner.serial) + 1),
        "installed": combiner.commissioned,
        "FW Version": "2.2.1-D4119",
        "Device State": 80,
    }


def power(view: View) -> dict[str, Any]:
    """Write /ivp/ensemble/power; the colon in the key is the gateway's own."""
    rows = []
    for battery in view.plan.kept(Storage.ENCHARGE):
        # Whole watts, told in milliwatts.
        real = round(view.power(battery) / 1000) * 1000
        rows.append(
            {
                "serial_num": battery.serial,
                "real_power_mw": real,
                "apparent_power_mva": real,
                "soc": round(100 * view.energy(battery)),
            }
        )
    return {"devices:": rows}


def secctrl(view: View) -> dict[str, Any]:
    """Write /ivp/ensemble/secctrl."""
    encharge, acb = view.stored(Storage.ENCHARGE), view.stored(Storage.ACB)
    room = sum(battery.model.capacity for battery in view.plan.kept(Storage.ENCHARGE))
    acb_room = sum(battery.model.capacity for battery in view.plan.kept(Storage.ACB))
    reserve = round(100 * view.plan.reserve) if room + acb_room else 0
    biases = ("freq_bias_hz", "voltage_bias_v", "freq_bias_hz_q8", "voltage_bias_v_q5")
    known: dict[str, Any] = {
        f"{bias}{leg}": 0 if "_q" in bias else 0.0 for leg in ("", "_phaseb", "_phasec") for bias in biases
    }
    known |= {
        "shutdown": False,
        "offgrid_secctrl": {
            key: False
            if key == "is_active"
            else key == "is_system_balanced"
            if key.startswith(("is_", "seq_"))
            else 0.0
            for key in view.dialect.offgrid_keys
        },
        "configured_backup_soc": reserve,
        "adjusted_backup_soc": reserve,
        "agg_soc": int(100 * (int(encharge) + int(acb)) / (room + acb_room)) if room + acb_room else 0,
        "Max_energy": room + acb_room,
        "ENC_agg_soc": int(100 * encharge / room) if room else 0,
        "ENC_agg_soh": 100 if room else 0,
        "ENC_agg_backup_energy": int(room * view.plan.reserve),
        "ENC_agg_avail_energy": int(encharge),
        "Enc_commissioned_capacity": room,
        "Enc_max_available_capacity": room,
        "ACB_agg_soc": int(100 * acb / acb_room) if acb_room else 0,
        "ACB_agg_energy": int(acb),
        "VLS_Limit": 10,
        "soc_rec_enabled": False,
        "soc_recovery_entry": 2,
        "soc_recovery_exit": 10,
        "Commission_in_progress": False,
        "ESS_in_progress": False,
        "ESS_R3_To_R4_in_progress": False,
    }
    return {key: known[key] for key in view.dialect.secctrl_keys}


def relay(view: View) -> dict[str, Any]:
    """Write /ivp/ensemble/relay."""
    batteries = bool(view.plan.kept(Storage.ENCHARGE))
    state = "closed" if view.grid else "open"
    known: dict[str, Any] = {
        "mains_admin_state": "closed",
        "mains_oper_state": state,
        "srt12_state": "open",
        "srt13_state": "open",
        "der1_state": int(batteries),
        "der2_state": int(batteries),
        "der3_state": int(batteries),
        "Enchg_grid_mode": _mode(view) if batteries else "grid-tied",
        "Solar_grid_mode": _mode(view) if batteries else "unknown",
    }
    return {key: known[key] for key in view.dialect.relay_keys}


def generator(view: View) -> dict[str, Any]:
    """Write /ivp/ensemble/generator, which is there even where no generator is."""
    if view.plan.generator:
        values: tuple[Any, ...] = ("open", "open", 2, 1, 30, 70, 0, 1, 1)
    else:
        values = ("unknown", "open", 0, 0, 100, -1, 0, *view.dialect.absent_generator)
    keys = ("admin_state", "oper_state", "admin_mode", "schedule", "start_soc", "stop_soc", "exc_on", "present", "type")
    return dict(zip(keys, values, strict=True))


def dry_contacts(view: View) -> dict[str, Any]:
    """Write /ivp/ensemble/dry_contacts: four, also where no controller is."""
    closed = view.plan.controller is not None and view.grid
    return {
        "dry_contacts": [{"id": each, "status": "closed" if closed and each[1] == "C" else "open"} for each in CONTACTS]
    }


def status(view: View) -> dict[str, Any]:
    """Write /ivp/ensemble/status."""
    plan = view.plan
    serials: dict[str, Any] = {}
    if plan.controller:
        serials[plan.controller.serial] = _controller_status(view, plan.controller)
    for battery in plan.kept(Storage.ENCHARGE):
        serials[battery.serial] = _battery_status(view, battery)
    if plan.collar:
        serials[plan.collar.serial] = _fixture_status(view, plan.collar, _COLLAR, (88, "ENCMN_MDE_ON_GRID"), "3.0.6-D0")
    if plan.combiner:
        serials[plan.combiner.serial] = _fixture_status(
            view, plan.combiner, _COMBINER, (82, "ENCMN_C6_CC_READY"), "0.1.20-D1"
        )
    document: dict[str, Any] = {"inventory": {"serial_nums": serials}}
    if view.dialect.status_extras:
        ticks = view.now - plan.commissioned
        document["counters"] = {
            "api_ecagtInit": 1,
            "api_ecagtTick": ticks,
            "rest_StatusGet": 1,
            "zmq_streamdata": ticks,
        }
    document |= {"secctrl": secctrl(view), "relay": relay(view)}
    if view.dialect.status_extras:
        document["profile"] = {"message": "Obsolete API, please use ivp/arf/profile"}
        document["fakeit"] = {"fake_inventory_mode": False}
    return document


def _submodule(view: View, kind: int, part: str, image: str) -> dict[str, Any]:
    known: dict[str, Any] = {
        "device_type": kind,
        "alternate_device_type": 120,
        "fsm_state": "ENCMN_MDE_PCU_READY",
        "admin_state": 1,
        "part_number": part,
        "assembly_number": part,
        "rated_power": 2100,
        "is_ll": True,
        "pcu_phase": "ph-a",
        "dmir": {"part_number": "546-00003-01", "assembly_number": "01"},
        "procload": {"part_number": "522-00003-01", "assembly_number": image},
    }
    return {key: known[key] for key in view.dialect.status_submodule_keys}


def _fixture_status(view: View, fixture: Fixture, kind: int, state: tuple[int, str], image: str) -> dict[str, Any]:
    """Return what the status says of a device that is neither battery nor controller."""
    known = {
        "device_type": kind,
        "com_interface_str": "CAN",
        "device_id": fixture.serial,
        "admin_state": state[0],
        "admin_state_str": state[1],
        "prop_set": True,
        "installed": 1,
        "msg_retry_count": 0,
        "part_number": fixture.part,
        "assembly_number": fixture.part,
        "app_fw_version": image,
        "ibl_fw_version": "",
        "swift_asic_fw_version": "",
        "bmu_fw_version": "",
        "dmir": {"part_number": "", "assembly_number": ""},
        "procload": {"part_number": "000-00000-r00", "assembly_number": image},
        "submodule_count": 0,
        "submodules": {},
    }
    wanted = {*view.dialect.status_battery_keys, *(("installed",) if kind == _COLLAR else ())}
    return {key: value for key, value in known.items() if key in wanted}


def _controller_status(view: View, controller: Fixture) -> dict[str, Any]:
    image = "3.0.6297_rel/31.33"
    known: dict[str, Any] = {
        "device_type": 17,
        "com_interface_str": "ZigBee" if view.by_radio else "CAN",
        "device_id": controller.serial,
        "admin_state": 24,
        "admin_state_str": "ENPWR_STATE_OPER_CLOSED",
        "msg_retry_count": 2,
        "part_number": controller.part,
        "assembly_number": controller.part,
        "app_fw_version": image,
        "zb_fw_version": "100B",
        "zb_bootloader_vers": "1.8.1",
        "ibl_fw_version": "1.3.413",
        "swift_asic_fw_version": "",
        "bmu_fw_version": "",
        "submodule_count": 1,
        "submodules": {str(int(controller.serial) + 7): _submodule(view, 18, "800-01820-r05", image)},
    }
    wanted = {*view.dialect.status_battery_keys, *(("zb_fw_version", "zb_bootloader_vers") if view.by_radio else ())}
    return {key: value for key, value in known.items() if key in wanted}


def _battery_status(view: View, battery: Battery) -> dict[str, Any]:
    model = battery.model
    three = view.plan.wiring.phases == 3
    known: dict[str, Any] = {
        "device_type": 13,
        "com_interface_str": "CAN" if model.wired else "ZigBee",
        "device_id": battery.serial,
        "admin_state": model.admin_state[0],
        "admin_state_str": model.admin_state[1],
        "prop_set": True,
        "reported_grid_mode": _mode(view),
        "phase": (0 if three else 1) if view.dialect.phase_is_number else "ph-all" if three else "ph-a",
        "der_index": 1,
        "encharge_revision": model.revision,
        "encharge_capacity": model.capacity,
        "encharge_rated_power": model.rating,
        "reported_enc_grid_state": "grid-tied" if view.grid else "multimode-offgrid",
        "msg_retry_count": 0,
        "part_number": model.part,
        "assembly_number": model.assembly,
        "app_fw_version": model.image,
        "zb_fw_version": "100B",
        "zb_bootloader_vers": "1.8.1",
        "ibl_fw_version": "1.3.413",
        "swift_asic_fw_version": "001.002.1.7.2",
        "bmu_fw_version": model.bmu,
        "dmir": {"part_number": "", "assembly_number": ""},
        "procload": {"part_number": "", "assembly_number": ""},
        "submodule_count": 1,
        "submodules": {str(int(battery.serial) + 500_000): _submodule(view, 14, "800-01729-r02", "4.36.1-D36")},
    }
    return {key: known[key] for key in view.dialect.status_battery_keys}
