"""A container's health check follows the port and TLS of the settings."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from heliograph.app import health
from heliograph.emulator.certificate import make_certificate, server_context


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/api/v1/health/live" else 404)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(*, tls: bool) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    if tls:
        context = server_context(make_certificate("solar.example", 1_700_000_000.0))
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def environment(folder: Path, port: int, *, certificate: str = "") -> dict[str, str]:
    return {
        "HELIOGRAPH_DATA": str(folder),
        "HELIOGRAPH_WEB_HOST": "0.0.0.0",  # noqa: S104 - as in a container
        "HELIOGRAPH_WEB_PORT": str(port),
        "HELIOGRAPH_WEB_CERTIFICATE": certificate,
    }


def test_it_asks_at_the_port_of_the_settings(tmp_path: Path) -> None:
    with serving(tls=False) as port:
        assert health.problem(environment(tmp_path, port)) is None


def test_it_asks_by_tls_where_there_is_a_certificate(tmp_path: Path) -> None:
    with serving(tls=True) as port:
        assert health.problem(environment(tmp_path, port, certificate="/data/solar.pem")) is None
        assert health.problem(environment(tmp_path, port)) is not None


def test_a_service_that_is_not_there_is_not_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(tls=False) as port:
        pass
    for name, value in environment(tmp_path, port).items():
        monkeypatch.setenv(name, value)

    assert health.main() == 1
    assert "refused" in capsys.readouterr().err
