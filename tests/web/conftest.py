from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.web.front import Front, front


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Front]:
    async with front(tmp_path) as one:
        yield one


@pytest.fixture
async def client(house: Front) -> AsyncIterator[httpx.AsyncClient]:
    async with house.caller() as one:
        yield one
