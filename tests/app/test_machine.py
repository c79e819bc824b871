from pathlib import Path

import pytest

from heliograph.app.machine import language_of, names_of, zone_of


@pytest.mark.parametrize(
    ("wanted", "environment", "language"),
    [
        ("fr", {}, "fr"),
        ("auto", {"LANG": "fr_FR.UTF-8"}, "fr"),
        ("auto", {"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, "en"),
        ("auto", {}, "en"),
    ],
)
def test_language(wanted: str, environment: dict[str, str], language: str) -> None:
    assert language_of(wanted, environment) == language


def test_zone(tmp_path: Path) -> None:
    name, link = tmp_path / "timezone", tmp_path / "localtime"
    assert zone_of({}, localtime=link, timezone=name) == "UTC"
    link.symlink_to("/usr/share/zoneinfo/Europe/Rome")
    assert zone_of({}, localtime=link, timezone=name) == "Europe/Rome"
    name.write_text("Europe/Paris\n")
    assert zone_of({}, localtime=link, timezone=name) == "Europe/Paris"
    assert zone_of({"TZ": ":Asia/Tokyo"}, localtime=link, timezone=name) == "Asia/Tokyo"
    assert zone_of({"TZ": "nonsense"}, localtime=link, timezone=name) == "Europe/Paris"


def test_names() -> None:
    names = names_of("solar")
    assert names[0] == "solar"
    assert any(name.endswith(".local") for name in names)
