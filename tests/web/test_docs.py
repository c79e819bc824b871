"""The documentation is whole, and needs nothing from elsewhere."""

import re
from pathlib import Path

import httpx
import pytest

from tests.web.front import operations

ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize("name", ["docs/api.md", "docs/api.fr.md"])
def test_every_route_is_in_the_manual(name: str) -> None:
    manual = (ROOT / name).read_text("utf-8")
    missing = [
        operation
        for operation in operations()
        if f"`{operation.replace('/api/v1', '').replace('{id}', '{id}')}`" not in manual
    ]
    assert missing == []
