"""Build the plugin's zip: the tree of this folder, the catalog, this version's wheel, and the pinned requirements."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

from heliograph import __version__
from heliograph.outputs.jeedom.layout import catalog

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent
EPOCH: Final = (2020, 2, 2, 0, 0, 0)
"""The time of every file in the zip: the same sources give the same bytes."""
LEFT_OUT: Final = frozenset({"build.py", "__pycache__", "art", "python_venv", ".phpunit.result.cache"})
VERSIONED: Final = ("plugin_info/info.json", "resources/post_install.sh")
"""Files in which `@VERSION@` stands for this version."""
IMAGE: Final = re.compile(r'src="\.\./images/([^"]+\.png)"')
PAGE: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Heliograph</title>
<style>
body {{ max-width: 54rem; margin: 1rem auto; padding: 0 1rem; font: 16px/1.5 sans-serif; }}
img {{ max-width: 100%; }}
table {{ border-collapse: collapse; }}
th, td {{ border: 1px solid #ccc; padding: .3rem .6rem; text-align: left; vertical-align: top; }}
code {{ background: #f0f0f0; }}
</style>
</head>
<body>
{body}</body>
</html>
"""
UV: Final = ROOT / ".venv/bin/uv"
EXECUTABLE: Final = 0o755
PLAIN: Final = 0o644


def main() -> None:
    """Write `dist/heliograph-jeedom-VERSION.zip`."""
    target = ROOT / "dist" / f"heliograph-jeedom-{__version__}.zip"
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "heliograph"
        gather(tree)
        pack(tree, target)
    sys.stdout.write(f"{target.relative_to(ROOT)}\n")


def gather(tree: Path) -> None:
    """Put together everything that the plugin's folder holds once installed, except the venv and its data."""
    gather_sources(tree)
    resources = tree / "resources"
    (resources / "requirements.txt").write_bytes(requirements())
    build_wheel(resources)


def gather_sources(tree: Path) -> None:
    """Put together what comes from this folder and the vocabulary."""
    shutil.copytree(HERE, tree, ignore=lambda _folder, names: LEFT_OUT.intersection(names))
    shutil.copy(ROOT / "LICENSE", tree / "LICENSE")
    (tree / "data").mkdir(exist_ok=True)
    (tree / "data" / ".htaccess").write_text("Require all denied\n", encoding="utf-8")
    write_json(tree / "core/config/catalog.json", catalog(__version__))
    spread_widget(tree / "core/template")
    write_guide(tree)
    for name in VERSIONED:
        path = tree / name
        path.write_text(path.read_text(encoding="utf-8").replace("@VERSION@", __version__), encoding="utf-8")


def spread_widget(folder: Path) -> None:
    """Put the widget of a single command where the core looks for it, by version of the page and sub-type."""
    for version in ("dashboard", "mobile"):
        (folder / version).mkdir(exist_ok=True)
        for sub_type in ("numeric", "string"):
            shutil.copy(folder / "icon.html", folder / version / f"cmd.info.{sub_type}.hgIcon.html")
    (folder / "icon.html").unlink()


def write_guide(tree: Path) -> None:
    """Make each text of the documentation a page in one file: the web server shows the folder `docs` to nobody."""
    renderer = MarkdownIt().enable("table")
    for folder in (tree / "docs/fr_FR", tree / "docs/en_US"):
        target = tree / "core/guide" / folder.name[:2]
        target.mkdir(parents=True)
        for path in folder.glob("*.md"):
            body = IMAGE.sub(_embedded, renderer.render(path.read_text("utf-8")))
            page = PAGE.format(language=folder.name[:2], body=body)
            (target / f"{path.stem}.html").write_text(page, encoding="utf-8")


def _embedded(found: re.Match[str]) -> str:
    image = (HERE / "docs/images" / found[1]).read_bytes()
    return f'src="data:image/png;base64,{base64.b64encode(image).decode()}"'


def write_json(path: Path, content: object) -> None:
    """Write JSON that reads well in a diff."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=False) + "\n", encoding="utf-8")


def requirements() -> bytes:
    """Give every package that the daemon needs, at the locked version, with its hashes."""
    what = ("--no-dev", "--no-emit-project", "--extra", "jeedom", "--format", "requirements-txt")
    return _run(UV, "export", "--frozen", "--offline", "--quiet", *what, "--no-header", "--no-annotate")


def build_wheel(folder: Path) -> None:
    """Build this version's wheel into a folder."""
    here = ("--offline", "--no-build-isolation", "--python", ROOT / ".venv/bin/python")
    _run(UV, "build", "--quiet", "--wheel", *here, "--out-dir", folder)
    (folder / ".gitignore").unlink(missing_ok=True)


def _run(*command: str | Path) -> bytes:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1580601600", "HELIOGRAPH_PAGE": "no"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603 - our own words


def pack(tree: Path, target: Path) -> None:
    """Zip a tree, `plugin_info` at the root, in a fixed order and with fixed times."""
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(tree).as_posix(), EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (EXECUTABLE if path.suffix == ".sh" else PLAIN) << 16
            archive.writestr(entry, path.read_bytes())


if __name__ == "__main__":
    main()
