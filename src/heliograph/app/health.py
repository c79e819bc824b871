"""Check whether the service of this machine is alive, as a container's health check: `python -m heliograph.app.health`.

It reads the same settings as the service, so it follows its port and TLS.
"""

import http.client
import os
import ssl
import sys
from collections.abc import Mapping
from typing import Final

from heliograph.app import file
from heliograph.app.settings import Web
from heliograph.errors import HeliographError
from heliograph.gateway.remembered import data_folder

_PATH: Final = "/api/v1/health/live"
_PATIENCE: Final = 4.0
"""Seconds."""
_EVERY_ADDRESS: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is called instead


def connection(web: Web) -> http.client.HTTPConnection:
    """Return a connection to the service with these settings; nothing is sent yet."""
    host = _EVERY_ADDRESS.get(web.host, web.host)
    if not web.certificate:
        return http.client.HTTPConnection(host, web.port, timeout=_PATIENCE)
    # It is this machine, and its certificate is made out to the name that browsers call it by.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, web.port, timeout=_PATIENCE, context=context)


def problem(environment: Mapping[str, str]) -> str | None:
    """Return what is wrong with the service; None where it is alive."""
    try:
        settings = file.load(file.path_of(data_folder(environment), environment), environment).settings
        asked = connection(settings.web)
        try:
            asked.request("GET", _PATH)
            status = asked.getresponse().status
        finally:
            asked.close()
    except (HeliographError, OSError, http.client.HTTPException) as err:
        return str(err) or type(err).__name__
    return None if status == http.client.OK else f"HTTP {status}"


def main() -> int:
    """Return 0 where the service is alive, else 1 and say why."""
    found = problem(os.environ)
    if found is not None:
        sys.stderr.write(f"{found}\n")
    return 0 if found is None else 1


if __name__ == "__main__":
    sys.exit(main())
