"""The service as a process that holds nothing else: `python -m heliograph.app`, begun by `heliograph run`."""

import asyncio
import contextlib
import gc
import os
import sys
from collections.abc import Mapping
from typing import Final

from heliograph.app import file, logs
from heliograph.app.machine import language_of
from heliograph.app.service import Service
from heliograph.app.words import say
from heliograph.errors import HeliographError, InUseError
from heliograph.gateway.remembered import data_folder

UNUSABLE: Final = 2
IN_USE: Final = 9
"""Another Heliograph holds the data folder or the history; as docs/cli.md lists it."""


async def serve(service: Service, language: str) -> None:
    """Start a service, say where it is, and wait for its end.

    Raises:
        HeliographError: port, certificate or what opens the service cannot be used.
    """
    logs.set_up(service.effective.settings.log, service.environment)
    for problem in service.effective.problems:
        _tell(problem.text(language), error=True)
    service.prepare()
    # What was loaded by now stays for good: looking through it for garbage again and again would make answers wait.
    gc.collect()
    gc.freeze()
    service.stop_on_signals()
    for line in announcement(service, language):
        _tell(line)
    await service.run()
    with contextlib.suppress(OSError):  # the terminal may be closed: that is why it stopped
        _tell(say("run.stopped", language), error=True)


def announcement(service: Service, language: str) -> list[str]:
    """Return where the service is, and how to claim it."""
    lines = [say("run.listening", language, version=service.house.version, url=service.url)]
    if service.network_url is not None:
        lines.append(say("run.network", language, url=service.network_url))
    lines.append(say("run.data", language, path=service.folder))
    code = service.claim_code
    return lines if code is None else [*lines, say("run.claim", language, code=code)]


def made(environment: Mapping[str, str], language: str) -> Service:
    """Make a service of the settings file, which is written with explanations if there is none.

    Raises:
        HeliographError: the settings cannot be used.
    """
    folder = data_folder(environment)
    path = file.path_of(folder, environment)
    if not path.exists():
        file.write(path, file.template(language))
    return Service(file.load(path, environment), folder, environment=environment)


def _tell(text: str, *, error: bool = False) -> None:
    print(text, file=sys.stderr if error else sys.stdout, flush=True)


def main() -> int:
    """Run the service; give its exit code."""
    language = language_of(sys.argv[1] if len(sys.argv) > 1 else "auto", os.environ)
    # Whoever's house it is may read what is written here, and nobody else.
    os.umask(0o077)
    try:
        asyncio.run(serve(made(os.environ, language), language))
    except HeliographError as err:
        _tell(f"heliograph: {err.text(language)}", error=True)
        return IN_USE if isinstance(err, InUseError) else UNUSABLE
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    # Everything is closed and written; taking a large house down object by object would only keep a supervisor waiting.
    os._exit(code)
