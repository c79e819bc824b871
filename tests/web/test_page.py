"""The page is served from its folder and nowhere else."""

from pathlib import Path
from typing import Any

import pytest

from heliograph.web.page import Page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html><title>Heliograph</title>")
    (page / "assets" / "main-abc.js").write_text("let x = 1;\n" * 200)
    (page / "icon.png").write_bytes(b"\x89PNG" * 600)
    (tmp_path / "secret.txt").write_text("secret")
    return page


async def ask(folder: Path, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await Page(lambda: "en", folder)({"type": "http", "method": method, "path": path, "headers": given}, receive, send)
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}, sent[1]["body"]


@pytest.mark.parametrize("path", ["/", "/index.html", "/panels", "/panels/482200001234", "/history/day"])
async def test_every_place_of_the_page_is_the_page(folder: Path, path: str) -> None:
    status, headers, body = await ask(folder, path)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert headers["cache-control"] == "no-cache"
    assert b"<title>Heliograph" in body


async def test_what_carries_its_content_in_its_name_is_kept_for_ever(folder: Path) -> None:
    status, headers, body = await ask(folder, "/assets/main-abc.js", accept_encoding="gzip, br")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert "immutable" in headers["cache-control"]
    assert len(body) < 200
    plain = await ask(folder, "/assets/main-abc.js")
    assert "content-encoding" not in plain[1]
    assert plain[1]["content-type"].startswith("text/javascript")
    again = await ask(folder, "/assets/main-abc.js", if_none_match=headers["etag"])
    assert (again[0], again[2]) == (304, b"")


async def test_pictures_are_not_packed(folder: Path) -> None:
    _, headers, _ = await ask(folder, "/icon.png", accept_encoding="gzip")
    assert "content-encoding" not in headers
    assert headers["content-type"] == "image/png"


@pytest.mark.parametrize("path", ["/nothing.js", "/../secret.txt", "//etc/passwd.txt", "/a\0b.js", f"/{'x' * 5000}.js"])
async def test_nothing_else_is_there(folder: Path, path: str) -> None:
    status, _, body = await ask(folder, path)
    assert (status, body) == (404, b"")


async def test_links_lead_nowhere_else(folder: Path) -> None:
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    assert (await ask(folder, "/link.txt"))[0] == 404


async def test_only_reading(folder: Path) -> None:
    assert (await ask(folder, "/", "POST"))[0] == 405
    assert (await ask(folder, "/", "HEAD"))[2] == b""


@pytest.mark.parametrize(("language", "word"), [("fr", "construite"), ("en", "built")])
async def test_a_page_that_was_not_built_says_so(tmp_path: Path, language: str, word: str) -> None:
    status, headers, body = await ask(tmp_path, "/", accept_language=language)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert word in body.decode()
    assert "http" not in body.decode().replace("/api/docs", "")


async def test_a_page_that_is_being_built_is_asked_for_again_until_it_is_there(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.mkdir()
    (tmp_path / "page.building").touch()
    status, headers, body = await ask(page, "/", accept_language="en")
    assert (status, headers["refresh"]) == (200, "3")
    assert "being built" in body.decode()
    (page / "index.html").write_text("<p>the page")
    status, headers, body = await ask(page, "/", accept_language="en")
    assert (status, "refresh" in headers, body) == (200, False, b"<p>the page")
