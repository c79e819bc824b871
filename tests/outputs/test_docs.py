"""What the manuals say is so: tables, rules, dashboard, energy page, words."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from heliograph.app.settings import TABLE
from heliograph.app.words import table as app_words
from heliograph.model import CATALOG
from heliograph.model.labels import words
from heliograph.outputs.exposition import exported
from heliograph.outputs.notifications.rules import CODES
from heliograph.outputs.prometheus import HEALTH, Prometheus
from tests.outputs import tables

ALERTS: Final = tables.DOCS / "prometheus" / "heliograph.rules.yml"
FIVE: Final = ("import_lifetime", "export_lifetime", "production_lifetime", "charged_lifetime", "discharged_lifetime")
manuals = pytest.mark.parametrize(("language", "path"), tables.MANUALS.items(), ids=tables.MANUALS)


def promtool() -> str:
    program = shutil.which("promtool")
    if program is None:
        assert os.environ.get("CI") != "true", "promtool is missing"
        pytest.skip("promtool is not installed")
    return program


def names() -> set[str]:
    own = {row.name + ("_total" if row.counter else "") for row in HEALTH}
    return own | {exported(one) for one in CATALOG} | {"heliograph_build_info"}


@manuals
def test_the_table_of_metrics_is_fresh(language: str, path: Path) -> None:
    text = path.read_text()
    assert tables.manual(text, language) == text


@manuals
def test_the_energy_page_names_the_five_as_home_assistant_shows_them(language: str, path: Path) -> None:
    text = path.read_text()
    for key in FIVE:
        assert f"| {words(language)[f'metric.system.{key}']} | `{key}` |" in text


@manuals
def test_every_rule_is_in_the_manual_and_the_setting(language: str, path: Path) -> None:
    text, setting = path.read_text(), app_words(language)["setting.notifications.silenced"]
    assert [code for code in CODES if f"| `{code}` |" not in text or code not in setting] == []


def test_the_dashboard_is_fresh_and_asks_for_what_is_exported() -> None:
    text = tables.DASHBOARD.read_text()
    assert text == tables.dashboard()
    asked = {name for name in re.findall(r"heliograph_\w+", text) if name != "heliograph"}
    assert asked <= names()


def test_the_alerts_ask_for_what_is_exported() -> None:
    asked = set(re.findall(r"heliograph_\w+", ALERTS.read_text()))
    assert asked <= names()


def test_promtool_finds_no_fault_in_alerts_and_dashboard(tmp_path: Path) -> None:
    queries = [
        target["expr"].replace("$__range", "1d").replace("$gateway", ".*")
        for panel in json.loads(tables.DASHBOARD.read_text())["panels"]
        for target in panel["targets"]
    ]
    rules = [{"record": f"dashboard:{number}", "expr": query} for number, query in enumerate(queries)]
    recorded = tmp_path / "dashboard.yml"
    recorded.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    said = subprocess.run(  # noqa: S603 - found above
        [promtool(), "check", "rules", str(ALERTS), str(recorded)], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr


def test_no_setting_of_an_output_shows_its_secret() -> None:
    hidden = {row.key for row in TABLE.values() if row.hidden}
    assert hidden == {"mqtt.password", "notifications.to", "influx.to", "influx.token"}
    assert all(TABLE[key].secret for key in hidden)
    assert Prometheus.name == "prometheus"
