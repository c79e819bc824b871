"""The table of every metric in docs/outputs*.md, the rules and the dashboard beside them.

Run `python -m tests.outputs.tables` to write all anew.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from heliograph.model import CATALOG, Subject
from heliograph.model.labels import label, words
from heliograph.outputs.exposition import exported
from heliograph.outputs.mqtt import words as spoken

DOCS: Final = Path(__file__).parents[2] / "docs"
MANUALS: Final = {"en": DOCS / "outputs.md", "fr": DOCS / "outputs.fr.md"}
DASHBOARD: Final = DOCS / "grafana" / "heliograph.json"
BEGIN: Final = "<!-- generated: python -m tests.outputs.tables -->\n"
END: Final = "<!-- end -->\n"
HEADS: Final = {
    "en": "| metric | topic under `heliograph/SERIAL/` | unit | Home Assistant | Prometheus |",
    "fr": "| grandeur | sujet sous `heliograph/SERIAL/` | unité | Home Assistant | Prometheus |",
}
SINGLE: Final = frozenset({Subject.SYSTEM, Subject.NETWORK, Subject.FIRMWARE, Subject.STORAGE})
KWH: Final = "3.6e6"


def table(language: str) -> str:
    """Write the table of every metric."""
    lines = ["", HEADS[language], "|---|---|---|---|---|"]
    for metric in CATALOG:
        place = str(metric.subject) if metric.subject in SINGLE else f"{metric.subject}/ID"
        said = [spoken.platform(metric), spoken.device_class(metric), spoken.state_class(metric)]
        home = ", ".join(part for part in said if part)
        name = f"{words(language)[f'subject.{metric.subject}']}: {label(metric, language)}"
        lines.append(f"| {name} | `{place}/{metric.key}` | {metric.unit} | {home} | `{exported(metric)}` |")
    return "\n".join([*lines, "", ""])


def manual(text: str, language: str) -> str:
    """Put the table into a manual."""
    return re.sub(f"{re.escape(BEGIN)}.*?{END}", lambda _: BEGIN + table(language) + END, text, flags=re.DOTALL)


def _panel(title: str, kind: str, unit: str, where: tuple[int, int, int, int], **queries: str) -> Mapping[str, Any]:
    x, y, width, height = where
    source = {"type": "prometheus", "uid": "${source}"}
    targets = [
        {
            "refId": chr(65 + number),
            "datasource": source,
            "expr": query,
            "legendFormat": f"{{{{gateway}}}} {name}",
            # A number alone is asked for once, not for every point of the range.
            **({"instant": True, "range": False} if kind == "stat" else {}),
        }
        for number, (name, query) in enumerate(queries.items())
    ]
    return {
        "title": title,
        "type": kind,
        "datasource": source,
        "gridPos": {"x": x, "y": y, "w": width, "h": height},
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "targets": targets,
        **({"options": {"textMode": "value_and_name"}} if kind == "stat" else {}),
    }


def panels() -> Iterator[Mapping[str, Any]]:
    """Give the panels of the dashboard."""
    only = '{gateway=~"$gateway"}'
    yield _panel(
        "Power", "timeseries", "watt", (0, 0, 24, 9),
        production=f"heliograph_system_production_power_watts{only}",
        consumption=f"heliograph_system_consumption_power_watts{only}",
        net=f"heliograph_system_net_power_watts{only}",
        battery=f"heliograph_system_battery_power_watts{only}",
    )  # fmt: skip
    yield _panel(
        "Energy of the range (kWh)", "stat", "kwatth", (0, 9, 12, 5),
        **{
            flow: f"increase(heliograph_system_{flow}_joules_total{only}[$__range]) / {KWH}"
            for flow in ("production", "consumption", "import", "export", "charged", "discharged")
        },
    )  # fmt: skip
    yield _panel(
        "Battery", "timeseries", "percentunit", (12, 9, 12, 5), level=f"heliograph_system_battery_level_ratio{only}"
    )
    yield _panel(
        "Panels", "timeseries", "watt", (0, 14, 24, 9), **{"{{serial}}": f"heliograph_inverter_power_watts{only}"}
    )
    yield _panel(
        "Gateways", "stat", "short", (0, 23, 8, 5),
        up=f"heliograph_gateway_up{only}", findings=f"heliograph_findings{only}",
    )  # fmt: skip
    yield _panel("Token", "stat", "s", (8, 23, 4, 5), left=f"heliograph_token_remaining_seconds{only}")
    yield _panel(
        "Latency", "timeseries", "s", (12, 23, 12, 5),
        **{"{{endpoint}}": f"heliograph_endpoint_latency_seconds{only}"},
    )  # fmt: skip


def dashboard() -> str:
    """Write the dashboard for Grafana."""
    variables = [
        {"name": "source", "label": "Source", "type": "datasource", "query": "prometheus"},
        {
            "name": "gateway",
            "label": "Gateway",
            "type": "query",
            "datasource": {"type": "prometheus", "uid": "${source}"},
            "query": "label_values(heliograph_gateway_up, gateway)",
            "includeAll": True,
            "multi": True,
            "current": {"text": "All", "value": "$__all"},
            "refresh": 2,
        },
    ]
    made = {
        "title": "Heliograph",
        "uid": "heliograph",
        "schemaVersion": 39,
        "refresh": "1m",
        "time": {"from": "now/d", "to": "now"},
        "timezone": "browser",
        "templating": {"list": variables},
        "panels": [{"id": number, **panel} for number, panel in enumerate(panels(), 1)],
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write everything anew."""
    for language, path in MANUALS.items():
        path.write_text(manual(path.read_text("utf-8"), language), "utf-8")
    DASHBOARD.write_text(dashboard(), "utf-8")


if __name__ == "__main__":
    main()
