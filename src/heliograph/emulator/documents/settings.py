"""`/ivp/ss/*`, `/ivp/sc/*` and the tariff (protocol.md §3.6, §3.7)."""

from datetime import UTC, datetime
from typing import Any

from heliograph.emulator.documents.ensemble import CONTACTS
from heliograph.emulator.documents.view import View

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_ALL_DAYS = "Mon,Tue,Wed,Thu,Fri,Sat,Sun"


def dry_contact_settings(view: View) -> dict[str, Any]:
    """Write /ivp/ss/dry_contact_settings; its yes and no are texts."""
    return {"dry_contacts": [_contact(view, number, name) for number, name in enumerate(CONTACTS, 1)]}


def _contact(view: View, number: int, name: str) -> dict[str, Any]:
    load = view.plan.controller is not None and number == 1
    known: dict[str, Any] = {
        "id": name,
        "type": "LOAD" if load else "NONE",
        "grid_action": "apply" if load else "none",
        "micro_grid_action": "shed" if load else "none",
        "gen_action": "shed" if load else "none",
        "safe_state_action": "none",
        "essential_start_time": 32400.0,
        "essential_end_time": 57600.0,
        "priority": float(number),
        "black_s_start": 5.0,
        "black_start_retries": 10000.0,
        "action_retries": 1.0,
        "override": "false",
        "manual_override": "true",
        "load_name": "Water heater" if load else "",
        "mode": "manual",
        "soc_low": 30.0,
        "soc_high": 70.0,
        "pv_phase_select": [],
        "pv_serial_nb": [],
    }
    dialect = view.dialect
    return {key: known[key] for key in (dialect.contact_keys if view.plan.controller else dialect.unset_contact_keys)}


def pel_settings(view: View) -> dict[str, Any]:
    """Write /ivp/ss/pel_settings: no limit on the export."""
    special: dict[str, Any] = {"Export_Limit_Type": "Aggregate"}
    flags = {"PEL", "Hard_PEL", "Soft_PEL", "percent", "apparent"}
    return {key: special.get(key, False if key in flags else 0.0) for key in view.dialect.export_limit_keys}


def gen_config(view: View) -> dict[str, Any]:
    """Write /ivp/ss/gen_config."""
    if not view.plan.generator:
        return {}
    return {
        "max_cont_gen_amps": 60.0,
        "min_gen_loading_perc": 5,
        "max_gen_efficiency_perc": 100,
        "name_plate_rating_wat": 14.0,
        "start_method": "auto",
        "warm_up_mins": 5,
        "cool_down_mins": 5,
        "gen_type": "Standby",
        "model": "Invented 14",
        "manufacturer": "Nobody",
        "last_updated_by": "ITK",
        "generator_id": "3099990001",
        "charge_from_generator": True,
    }


def gen_mode(view: View) -> dict[str, Any]:
    """Write /ivp/ss/gen_mode."""
    return {"gen_cmd": "auto", "last_updated_by": "ITK"} if view.plan.generator else {}


def gen_schedule(view: View) -> dict[str, Any]:
    """Write /ivp/ss/gen_schedule."""
    if not view.plan.generator:
        return {}
    period = {"id": "normal_1", "start": 0.0, "duration": 1440.0, "start_soc": 30.0, "stop_soc": 70.0, "setting": "AON"}
    days = [{"id": "all_days", "week_days": _ALL_DAYS, "periods": [period]}]
    return {
        "exercise_config": {"freq_in_weeks": 4, "start": 600, "duration": 20, "day": "Sat"},
        "default_soc": {"start_soc": 30, "stop_soc": 70},
        "schedule": {"default": [{"id": "always_on", "start": "1/1", "end": "12/31", "days": days}]},
        "last_updated_by": "ITK",
    }


def pv_limit(_view: View) -> dict[str, Any]:
    """Write /ivp/sc/pvlimit."""
    return {"enable": False, "pv_limit_pct": 100}


def power_mode(_view: View) -> dict[str, Any]:
    """Write /ivp/mod/603980032/mode/power."""
    return {"powerForcedOff": False}


def tariff(view: View) -> dict[str, Any]:
    """Write /admin/lib/tariff."""
    dialect, since = view.dialect, view.plan.commissioned
    storage: dict[str, Any] = {
        "mode": "self-consumption",
        "operation_mode_sub_type": "",
        "reserved_soc": round(100 * view.plan.reserve, 1) if view.plan.batteries else 0.0,
        "very_low_soc": 5,
        "charge_from_grid": False,
        "date": str(since),
        "opt_schedules": False,
    }
    known: dict[str, Any] = {
        "currency": {"code": "EUR"},
        "logger": "mylogger",
        "date": str(since),
        "storage_settings": {key: storage[key] for key in dialect.tariff_storage_keys},
        "single_rate": {"rate": 0.2516, "sell": 0.1297},
        "seasons": [_season(view)] if dialect.tariff_storage_keys else [],
        "seasons_sell": [],
    }
    return {"tariff": {key: known[key] for key in dialect.tariff_keys}, "schedule": _schedule(view, storage)}


def _season(view: View) -> dict[str, Any]:
    known = {
        "id": "all_days",
        "days": _ALL_DAYS,
        "must_charge_start": 0,
        "must_charge_duration": 0,
        "must_charge_mode": "CG",
        "peak_rule": "DL",
        "enable_discharge_to_grid": False,
        "periods": [
            {"id": "period_1", "start": 420, "rate": 0.2516},
            {"id": "filler", "start": 1380, "rate": 0.1828},
        ],
    }
    day = {key: known[key] for key in view.dialect.tariff_day_keys}
    return {"id": "all_year_long", "start": "1/1", "days": [day], "tiers": []}


def _schedule(view: View, storage: dict[str, Any]) -> dict[str, Any]:
    whole = [{"start": 0, "duration": 1440, "setting": "ID"}]
    plan = [{"start": "1/1", "end": "1/1"} | {day: [{"start": 0, "duration": 1440, "setting": "ZN"}] for day in _DAYS}]
    known: dict[str, Any] = {
        **storage,
        "filename": "Tariff",
        "source": "Tariff",
        "date": datetime.fromtimestamp(view.plan.commissioned, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "version": "00.00.02",
        "batt_mode": storage["mode"],
        "battery_mode": storage["mode"],
        "override": False,
        "override_backup_soc": 30.0,
        "override_chg_dischg_rate": 0.0,
        "override_tou_mode": "StorageTouMode_DEFAULT_TOU_MODE",
        "schedule": {"Disable": [{day: whole} for day in _DAYS], "tariff": plan},
    }
    return {key: known[key] for key in view.dialect.tariff_schedule_keys}
