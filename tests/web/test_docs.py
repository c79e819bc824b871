"""The documentation is whole, and needs nothing from elsewhere."""

import re
from typing import Any

import httpx
import pytest

from heliograph.app.settings import TABLE
from tests import manual
from tests.web.front import operations


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_route_is_on_the_page(client: httpx.AsyncClient, language: str) -> None:
    page = (await client.get("/api/docs", headers={"Accept-Language": language})).text
    for operation in operations():
        method, _, path = operation.partition(" ")
        assert f"{method}</b> <code>{path}</code>" in page, operation
    assert re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", page) == []
    problems = (await client.get("/api/docs/problems", headers={"Accept-Language": language})).text
    assert 'id="login_needed"' in problems


async def test_every_route_is_told_well(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/docs/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            assert operation["tags"], (method, path)
    assert any("examples" in field for field in document["components"]["schemas"]["Reading"]["properties"].values())


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return manual.described()


@pytest.mark.parametrize("name", manual.PAGES, ids="-".join)
def test_the_manual_tells_what_there_is(name: tuple[str, str], document: dict[str, Any]) -> None:
    text = manual.PAGES[name].read_text("utf-8")
    assert manual.with_tables(text, name[1], lambda: document) == text, "python -m tests.manual writes it anew"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_route_and_every_setting_is_in_the_manual(language: str) -> None:
    api = manual.PAGES["api", language].read_text("utf-8")
    assert [one for one in operations() if f"`{one.replace('/api/v1', '')}`" not in api] == []
    service = manual.PAGES["service", language].read_text("utf-8")
    assert [key for key in TABLE if f"`{key}`" not in service] == []
