"""The optional parts of an installation (pyproject's extras), and how one that is missing is installed here."""

import json
import shlex
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from heliograph.errors import UsageError

MODULES: Final[dict[str, tuple[str, ...]]] = {
    "cli": ("rich", "typer"),
    "service": ("alembic", "argon2", "litestar", "sqlalchemy", "tomlkit", "uvicorn"),
    "discovery": ("zeroconf",),
    "emulator": ("cryptography", "jwt"),
    "jeedom": ("jeedomdaemon",),
    "mqtt": ("paho",),
    "notifications": ("apprise",),
    "parquet": ("pyarrow",),
    "postgres": ("psycopg",),
    "prometheus": ("prometheus_client",),
}
"""The modules that each extra brings; the first extra that has a module is named when it is missing."""

_ALWAYS: Final = frozenset({"cli", "service", "discovery", "emulator", "mqtt", "notifications", "prometheus"})
"""What `service` includes, and so `make install`."""
_PROJECT: Final = "heliograph"


def missing(extra: str) -> UsageError:
    """Return the error that says which extra is missing, and the command that installs it here."""
    return UsageError("missing_extra", extra=extra, command=install_command(extra))


def missing_module(err: ModuleNotFoundError) -> UsageError | None:
    """Return the error of the extra that a module belongs to; None where it belongs to none."""
    name = (err.name or "").partition(".")[0]
    return next((missing(extra) for extra, modules in MODULES.items() if name in modules), None)


def require(extra: str) -> None:
    """Make sure that an extra is installed, without loading it.

    Raises:
        UsageError: `missing_extra`.
    """
    if any(find_spec(module) is None for module in MODULES[extra]):
        raise missing(extra)


def install_command(extra: str, *, prefix: Path | None = None, origin: str | None = None) -> str:
    """Return the shell command that adds an extra to this installation.

    Args:
        extra: one of pyproject's extras.
        prefix: folder of the environment; None for the one that runs.
        origin: where the program was installed from, the JSON of PEP 610; None to look it up.
    """
    prefix = prefix or Path(sys.prefix)
    clone = _text_of(prefix / ".source")
    if clone is not None:
        wanted = {*(_text_of(prefix / ".extras") or "").replace(",", " ").split(), extra} - _ALWAYS
        options = [f"EXTRAS={','.join(sorted(wanted))}"] if wanted else []
        return shlex.join(["make", "-C", clone, "install", *options])
    source, editable = _source(origin if origin is not None else _origin())
    if editable and prefix == Path(source, ".venv"):
        uv = prefix / "bin" / "uv"
        return shlex.join([str(uv), "sync", "--project", source, "--frozen", "--inexact", "--extra", extra])
    target = f"{source}[{','.join(sorted({extra, *(['service'] if _complete('service') else [])}))}]"
    if (prefix / "uv-receipt.toml").is_file():
        return shlex.join(["uv", "tool", "install", "--force", target])
    if (prefix / "pipx_metadata.json").is_file():
        return shlex.join(["pipx", "install", "--force", target])
    return shlex.join([sys.executable, "-m", "pip", "install", *(["--editable"] if editable else []), target])


def _complete(extra: str) -> bool:
    return all(find_spec(module) is not None for module in MODULES[extra])


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return None


def _origin() -> str:
    try:
        return distribution(_PROJECT).read_text("direct_url.json") or "{}"
    except PackageNotFoundError:
        return "{}"


def _source(origin: str) -> tuple[str, bool]:
    """Return what pip can install again (a folder, a wheel or a name), and whether it is an editable clone."""
    try:
        document = json.loads(origin)
        url = str(document.get("url", ""))
        editable = bool(document.get("dir_info", {}).get("editable", False))
    except (ValueError, AttributeError):
        return _PROJECT, False
    if not url.startswith("file:"):
        return _PROJECT, False
    return unquote(urlsplit(url).path), editable
