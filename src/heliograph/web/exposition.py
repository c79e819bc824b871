"""The page for Prometheus, behind the same gate as everything else."""

import asyncio
from urllib.parse import parse_qs

from heliograph.errors import HeliographError
from heliograph.model.text import visible
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
        subjects = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True).get("subject", [])
        unknown = [subject for subject in subjects if subject not in self._exposition.subjects]
        if scope["method"] not in {"GET", "HEAD"}:
            status = 405
        elif unknown:
            known = ", ".join(self._exposition.subjects)
            status, kind = 400, "text/plain; charset=utf-8"
            body = f"There is no subject {visible(unknown[0][:40])}. There are: {known}\n".encode()
        else:
            try:
                body = await asyncio.to_thread(self._exposition.render, subjects)
            except HeliographError as err:
                status, kind, body = 501, "text/plain; charset=utf-8", str(err).encode()
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
