"""The page for Prometheus, behind the same gate as everything else."""

import asyncio

from heliograph.errors import HeliographError
from heliograph.web.access.gate import Receive, Scope, Send
from heliograph.web.house import Exposition


class Metrics:
    """Answers Prometheus."""

    def __init__(self, exposition: Exposition) -> None:
        """Take who renders."""
        self._exposition = exposition

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Answer a request."""
        status, kind, body = 200, self._exposition.content_type, b""
        if scope["method"] not in {"GET", "HEAD"}:
            status = 405
        else:
            try:
                body = await asyncio.to_thread(self._exposition.render)
            except HeliographError as err:
                status, kind, body = 501, "text/plain; charset=utf-8", str(err).encode()
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
