"""Serves the page: its files as they were built, and for every other address the page itself."""

import gzip
import hashlib
import mimetypes
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from heliograph.web.access.gate import Receive, Scope, Send
from heliograph.web.language import preferred
from heliograph.web.words import say

FOLDER: Final = Path(str(files("heliograph.web"))) / "page"
INDEX: Final = "index.html"
BUILDING: Final = ".building"
"""Ending of the file that is beside the page's folder while scripts/page.sh builds it."""
FOREVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
_HASHED: Final = ("assets/", "_app/immutable/")
"""Where builders put files whose names change with their content."""
_TEXTS: Final = ("text/", "application/javascript", "application/json", "application/manifest+json", "image/svg+xml")
_SMALL: Final = 1024
_LARGEST: Final = 8 * 2**20

mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One file of the page, ready to be sent."""

    body: bytes
    packed: bytes | None
    kind: str
    tag: str
    cache: str


class Page:
    """An application that answers with the page."""

    def __init__(self, language: Callable[[], str], folder: Path = FOLDER) -> None:
        """Take the folder it was built into."""
        self._language = language
        self._folder = folder.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the signature of ASGI
        """Answer a request."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["method"] not in {"GET", "HEAD"}:
            await _send(send, 405, b"", [("allow", "GET, HEAD")])
            return
        leaf = self._leaf(scope["path"])
        if leaf is None:
            await self._without(scope, headers, send)
            return
        answer = [
            ("content-type", leaf.kind),
            ("etag", leaf.tag),
            ("cache-control", leaf.cache),
            ("vary", "Accept-Encoding"),
        ]
        if headers.get("if-none-match") == leaf.tag:
            await _send(send, 304, b"", answer)
            return
        body = leaf.body
        if leaf.packed is not None and "gzip" in headers.get("accept-encoding", ""):
            body = leaf.packed
            answer.append(("content-encoding", "gzip"))
        await _send(send, 200, body, answer, head=scope["method"] == "HEAD")

    def _leaf(self, path: str) -> Leaf | None:
        """Find a file; every address that is none belongs to the page, which finds its own way."""
        name = path.lstrip("/") or INDEX
        found = self._inside(name)
        if found is None and "." not in name.rpartition("/")[2]:
            found = self._inside(INDEX)
        return (
            None
            if found is None
            else _read(found, found.relative_to(self._folder).as_posix(), found.stat().st_mtime_ns)
        )

    def _inside(self, name: str) -> Path | None:
        """Return a file of the folder, and of nowhere else."""
        if "\0" in name or len(name) > 400:
            return None
        try:
            found = (self._folder / name).resolve()
            inside = found.is_relative_to(self._folder) and found.is_file() and found.stat().st_size <= _LARGEST
        except (OSError, ValueError):
            return None
        return found if inside and found.suffix != ".py" else None

    async def _without(self, scope: Scope, headers: MutableMapping[str, str], send: Send) -> None:
        language = preferred(headers.get("accept-language"), self._language())
        built = (self._folder / INDEX).is_file()
        if built or "." in scope["path"].rpartition("/")[2]:
            await _send(send, 404, b"", [("cache-control", ASK_AGAIN)])
            return
        building = self._folder.with_suffix(BUILDING).is_file()
        text = _PLACEHOLDER.format(language=language, title="Heliograph", **_words(language, building=building))
        headers_ = [("content-type", "text/html; charset=utf-8"), ("cache-control", ASK_AGAIN)]
        headers_ += [("refresh", "3")] if building else []
        await _send(send, 200, text.encode(), headers_, head=scope["method"] == "HEAD")


def _words(language: str, *, building: bool) -> dict[str, str]:
    what, how = ("building", "wait") if building else ("unbuilt", "how")
    return {name: say(f"page.{key}", language) for name, key in (("what", what), ("how", how), ("api", "api"))}


@lru_cache(maxsize=256)
def _read(path: Path, name: str, _changed: int) -> Leaf:
    body = path.read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = None
    if kind.startswith(_TEXTS) and len(body) > _SMALL:
        packed = gzip.compress(body, 6, mtime=0)
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    cache = FOREVER if name.startswith(_HASHED) else ASK_AGAIN
    return Leaf(body, packed, kind, f'"{hashlib.sha256(body).hexdigest()[:20]}"', cache)


async def _send(send: Send, status: int, body: bytes, headers: list[tuple[str, str]], *, head: bool = False) -> None:
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    if status != 304:
        pairs.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": b"" if head else body})


_PLACEHOLDER: Final = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem;color:#222;\
background:#fafaf7}}@media(prefers-color-scheme:dark){{body{{color:#ddd;background:#161616}}a{{color:#9cf}}}}\
code{{background:#8882;padding:.1em .3em;border-radius:.2em}}</style></head>
<body><h1>{title}</h1><p>{what}</p><p>{how}</p><p><a href="/api/docs">{api}</a></p></body>
</html>
"""
