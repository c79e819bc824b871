"""`heliograph demo`: the service beside a site that does not exist."""

import socket
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from heliograph.app import demo, file
from heliograph.app.__main__ import serve
from heliograph.app.service import Service
from heliograph.app.words import say
from heliograph.cli.commands.run import environment
from heliograph.cli.desk import Desk
from heliograph.cli.stop import until_stopped
from heliograph.emulator.families import FAMILIES


def is_free(port: int) -> bool:
    """Return whether nobody listens on a port of this machine."""
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) != 0


async def run(desk: Desk, *, data: str | None, port: str | None, family: str | None) -> None:
    """Serve an emulated site with a month of history."""
    if family is not None and family not in FAMILIES:
        raise desk.misuse("usage.unknown_family", given=family, known=", ".join(FAMILIES))
    await until_stopped(_serve(desk, data=data, port=port, family=family))


async def _serve(desk: Desk, *, data: str | None, port: str | None, family: str | None) -> None:
    with ExitStack() as stack:
        folder = Path(data or stack.enter_context(TemporaryDirectory(prefix="heliograph-demo-")))
        environ = dict(environment(desk, data=str(folder), config=None))
        if port is not None:
            environ["HELIOGRAPH_WEB_PORT"] = port
        elif not environ.get("HELIOGRAPH_WEB_PORT") and not is_free(8420):
            environ["HELIOGRAPH_WEB_PORT"] = "0"
        async with demo.emulated(folder, say("demo.site", desk.language), family) as site:
            desk.print(say("demo.ready", desk.language, inverters=site.inverters))
            desk.out.file.flush()
            service = Service(
                file.load(folder / file.NAME, environ),
                folder,
                environment=environ,
                prepare_history=site.make_history,
                books=site.books if site.fresh else None,
                demo=True,
            )
            await serve(service, desk.language)
