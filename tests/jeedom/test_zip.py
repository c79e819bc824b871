"""What the plugin's zip holds: everything that the core looks for, this version of everything, and nothing else."""

import configparser
import json
import re
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from heliograph import __version__
from heliograph.outputs.jeedom.layout import catalog
from tests.jeedom.plugin import PLUGIN, load

WHEEL = f"resources/heliograph-{__version__}-py3-none-any.whl"
FIXED = {
    "LICENSE",
    "core/ajax/heliograph.ajax.php",
    "core/class/heliograph.class.php",
    "core/config/catalog.json",
    "core/config/heliograph.config.ini",
    "core/i18n/de_DE.json",
    "core/i18n/en_US.json",
    "core/i18n/es_ES.json",
    "core/php/jeeHeliograph.php",
    "data/.htaccess",
    "desktop/js/heliograph.js",
    "desktop/php/heliograph.php",
    "docs/en_US/changelog.md",
    "docs/en_US/index.md",
    "docs/fr_FR/changelog.md",
    "docs/fr_FR/index.md",
    "plugin_info/configuration.php",
    "plugin_info/heliograph_icon.png",
    "plugin_info/info.json",
    "plugin_info/install.php",
    "plugin_info/packages.json",
    "plugin_info/pre_install.php",
    "resources/heliographd/heliographd.py",
    "resources/post_install.sh",
    "resources/requirements.txt",
    WHEEL,
}
PATTERNS = (
    r"core/class/heliograph[A-Z]\w+\.class\.php",
    r"core/ajax/heliographPanel\.ajax\.php",
    r"desktop/php/panel\.php",
    r"mobile/html/panel\.html",
    r"desktop/(js/heliograph[A-Z]\w+\.js|modal/\w+\.php)",
    r"core/img/\w+\.png",
    r"core/template/dashboard/\w+\.html",
    r"core/template/(dashboard|mobile)/cmd\.info\.(numeric|string)\.hgIcon\.html",
    r"docs/images/[\w-]+\.png",
    r"core/guide/(fr|en)/(index|changelog)\.html",
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    build = load(PLUGIN / "build.py")
    folder = tmp_path_factory.mktemp("zip")
    build.gather(folder / "heliograph")
    build.pack(folder / "heliograph", folder / "plugin.zip")
    with zipfile.ZipFile(folder / "plugin.zip") as opened:
        yield opened


def _json(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(name))


def test_holds_what_it_must(archive: zipfile.ZipFile) -> None:
    assert FIXED - set(archive.namelist()) == set()


def test_holds_nothing_stray(archive: zipfile.ZipFile) -> None:
    others = set(archive.namelist()) - FIXED
    assert {name for name in others if not any(re.fullmatch(pattern, name) for pattern in PATTERNS)} == set()


def test_is_the_same_each_time(archive: zipfile.ZipFile, tmp_path: Path) -> None:
    build = load(PLUGIN / "build.py")
    build.gather(tmp_path / "heliograph")
    build.pack(tmp_path / "heliograph", tmp_path / "again.zip")
    first = Path(str(archive.filename)).read_bytes()
    assert (tmp_path / "again.zip").read_bytes() == first


def test_info_says_what_the_core_reads(archive: zipfile.ZipFile) -> None:
    info = _json(archive, "plugin_info/info.json")
    said = {key: info[key] for key in ("id", "name", "category", "require", "requireOsVersion", "pluginVersion")}
    assert said == {
        "id": "heliograph",
        "name": "Heliograph (Enphase Envoy)",
        "category": "energy",
        "require": "4.4.7",
        "requireOsVersion": "12",
        "pluginVersion": __version__,
    }
    assert (info["hasDependency"], info["hasOwnDeamon"]) == (True, True)
    assert set(info["description"]) == set(info["language"]) == {"fr_FR", "en_US", "de_DE", "es_ES"}


@pytest.mark.parametrize("key", ["documentation", "changelog", "documentation_beta", "changelog_beta"])
@pytest.mark.parametrize(("language", "chapter"), [("fr", "Le jeton d’accès"), ("en", "The access token")])
def test_the_documentation_is_pages_of_the_plugin(
    archive: zipfile.ZipFile, key: str, language: str, chapter: str
) -> None:
    address = urlsplit(_json(archive, "plugin_info/info.json")[key])
    query = parse_qs(address.query)
    assert (address.path, query["plugin"], query["modal"]) == ("index.php", ["heliograph"], ["guide"])
    page = archive.read(f"core/guide/{language}/{query.get('page', ['index'])[0]}.html").decode()
    assert ("<h2>0.1.0</h2>" if "page" in query else f"<h2>{chapter}</h2>") in page
    assert re.findall(r'<img src="(?!data:image/png;base64,)', page) == []
    assert ("<img" in page, "<table>" in page) == ("page" not in query, "page" not in query)


@pytest.mark.parametrize(
    ("architecture", "compiler", "installs"),
    [("armhf", False, True), ("armhf", True, False), ("i386", False, True), ("arm64", False, False)],
)
def test_a_compiler_is_installed_only_where_it_is_needed(
    archive: zipfile.ZipFile, tmp_path: Path, architecture: str, compiler: bool, installs: bool
) -> None:
    tools = tmp_path / "tools"
    resources = tmp_path / "resources"
    (resources / "python_venv/bin").mkdir(parents=True)
    tools.mkdir()
    called = tmp_path / "called"
    scripts = {
        tools / "dpkg": f"echo {architecture}",
        tools / "apt-get": f'echo apt-get "$@" >> {called}',
        resources / "python_venv/bin/python3": f'echo pip "$@" >> {called}',
        **({tools / "cc": "true"} if compiler else {}),
    }
    for path, text in scripts.items():
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)
    for name in ("dirname", "find", "rm", "sha256sum", "bash"):
        (tools / name).symlink_to(str(shutil.which(name)))
    for name in ("resources/post_install.sh", "resources/requirements.txt", WHEEL):
        archive.extract(name, tmp_path)
    bash = str(shutil.which("bash"))
    subprocess.run((bash, resources / "post_install.sh"), env={"PATH": str(tools)}, check=True)  # noqa: S603 - our own
    lines = called.read_text().splitlines()
    assert ("apt-get install -y gcc libc6-dev" in lines) is installs
    assert len([line for line in lines if line.startswith("pip ")]) == 2


def test_dependencies_are_those_of_the_core_and_the_script(archive: zipfile.ZipFile) -> None:
    assert _json(archive, "plugin_info/packages.json") == {
        "pip3": {"jeedomdaemon": {"version": "2.0.0"}},
        "post-install": {"script": "plugins/heliograph/resources/post_install.sh"},
    }


def test_requirements_are_pinned_with_hashes(archive: zipfile.ZipFile) -> None:
    text = archive.read("resources/requirements.txt").decode()
    entries = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert all(re.match(r"^[a-z0-9-]+==\S+( ; .*)? \\$", line) for line in entries), entries
    assert {"aiohttp", "jeedomdaemon", "msgspec", "zeroconf"} <= {line.split("==")[0] for line in entries}
    assert "jeedomdaemon==2.0.0" in text
    assert text.count("--hash=sha256:") >= len(entries)
    assert not re.search(r"https?://|file:|-e |@ ", text)


def test_the_script_installs_this_version_from_the_registry_only(archive: zipfile.ZipFile) -> None:
    script = archive.read("resources/post_install.sh").decode()
    assert f"heliograph-{__version__}-py3-none-any.whl" in script
    assert "@VERSION@" not in script
    assert "--require-hashes -r requirements.txt" in script
    assert not re.search(r"https?://|git\+|--index-url|--extra-index-url|curl|wget", script)


def test_scripts_alone_are_executable(archive: zipfile.ZipFile) -> None:
    executable = {item.filename for item in archive.infolist() if item.external_attr >> 16 & 0o111}
    assert executable == {"resources/post_install.sh"}


def test_the_wheel_is_this_version(archive: zipfile.ZipFile, tmp_path: Path) -> None:
    archive.extract(WHEEL, tmp_path)
    with zipfile.ZipFile(tmp_path / WHEEL) as wheel:
        metadata = Parser().parsestr(wheel.read(f"heliograph-{__version__}.dist-info/METADATA").decode())
        assert metadata["Version"] == __version__
        assert "heliograph/outputs/jeedom/house.py" in wheel.namelist()


def test_the_catalog_is_the_vocabulary(archive: zipfile.ZipFile) -> None:
    assert _json(archive, "core/config/catalog.json") == catalog(__version__)


def test_the_icon_has_the_size_of_the_market(archive: zipfile.ZipFile) -> None:
    data = archive.read("plugin_info/heliograph_icon.png")
    width, height, depth, colours = struct.unpack(">IIBB", data[16:26])
    assert (data[:8], width, height, depth, colours) == (b"\x89PNG\r\n\x1a\n", 309, 348, 8, 6)


def test_every_kind_with_a_tile_has_its_template(archive: zipfile.ZipFile) -> None:
    kinds = {name for name, kind in catalog(__version__)["kinds"].items() if kind["tile"]}
    templates = {
        name.rpartition("/")[2].removesuffix(".html")
        for name in archive.namelist()
        if name.startswith("core/template/") and name.endswith(".html")
    }
    assert {name for name in templates if not name.startswith("cmd.")} == kinds | {"tile"}


def test_default_settings_parse(archive: zipfile.ZipFile) -> None:
    settings = configparser.ConfigParser()
    settings.read_string(archive.read("core/config/heliograph.config.ini").decode())
    assert dict(settings["heliograph"]) == {"socketport": "55019", "cycle": "0.5"}


def test_no_secret_and_no_path_of_a_machine(archive: zipfile.ZipFile) -> None:
    found = []
    for name in archive.namelist():
        if name.endswith((".png", ".whl")):
            continue
        text = archive.read(name).decode()
        here = re.escape(str(Path(__file__).parents[2]))
        if re.search(here + r"|eyJ[A-Za-z0-9_-]{20,}|/home/|BEGIN [A-Z ]*PRIVATE KEY|crypt:[A-Za-z0-9]", text):
            found.append(name)
    assert found == []


def _said(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    quoted = re.findall(r"__\('((?:[^'\\]|\\.)*)', __FILE__\)", text)
    return set(re.findall(r"\{\{(.+?)\}\}", text)) | {item.replace("\\'", "'") for item in quoted}


@pytest.mark.parametrize("language", ["en_US", "de_DE", "es_ES"])
@pytest.mark.parametrize(
    "path",
    [path for path in sorted(PLUGIN.rglob("*.*")) if path.suffix in {".php", ".js", ".html"} and _said(path)],
    ids=lambda path: path.relative_to(PLUGIN).as_posix(),
)
def test_everything_said_in_french_is_said_in_every_language(path: Path, language: str) -> None:
    texts = json.loads((PLUGIN / f"core/i18n/{language}.json").read_text(encoding="utf-8"))
    key = f"plugins/heliograph/{path.relative_to(PLUGIN).as_posix()}"
    assert set(texts[key]) == _said(path)
    # An apostrophe would end a JavaScript string, a quotation mark an attribute.
    assert [word for word in texts[key].values() if "'" in word or '"' in word or not word.strip()] == []
    assert [word for word in texts[key] if "'" in word or '"' in word] == []


@pytest.mark.parametrize("language", ["en_US", "de_DE", "es_ES"])
def test_no_word_is_translated_that_nobody_says(language: str) -> None:
    texts = json.loads((PLUGIN / f"core/i18n/{language}.json").read_text(encoding="utf-8"))
    missing = [key for key in texts if not (PLUGIN / key.removeprefix("plugins/heliograph/")).exists()]
    assert missing == []


def test_scripts_and_pages_do_without_jquery() -> None:
    for path in [*(PLUGIN / "desktop/js").glob("*.js"), *(PLUGIN / "core/template").rglob("*.html")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\$\(|\$\.", text), path.name
        # Events of the core alone come by jQuery where it is loaded.
        assert len(re.findall(r"jQuery\(", text)) <= 1, path.name
