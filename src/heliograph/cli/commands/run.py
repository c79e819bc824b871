"""`heliograph run`: the service, until it is told to stop."""

from collections.abc import Mapping
from pathlib import Path

from heliograph.app import file, logs
from heliograph.app.service import Service
from heliograph.app.words import say
from heliograph.cli.desk import Desk
from heliograph.gateway.remembered import VARIABLE, data_folder


def environment(desk: Desk, *, data: str | None, config: str | None) -> Mapping[str, str]:
    """Give the environment with what the command line adds to it."""
    given = {VARIABLE: data, file.FILE_VARIABLE: config}
    return {**desk.environ, **{name: value for name, value in given.items() if value}}


async def run(desk: Desk, *, data: str | None, config: str | None) -> None:
    """Read all gateways, keep their history, serve page and API."""
    environ = environment(desk, data=data, config=config)
    folder = data_folder(environ)
    path = file.path_of(folder, environ)
    if not path.exists():
        file.write(path, file.template(desk.language))
    await serve(desk, Service(file.load(path, environ), folder, environment=environ))


async def serve(desk: Desk, service: Service) -> None:
    """Start a service, say where it is, and wait for its end."""
    logs.set_up(service.effective.settings.log, service.environment)
    for problem in service.effective.problems:
        desk.warn(problem.text(desk.language))
    service.prepare()
    service.stop_on_signals()
    announce(desk, service)
    await service.run()
    desk.note(say("run.stopped", desk.language))


def announce(desk: Desk, service: Service) -> None:
    """Say where the service is."""
    desk.print(say("run.listening", desk.language, version=service.house.version, url=service.url))
    desk.print(say("run.data", desk.language, path=Path(service.folder)))
    if service.claim_code is not None:
        desk.print(say("run.claim", desk.language, code=service.claim_code))
    desk.out.file.flush()
