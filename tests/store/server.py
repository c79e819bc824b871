"""A PostgreSQL of the tests' own: in a temporary folder, on a socket there, gone at the end."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STARTS = 30.0


def programs() -> Path | None:
    """Give the folder with PostgreSQL's programs; None where there are none."""
    found = shutil.which("initdb")
    if found is not None and shutil.which("postgres") is not None:
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


def _user() -> str | None:
    """Give whom to run as: it refuses to be root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run a server; give its URL without the name of a database."""
    where = Path(tempfile.mkdtemp(prefix="pg"))
    user = _user()
    if user is not None:
        os.chown(where, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    data = where / "data"
    common = {"user": user, "cwd": str(where)} if user is not None else {"cwd": str(where)}
    make = [str(folder / "initdb"), "-D", str(data), "-U", "heliograph", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*make, "--locale=C"], check=True, capture_output=True, **common)  # type: ignore[call-overload]  # noqa: S603 - found above
    settings = {"listen_addresses": "", "unix_socket_directories": str(where), "fsync": "off"}
    start = [str(folder / "postgres"), "-D", str(data), *(f"-c{key}={value}" for key, value in settings.items())]
    with (where / "log").open("wb") as log:
        server = subprocess.Popen(start, stdout=log, stderr=log, **common)  # type: ignore[call-overload]  # noqa: S603 - found above
    try:
        _wait(server, where)
        yield f"postgresql+psycopg://heliograph@/{{}}?host={where}"
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait()
        shutil.rmtree(where, ignore_errors=True)


def _wait(server: "subprocess.Popen[bytes]", where: Path) -> None:
    ends = time.monotonic() + _STARTS
    while "ready to accept connections" not in (where / "log").read_text(errors="replace"):
        assert server.poll() is None, (where / "log").read_text(errors="replace")
        assert time.monotonic() < ends, "PostgreSQL does not start"
        time.sleep(0.02)
