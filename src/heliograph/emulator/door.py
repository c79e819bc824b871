"""The control door: a port beside the gateway's through which a running emulator is watched and steered."""

import json
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from heliograph.emulator.faults import all_faults
from heliograph.emulator.server import EmulatedGateway
from heliograph.emulator.service import Service
from heliograph.emulator.wire import Reply, Request

ROOT = "/_emulator"


class ControlDoor:
    """Watches and steers one emulated gateway over HTTP, on the loopback only.

    | request | what it does |
    |---|---|
    | `GET /_emulator` | tells serial, firmware, host, counters, the faults that are on, the clock |
    | `GET /_emulator/faults` | lists every fault with what it does |
    | `POST /_emulator/faults` | `{"on": name}` (with `paths`, `every`, `probability`, `times`, `amount` as in \
      `Faults.on`), `{"off": name}` or `{"clear": true}` |
    | `POST /_emulator/clock` | `{"set": epoch or ISO time}`, `{"advance": seconds}`, `{"rate": number}` |
    | `POST /_emulator/certificate` | makes a new certificate |
    | `POST /_emulator/sessions` | ends every session |
    | `POST /_emulator/counters` | starts counting again |
    | `POST /_emulator/token` | `{"role": …, "lifetime": …}` signs a token |

    Whatever is posted must be called `application/json`, which no page of a browser can do unasked. Use as an async
    context manager.
    """

    def __init__(self, gateway: EmulatedGateway, *, port: int = 0) -> None:
        self._gateway = gateway
        self._service = Service(self._handle, port=port)
        self._posts: dict[str, Callable[[dict[str, Any]], Any]] = {
            "/faults": self._switch,
            "/clock": self._wind,
            "/certificate": lambda _: {"fingerprint": gateway.rotate_certificate().fingerprint},
            "/sessions": lambda _: gateway.forget_sessions(),
            "/counters": lambda _: gateway.counters.reset(),
            "/token": lambda asked: {"token": gateway.token(**asked)},
        }

    async def __aenter__(self) -> Self:
        """Open the door."""
        await self._service.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the door."""
        await self._service.__aexit__(kind, error, trace)

    @property
    def url(self) -> str:
        """Where the door is: `http://127.0.0.1:PORT/_emulator`."""
        return self._service.url + ROOT

    def status(self) -> dict[str, Any]:
        """Return how the gateway is."""
        gateway = self._gateway
        return {
            "serial": gateway.source.serial,
            "firmware": gateway.source.firmware,
            "host": gateway.host,
            "clock": {"now": gateway.clock.now(), "rate": gateway.clock.rate},
            "faults": gateway.faults.active(),
            "counters": gateway.counters.as_dict(),
        }

    def _handle(self, request: Request) -> Reply:
        path = request.path.removeprefix(ROOT).rstrip("/")
        if not request.path.startswith(ROOT):
            return _reply(404, {"error": f"the door is at {ROOT}"})
        if request.method == "GET" and path in {"", "/faults"}:
            return _reply(200, all_faults() if path else self.status())
        work = self._posts.get(path)
        if request.method != "POST" or work is None:
            return _reply(404, {"error": f"{request.method} {request.path} does nothing here"})
        if not request.headers.get("content-type", "").startswith("application/json"):
            return _reply(415, {"error": "send application/json"})
        try:
            asked = json.loads(request.body or b"{}")
            done = work(asked)
        except (ValueError, TypeError, AttributeError, KeyError) as err:
            return _reply(400, {"error": str(err)})
        return _reply(200, self.status() if done is None else done)

    def _switch(self, asked: dict[str, Any]) -> None:
        faults = self._gateway.faults
        if asked.pop("clear", False):
            faults.clear()
        if off := asked.pop("off", None):
            faults.off(off)
        if on := asked.pop("on", None):
            faults.on(on, **asked)

    def _wind(self, asked: dict[str, Any]) -> None:
        clock = self._gateway.clock
        if (to := asked.get("set")) is not None:
            clock.set(datetime.fromisoformat(to).timestamp() if isinstance(to, str) else float(to))
        if (by := asked.get("advance")) is not None:
            clock.advance(float(by))
        if (rate := asked.get("rate")) is not None:
            clock.run(float(rate))


def _reply(status: int, content: Any) -> Reply:
    body = json.dumps(content, indent=2).encode() + b"\n"
    return Reply(status, body, headers=[("Content-Type", "application/json")])
