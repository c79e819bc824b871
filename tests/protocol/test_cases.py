"""Small inputs from public bug reports, beside the project as the recordings are: what each must be judged to be.

Witnesses of our own for each kind stand in test_transformers.py, test_refused_batteries.py and test_lifetimes.py; where
the cases are, they are an additional proof.
"""

from typing import Any, Final

import pytest

from heliograph.model import Quality, Subject
from tests.protocol.asking import replayed
from tests.recordings import RECORDINGS

CASES: Final = RECORDINGS.parent / "cases"

EXPECTED: Final[dict[str, dict[str, Any]]] = {
    "ha127593_enabled_no_clamps": {
        "production_power": 5180,
        "production_lifetime": 17_617_974,
        **dict.fromkeys(
            ("consumption_power", "net_power", "import_lifetime", "export_lifetime"), "transformer_missing"
        ),
    },
    "hb66_ensemble_401_no_storage_ct": {
        **dict.fromkeys(("battery_count", "battery_state", "battery_level", "battery_power"), "not_permitted"),
        **dict.fromkeys(("consumption_power", "consumption_lifetime"), "battery_share_unknown"),
    },
    "hb66_ref_no_storage_ct": {"battery_count": 5, "battery_power": -641.0, "consumption_power": 1202.831},
    "bc52_ensemble_401": {"battery_count": "not_permitted", "battery_power": -2579.823},
    "ha121159_one_offline": {"battery_power": -520.0, "consumption_power": "battery_silent"},
    "batt_power_404": dict.fromkeys(("battery_power", "battery_state", "consumption_power"), "endpoint_absent"),
    "bc134_noct_wrapped": {"production_lifetime": 703_588},
    "ha176707_uint32_first_look": dict.fromkeys(("import_lifetime", "consumption_lifetime"), "impossible_counter"),
}
"""By case: the value of a system metric, or the code of the reason for which it is absent."""

FINDINGS: Final[dict[str, set[str]]] = {
    "ha127593_enabled_no_clamps": {"transformer_missing"},
    "ha_docs_status_flags": {
        "meter_not_metering",
        "meter_production_imbalance",
        "meter_negative_production",
        "meter_check_wiring",
        "meter_negative_consumption",
        "meter_unused_phase",
    },
    "bc134_noct_wrapped": {"lifetime_too_small"},
    "ha176707_uint32_first_look": {"impossible_counter"},
}


if CASES.is_dir():

    @pytest.mark.parametrize("name", sorted(EXPECTED))
    def test_a_case_is_judged_as_its_owner_must_be_told(name: str) -> None:
        system = replayed(CASES / name).read().system
        given = {key: system.value(key) if key in system.values else system.absent[key].code for key in EXPECTED[name]}
        assert given == EXPECTED[name]

    @pytest.mark.parametrize("name", sorted(FINDINGS))
    def test_a_case_is_noticed(name: str) -> None:
        found = {finding.code for finding in replayed(CASES / name).read().findings}
        assert found >= FINDINGS[name]
        assert "net_is_import" not in found

    def test_the_silent_battery_is_stale_and_not_charging() -> None:
        batteries = replayed(CASES / "ha121159_one_offline").read().of(Subject.BATTERY)
        stale = {item.id for item in batteries if item.values["state"].quality is Quality.STALE}
        assert stale == {"12345678901002"}
