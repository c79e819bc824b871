"""Who writes which document, and which of the gateway's servers it comes from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from heliograph.emulator.dialect import Tongue
from heliograph.emulator.documents import device_data, devices, ensemble, meters, pages, production, settings
from heliograph.emulator.documents.view import View


@dataclass(frozen=True, slots=True)
class Writer:
    """One document: bytes are answered as they are, anything else as JSON."""

    write: Callable[[View], Any]
    tongue: Tongue
    picks_eid: bool = False
    """Whether a path that ends in a number gives the one row with that `eid`."""


_R, _N, _E = Tongue.RUBY, Tongue.NATIVE, Tongue.EMUWEB

WRITERS: dict[str, Writer] = {
    "info": Writer(pages.info, Tongue.INFO),
    "home": Writer(pages.home, _R),
    "home-page": Writer(pages.home_page, _R),
    "inventory-page": Writer(pages.inventory_page, _R),
    "system-page": Writer(pages.system_page, _R),
    "page-not-found": Writer(pages.page_not_found, _R),
    "production": Writer(production.production, _R),
    "production-details": Writer(production.production_details, _R),
    "v1-production": Writer(production.v1_production, _E),
    "v1-consumption": Writer(production.v1_consumption, _E),
    "v1-inverters": Writer(devices.v1_inverters, _E),
    "pdm-energy": Writer(production.pdm_energy, _N),
    "device-data": Writer(device_data.device_data, _N),
    "inventory": Writer(devices.inventory, _R),
    "inventory-deleted": Writer(devices.inventory_with_deleted, _R),
    "inv": Writer(devices.inv, _E),
    "prov": Writer(devices.prov, _E),
    "eh-devices": Writer(devices.eh_devices, _N, picks_eid=True),
    "acb-config": Writer(devices.acb_config, _R),
    "meters": Writer(meters.meters, _N, picks_eid=True),
    "readings": Writer(meters.readings, _N, picks_eid=True),
    "reports": Writer(meters.reports, _N),
    "report-production": Writer(meters.report_of_production, _N),
    "report-consumption": Writer(meters.report_of_consumption, _N),
    "grid-reading": Writer(meters.grid_reading, _N),
    "pv-reading": Writer(meters.pv_reading, _N),
    "transformers": Writer(meters.transformers, _N),
    "ensemble-inventory": Writer(ensemble.inventory, _N),
    "ensemble-power": Writer(ensemble.power, _N),
    "ensemble-secctrl": Writer(ensemble.secctrl, _N),
    "ensemble-status": Writer(ensemble.status, _N),
    "ensemble-relay": Writer(ensemble.relay, _N),
    "ensemble-generator": Writer(ensemble.generator, _N),
    "ensemble-dry-contacts": Writer(ensemble.dry_contacts, _N),
    "dry-contact-settings": Writer(settings.dry_contact_settings, _N),
    "pel-settings": Writer(settings.pel_settings, _N),
    "gen-config": Writer(settings.gen_config, _N),
    "gen-mode": Writer(settings.gen_mode, _N),
    "gen-schedule": Writer(settings.gen_schedule, _N),
    "pv-limit": Writer(settings.pv_limit, _N),
    "power-mode": Writer(settings.power_mode, _N),
    "tariff": Writer(settings.tariff, Tongue.TARIFF),
    "livedata": Writer(pages.live_status, _N),
}
"""Every writer by the name that the dialects' routes use."""
