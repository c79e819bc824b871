"""The address of a database is shown nowhere with what opens it: settings, health, answers, errors."""

import asyncio
import logging
from pathlib import Path

import pytest

from heliograph.app.keeping import Keeping
from heliograph.errors import UsageError
from heliograph.live import Live
from heliograph.store import Settings
from heliograph.web.problem import ProblemError
from tests.app.test_service import service
from tests.web.front import NOON

PASSWORD = "Xy7Zq"
# Nobody listens on port 1.
ADDRESSES = [
    f"postgresql://me:{PASSWORD}@127.0.0.1:1/h",
    f"postgresql://me:a/{PASSWORD}@127.0.0.1:1/h",
    f"postgresql://me:a?{PASSWORD}@127.0.0.1:1/h",
    f"postgresql://127.0.0.1:1/h?user=me&password={PASSWORD}",
    f"postgresql://127.0.0.1:1/h?user=me&sslpassword={PASSWORD}",
]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_health_and_answers_name_a_database_without_its_password(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    live = Live()
    keeping = Keeping(live, address, Settings(), zone_of=lambda _: None, clock=lambda: NOON)
    with caplog.at_level(logging.DEBUG, "heliograph"):
        task = asyncio.create_task(keeping.run())
        async with asyncio.timeout(60):
            while keeping.health().problem is None:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0)
    problem = keeping.health().problem
    with pytest.raises(ProblemError) as caught:
        keeping.store()
    task.cancel()
    await asyncio.wait([task])
    assert problem is not None
    shown = problem.text("en") + problem.text("fr") + str(caught.value.encoded("en")) + caplog.text
    assert "127.0.0.1:1/h" in problem.text("en")
    assert PASSWORD not in shown


@pytest.mark.parametrize(
    "address", [f"postgresql://me:a@{PASSWORD}@127.0.0.1:1/h", f"postgresql://me:{PASSWORD}", "mysql://h/db"]
)
async def test_what_is_no_database_ends_the_service_with_a_sentence(address: str, tmp_path: Path) -> None:
    one = service(tmp_path, {"HELIOGRAPH_HISTORY_DATABASE": address})
    with pytest.raises(UsageError) as caught:
        await one.run()
    assert caught.value.code == "bad_database"
    assert PASSWORD not in str(caught.value)
