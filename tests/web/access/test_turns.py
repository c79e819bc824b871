import asyncio

import pytest

from heliograph.web.access.turns import Turns
from heliograph.web.problem import ProblemError


async def test_one_caller_waits_for_itself_and_for_nobody_else() -> None:
    turns, order, gate = Turns(), list[str](), asyncio.Event()

    async def ask(caller: str, name: str) -> None:
        async with turns.turn(caller):
            order.append(f"{name} begins")
            if caller == "192.0.2.1":
                await gate.wait()
            order.append(f"{name} ends")

    tasks = [asyncio.create_task(ask("192.0.2.1", name)) for name in ("first", "second")]
    await asyncio.sleep(0)
    await ask("192.0.2.2", "other")
    assert order == ["first begins", "other begins", "other ends"]
    gate.set()
    await asyncio.gather(*tasks)
    assert order[3:] == ["first ends", "second begins", "second ends"]
    assert not turns._queues


async def test_a_queue_has_an_end() -> None:
    turns = Turns(2)
    async with turns.turn("192.0.2.1"):
        waiting = asyncio.create_task(turns.turn("192.0.2.1").__aenter__())
        await asyncio.sleep(0)
        with pytest.raises(ProblemError) as caught:
            await turns.turn("192.0.2.1").__aenter__()
        assert (caught.value.status, caught.value.code) == (429, "too_many_questions")
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with turns.turn("192.0.2.1"):
        assert turns._queues["192.0.2.1"].length == 1
