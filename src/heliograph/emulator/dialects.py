"""The firmware versions that can be spoken, as a table (protocol.md §1.2, §1.6, §3)."""

from dataclasses import replace
from types import MappingProxyType

from heliograph.emulator.answer import Authentication, Framing
from heliograph.emulator.dialect import (
    EMUWEB,
    NATIVE,
    NO_CACHE,
    RUBY,
    RUBY_CLOSING,
    Dialect,
    Handler,
    Missing,
    Paper,
    Tongue,
)
from heliograph.emulator.keys import (
    BATTERY_7,
    BATTERY_8,
    CONSUMPTION_4_2,
    CONTACT_7,
    CONTACT_8,
    CONTACT_8_3,
    CONTROLLER_7,
    CONTROLLER_8,
    DAY_7,
    DAY_8,
    EIM_4_2,
    LIMIT_LONG,
    LIVE_7,
    LIVE_8,
    OFFGRID,
    RELAY_7,
    RELAY_8,
    SCHEDULE_7,
    SCHEDULE_8,
    SECCTRL_7_3,
    SECCTRL_7_6,
    SECCTRL_8_2,
    SECCTRL_8_2_ACB,
    SECCTRL_8_3,
    STATUS_7,
    STATUS_8,
    STATUS_8_3,
    STORAGE_7,
    SUBMODULE,
    SUBMODULE_8_3,
    TARIFF,
    after,
    select,
)

_ERROR = Missing(b'{ "error" : "404 - Not Found" }', "application/json; charset=ISO-8859-4")
_ERR_OLD = Missing(b' { "err": "404 - Not Found" }', None)
_ERR = Missing(b'{"err":"404 - Not Found"}', None)

_V1 = {"/api/v1/production": "v1-production", "/api/v1/production/inverters": "v1-inverters"}
_INFO = {"/info": "info", "/info.xml": "info"}
_PRODUCTION = {"/production.json": "production", "/production.json?details=1": "production-details"}
_INVENTORY = {
    "/inventory": "inventory",
    "/inventory.json": "inventory",
    "/inventory?deleted=1": "inventory-deleted",
    "/inventory.json?deleted=1": "inventory-deleted",
}
_METERS = {"/ivp/meters": "meters", "/ivp/meters/readings": "readings"}
_ENSEMBLE = {
    "/ivp/ensemble/inventory": "ensemble-inventory",
    "/ivp/ensemble/power": "ensemble-power",
    "/ivp/ensemble/secctrl": "ensemble-secctrl",
    "/ivp/ensemble/status": "ensemble-status",
    "/ivp/ensemble/relay": "ensemble-relay",
    "/ivp/ensemble/generator": "ensemble-generator",
    "/ivp/ensemble/dry_contacts": "ensemble-dry-contacts",
}
_SETTINGS = {
    "/ivp/ss/dry_contact_settings": "dry-contact-settings",
    "/ivp/ss/pel_settings": "pel-settings",
    "/ivp/ss/gen_config": "gen-config",
    "/ivp/ss/gen_schedule": "gen-schedule",
    "/ivp/sc/pvlimit": "pv-limit",
}
_IQ = {
    **_INFO,
    **_PRODUCTION,
    **_V1,
    **_INVENTORY,
    **_METERS,
    **_ENSEMBLE,
    **_SETTINGS,
    "/production": "production",
    "/home": "home",
    "/home.json": "home",
    "/api/v1/consumption": "v1-consumption",
    "/inv": "inv",
    "/prov": "prov",
    "/ivp/eh/devs": "eh-devices",
    "/ivp/meters/cts": "transformers",
    "/ivp/meters/reports": "reports",
    "/ivp/meters/reports/": "reports",
    "/ivp/meters/reports/production": "report-production",
    "/ivp/meters/reports/consumption": "report-consumption",
    "/ivp/ss/gen_mode": "gen-mode",
    "/ivp/livedata/status": "livedata",
    "/ivp/mod/603980032/mode/power": "power-mode",
    "/admin/lib/tariff": "tariff",
    "/admin/lib/tariff.json": "tariff",
    "/admin/lib/acb_config": "acb-config",
    "/admin/lib/acb_config.json": "acb-config",
}
_PDM = {"/ivp/pdm/energy": "pdm-energy", "/ivp/pdm/device_data": "device-data"}
_REALTIME = {
    "/ivp/meters/gridReading": "grid-reading",
    "/ivp/meters/pvReading": "pv-reading",
    "/ivp/ss": "dry-contact-settings",
}
_OLD_PAGES = {
    "/production": "system-page",
    "/home": "home-page",
    "/inventory": "inventory-page",
    "/production.json": "page-not-found",
    "/inventory.json": "page-not-found",
    "/home.json": "page-not-found",
    "/admin/lib/tariff": "page-not-found",
}

_INSTALLER = ("/prov", "/ivp/meters/cts", "/ivp/mod/603980032/mode/power")
_REFUSED = MappingProxyType(dict.fromkeys(_INSTALLER, "installer"))
_REFUSED_EARLY = MappingProxyType(
    dict.fromkeys(
        (*_INSTALLER, *(path for path in (*_ENSEMBLE, *_SETTINGS) if path != "/ivp/ensemble/inventory")), "installer"
    )
)
"""7.3.130 kept nearly everything from owners."""

_SLOW = {
    "/home": 6.4,
    "/home.json": 6.4,
    "/production": 3.0,
    "/production.json": 0.7,
    "/production.json?details=1": 1.8,
    "/inventory": 2.1,
    "/inventory.json": 2.1,
    "/inventory?deleted=1": 3.0,
    "/inventory.json?deleted=1": 3.0,
}
_OLD_SLOW = {"/production": 2.0, "/home": 2.0, "/inventory": 2.5, "/production.json": 0.9}

_OLD_PAPER = Paper("'", "  ", ("devimg", "geo", "backbone", "boot", "app", "security", "kernel", "rootfs"), ())
_S_PACKAGES = (
    "rootfs", "kernel", "boot", "app", "devimg", "geo", "backbone", "meter", "agf", "security", "full"
)  # fmt: skip
_IQ_PACKAGES = (
    "rootfs", "kernel", "boot", "app", "devimg", "geo", "backbone", "meter", "agf", "essimg", "security", "pkgsec",
    "full",
)  # fmt: skip
_LATE_PACKAGES = (
    "agf", "app", "backbone", "boot", "devimg", "essimg", "ffuimg", "geo", "kernel", "meter", "pkgsec", "rootfs",
    "rootfs-full", "security",
)  # fmt: skip


_INFO_OLD = Handler("application/json", Framing.CLOSE)
_INFO_XML = Handler("text/xml", Framing.LENGTH)
_OLD_SERVERS = {
    Tongue.INFO: _INFO_OLD,
    Tongue.RUBY: Handler("application/json", Framing.CHUNKED, NO_CACHE),
    Tongue.NATIVE: NATIVE,
    Tongue.EMUWEB: EMUWEB,
    Tongue.TARIFF: RUBY,
}
_S_SERVERS = {
    Tongue.INFO: replace(_INFO_XML, headers=NO_CACHE),
    Tongue.RUBY: RUBY,
    Tongue.NATIVE: NATIVE,
    Tongue.EMUWEB: EMUWEB,
    Tongue.TARIFF: RUBY_CLOSING,
}
_IQ_SERVERS = _S_SERVERS | {Tongue.INFO: _INFO_XML, Tongue.TARIFF: RUBY}
_IQ_LATER_SERVERS = _IQ_SERVERS | {Tongue.TARIFF: Handler(None, Framing.LENGTH)}
_IQ_LATEST_SERVERS = _IQ_LATER_SERVERS | {Tongue.INFO: Handler(None, Framing.LENGTH)}

_OPEN_S = frozenset(
    {
        "/info",
        "/info.xml",
        "/home",
        "/home.json",
        "/inventory",
        "/inventory.json",
        "/production.json",
        "/api/v1/production",
    }
)

R_3_7 = Dialect(
    firmware="D3.7.0",
    authentication=Authentication.NONE,
    paper=_OLD_PAPER,
    handlers=_OLD_SERVERS,
    seconds=_OLD_SLOW,
    missing=_ERROR,
    missing_settings=_ERROR,
    routes={**_INFO, **_OLD_PAGES},
    free=frozenset({*_INFO, *_OLD_PAGES}),
    says_imeter=False,
    says_device_type=False,
)
R_3_17 = replace(
    R_3_7,
    firmware="D3.17.3",
    authentication=Authentication.DIGEST,
    routes={**_INFO, **_OLD_PAGES, **_V1},
    free=frozenset({*_INFO, *_OLD_PAGES, "/api/v1/production"}),
)
S_5_0 = replace(
    R_3_7,
    firmware="D5.0.62",
    authentication=Authentication.DIGEST,
    paper=Paper("'", "  ", _S_PACKAGES, ("build_id", "build_time_gmt")),
    handlers=_S_SERVERS,
    seconds=_SLOW,
    missing_settings=_ERR_OLD,
    routes={
        **_INFO,
        **_PRODUCTION,
        **_V1,
        **_INVENTORY,
        **_METERS,
        "/home": "home",
        "/home.json": "home",
        "/admin/lib/tariff": "tariff",
    },
    free=_OPEN_S,
    refused={"/production": "nobody"},
    says_imeter=True,
    says_device_type=True,
    net_is_import=True,
    signed_current=False,
    tariff_keys=select("currency single_rate seasons seasons_sell"),
    tariff_schedule_keys=select("source date version"),
)
S_4_10 = replace(S_5_0, firmware="R4.10.35", paper=Paper("'", "  ", _S_PACKAGES, ("build_id", "build_time_gmt")))
S_4_2 = replace(
    S_5_0,
    firmware="M4.2.33",
    paper=Paper("'", "  ", _S_PACKAGES, ()),
    says_imeter=False,
    says_device_type=False,
    says_status_flags=False,
    says_storage=False,
    production_keys=EIM_4_2,
    consumption_keys=CONSUMPTION_4_2,
    whole_inverter_lifetime=False,
    reads_disabled=False,
    lines=False,
)
IQ_7_3_130 = Dialect(
    firmware="D7.3.130",
    authentication=Authentication.TOKEN,
    paper=Paper("'", "  ", _IQ_PACKAGES),
    handlers=_IQ_SERVERS,
    seconds=_SLOW,
    missing=_ERR,
    missing_settings=_ERR,
    routes=_IQ,
    refused=_REFUSED_EARLY,
    net_is_import=True,
    battery_keys=BATTERY_7,
    controller_keys=CONTROLLER_7,
    secctrl_keys=SECCTRL_7_3,
    relay_keys=RELAY_7,
    status_battery_keys=STATUS_7,
    status_extras=True,
    phase_is_number=True,
    absent_generator=(1, 0),
    status_submodule_keys=SUBMODULE,
    contact_keys=CONTACT_7,
    unset_contact_keys=CONTACT_7,
    export_limit_keys=("PEL",),
    tariff_keys=TARIFF,
    tariff_day_keys=DAY_7,
    tariff_storage_keys=STORAGE_7,
    tariff_schedule_keys=SCHEDULE_7,
    live_totals=LIVE_7,
    live_phases=False,
)
IQ_7_3_466 = replace(IQ_7_3_130, firmware="D7.3.466", refused=_REFUSED, secctrl_keys=SECCTRL_7_6)
IQ_7_3_517 = replace(
    IQ_7_3_130,
    firmware="D7.3.517",
    refused=_REFUSED,
    net_is_import=False,
    contact_keys=CONTACT_8,
    export_limit_keys=LIMIT_LONG,
)
IQ_7_6_114 = replace(IQ_7_3_466, firmware="D7.6.114", net_is_import=False)
IQ_7_6_175 = replace(IQ_7_6_114, firmware="D7.6.175", live_totals=LIVE_8, live_phases=True)
IQ_8_2_4264 = replace(
    IQ_7_6_175,
    firmware="D8.2.4264",
    paper=Paper('"', "  ", (*_IQ_PACKAGES, "ffuimg", "patch")),
    handlers=_IQ_LATER_SERVERS,
    routes={**_IQ, "/ivp/pdm/energy": "pdm-energy"},
    says_inverter_phase=True,
    v1_without_meters=(0, 1583, 1583, 4),
    battery_keys=BATTERY_8,
    controller_keys=CONTROLLER_8,
    secctrl_keys=SECCTRL_8_2,
    relay_keys=RELAY_8,
    status_battery_keys=STATUS_8,
    status_extras=False,
    phase_is_number=False,
    absent_generator=(0, 1),
    tariff_day_keys=DAY_8,
    tariff_storage_keys=(*STORAGE_7, "opt_schedules"),
    tariff_schedule_keys=after(SCHEDULE_8, "operation_mode_sub_type", "opt_schedules"),
)
IQ_8_2_4286 = replace(IQ_8_2_4264, firmware="D8.2.4286", contact_keys=CONTACT_8, export_limit_keys=LIMIT_LONG)
IQ_8_2_4345 = replace(IQ_8_2_4286, firmware="D8.2.4345", routes={**_IQ, **_PDM})
IQ_8_2_4382 = replace(
    IQ_8_2_4345,
    firmware="D8.2.4382",
    paper=Paper('"', "  ", ("rootfs", "kernel", "boot", "app"), ()),
    secctrl_keys=SECCTRL_8_2_ACB,
)
IQ_8_3_1598 = replace(
    IQ_8_2_4345,
    firmware="D8.3.1598",
    paper=Paper('"', "  ", _LATE_PACKAGES),
    handlers=_IQ_LATEST_SERVERS,
    routes={**_IQ, **_PDM, **_REALTIME},
    spare_reading=True,
    meter_channels=4,
    secctrl_keys=(*SECCTRL_8_3, "ESS_R3_To_R4_in_progress"),
    offgrid_keys=OFFGRID,
    status_battery_keys=STATUS_8_3,
    status_submodule_keys=SUBMODULE_8_3,
    contact_keys=CONTACT_8_3,
    unset_contact_keys=CONTACT_8_3,
)
IQ_8_3_5167 = replace(
    IQ_8_3_1598,
    firmware="D8.3.5167",
    paper=Paper('"', "\t", _LATE_PACKAGES),
    secctrl_keys=SECCTRL_8_3,
    status_battery_keys=STATUS_8,
    status_submodule_keys=SUBMODULE,
    contact_keys=CONTACT_8,
    unset_contact_keys=CONTACT_7,
)
IQ_8_3_5169 = replace(IQ_8_3_5167, firmware="D8.3.5169")
IQ_8_3_5422 = replace(
    IQ_8_3_1598,
    firmware="D8.3.5422",
    paper=Paper('"', "\t", _LATE_PACKAGES),
    offgrid_keys=(*OFFGRID, "seq_reset_needed"),
)
IQ_8_3_5433 = replace(IQ_8_3_5422, firmware="D8.3.5433")
