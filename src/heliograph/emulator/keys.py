"""The keys that each generation of firmware gives its documents, in their order."""

from collections.abc import Iterable


def select(text: str, *, without: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the words of a text, but some."""
    left_out = set(without)
    return tuple(key for key in text.split() if key not in left_out)


BATTERY_7 = select(
    "part_num installed serial_num device_status last_rpt_date admin_state admin_state_str created_date img_load_date "
    "img_pnum_running zigbee_dongle_fw_version bmu_fw_version operating communicating sleep_enabled percentFull "
    "temperature maxCellTemp comm_level_sub_ghz comm_level_2_4_ghz led_status dc_switch_off encharge_rev "
    "encharge_capacity"
)
BATTERY_8 = select(
    "part_num serial_num installed device_status last_rpt_date admin_state admin_state_str created_date img_load_date "
    "img_pnum_running bmu_fw_version communicating sleep_enabled percentFull temperature maxCellTemp "
    "reported_enc_grid_state comm_level_sub_ghz comm_level_2_4_ghz led_status dc_switch_off encharge_rev "
    "encharge_capacity phase der_index"
)
CONTROLLER_7 = select(
    "part_num installed serial_num device_status last_rpt_date admin_state admin_state_str created_date img_load_date "
    "img_pnum_running zigbee_dongle_fw_version operating communicating temperature comm_level_sub_ghz "
    "comm_level_2_4_ghz mains_admin_state mains_oper_state Enpwr_grid_mode Enchg_grid_mode Enpwr_relay_state_bm "
    "Enpwr_curr_state_id"
)
CONTROLLER_8 = select(" ".join(CONTROLLER_7), without=("zigbee_dongle_fw_version", "operating"))
SECCTRL_7_3 = select(
    "shutdown freq_bias_hz voltage_bias_v freq_bias_hz_q8 voltage_bias_v_q5 freq_bias_hz_phaseb voltage_bias_v_phaseb "
    "freq_bias_hz_q8_phaseb voltage_bias_v_q5_phaseb freq_bias_hz_phasec voltage_bias_v_phasec freq_bias_hz_q8_phasec "
    "voltage_bias_v_q5_phasec configured_backup_soc adjusted_backup_soc agg_soc Max_energy ENC_agg_soc "
    "ENC_agg_backup_energy ENC_agg_avail_energy Enc_commissioned_capacity Enc_max_available_capacity ACB_agg_soc "
    "ACB_agg_energy"
)


def after(keys: tuple[str, ...], place: str, *more: str) -> tuple[str, ...]:
    """Return keys with more of them after one."""
    at = keys.index(place) + 1
    return (*keys[:at], *more, *keys[at:])


SECCTRL_7_6 = after(SECCTRL_7_3, "ENC_agg_soc", "ENC_agg_soh")
SECCTRL_8_2_ACB = (*SECCTRL_7_6, *select("VLS_Limit soc_rec_enabled soc_recovery_entry soc_recovery_exit"))
SECCTRL_8_2 = (*SECCTRL_8_2_ACB, "Commission_in_progress", "ESS_in_progress")
SECCTRL_8_3 = after(SECCTRL_8_2, "voltage_bias_v_q5_phasec", "offgrid_secctrl")
OFFGRID = select("F V Vd_neg Vq_neg Vd_zero Vq_zero is_active is_system_balanced")
RELAY_7 = select("mains_admin_state mains_oper_state der1_state der2_state Enchg_grid_mode Solar_grid_mode")
RELAY_8 = select(
    "mains_admin_state mains_oper_state srt12_state srt13_state der1_state der2_state der3_state Enchg_grid_mode "
    "Solar_grid_mode"
)
STATUS_7 = select(
    "device_type admin_state admin_state_str reported_grid_mode phase encharge_revision encharge_capacity "
    "encharge_rated_power reported_enc_grid_state msg_retry_count part_number assembly_number app_fw_version "
    "zb_fw_version zb_bootloader_vers ibl_fw_version swift_asic_fw_version bmu_fw_version submodule_count submodules"
)
STATUS_8 = after(
    after(select(" ".join(STATUS_7), without=("zb_fw_version", "zb_bootloader_vers")), "phase", "der_index"),
    "device_type",
    "com_interface_str",
    "device_id",
)
STATUS_8_3 = after(after(STATUS_8, "admin_state_str", "prop_set"), "bmu_fw_version", "dmir", "procload")
SUBMODULE = select("device_type admin_state part_number assembly_number dmir procload")
SUBMODULE_8_3 = select(
    "device_type alternate_device_type fsm_state admin_state part_number assembly_number rated_power is_ll pcu_phase "
    "dmir procload"
)
CONTACT_7 = select(
    "id type grid_action micro_grid_action gen_action override load_name mode soc_low soc_high pv_serial_nb"
)
CONTACT_8 = select(
    "id type grid_action micro_grid_action gen_action essential_start_time essential_end_time priority black_s_start "
    "override manual_override load_name mode soc_low soc_high pv_serial_nb"
)
CONTACT_8_3 = after(
    after(
        after(CONTACT_8, "gen_action", "safe_state_action"), "black_s_start", "black_start_retries", "action_retries"
    ),
    "soc_high",
    "pv_phase_select",
)
LIMIT_LONG = select(
    "PEL Hard_PEL Soft_PEL Export_Limit_Type percent apparent PEL_Limit Comm_Time_Loss Resp_Time_SoftPEL "
    "Resp_Time_HardPEL msReset_HardPEL PEL_db"
)
TARIFF = select("currency logger date storage_settings single_rate seasons seasons_sell")
DAY_7 = select("id days must_charge_start must_charge_duration must_charge_mode enable_discharge_to_grid periods")
DAY_8 = after(DAY_7, "must_charge_mode", "peak_rule")
STORAGE_7 = select("mode operation_mode_sub_type reserved_soc very_low_soc charge_from_grid date")
OVERRIDES = select("override override_backup_soc override_chg_dischg_rate override_tou_mode")
SCHEDULE_7 = (
    *select(
        "source date version reserved_soc operation_mode_sub_type very_low_soc charge_from_grid battery_mode schedule"
    ),
    *OVERRIDES,
)
SCHEDULE_8 = (
    *select(
        "filename source date version reserved_soc very_low_soc charge_from_grid batt_mode battery_mode "
        "operation_mode_sub_type"
    ),
    *OVERRIDES,
    "schedule",
)
LIVE_7 = select("last_update soc main_relay_state gen_relay_state backup_bat_mode backup_soc")
LIVE_8 = (
    *LIVE_7,
    *select("is_split_phase phase_count enc_agg_soc enc_agg_energy acb_agg_soc acb_agg_energy"),
)
EIM_4_2 = select(
    "type activeCount whLifetime whLastSevenDays whToday wNow rmsCurrent rmsVoltage reactPwr apprntPwr pwrFactor "
    "readingTime"
)
CONSUMPTION_4_2 = select(
    "type activeCount whLifetime whLastSevenDays whToday wNow varhLeadToday varhLagToday vahToday varhLeadLifetime "
    "varhLagLifetime vahLifetime rmsCurrent rmsVoltage reactPwr apprntPwr pwrFactor"
)
