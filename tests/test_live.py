"""A slow subscriber never delays the publisher, and gets what its patience promises."""

import asyncio

from heliograph.live import Condition, Event, Live, Patience, State, Subscription, Update
from heliograph.model import Identity, Snapshot


def update(name: str, at: float, *codes: str) -> Update:
    snapshot = Snapshot(Identity("122000000001", "D8.3.5169", "800-00555-r03", "192.0.2.1"), at, ())
    condition = Condition(State.ONLINE, 0)
    return Update(name, snapshot, condition, at, events=tuple(Event(code, at, {}) for code in codes))


async def drain(subscription: Subscription) -> list[Update]:
    return [heard async for heard in subscription]


async def test_every_gets_each_update_in_order() -> None:
    live = Live()
    with live.subscribe(Patience.EVERY) as subscription:
        for at in range(5):
            live.publish(update("roof", at))
        live.close()
        assert [heard.at for heard in await drain(subscription)] == [0, 1, 2, 3, 4]


async def test_latest_gets_the_newest_of_each_gateway_with_all_events() -> None:
    live = Live()
    with live.subscribe(Patience.LATEST) as subscription:
        live.publish(update("roof", 1, "away"))
        live.publish(update("shed", 2))
        live.publish(update("roof", 3, "back"))
        live.close()
        heard = await drain(subscription)
    assert [(one.name, one.at) for one in heard] == [("shed", 2), ("roof", 3)]
    assert [event.code for event in heard[1].events] == ["away", "back"]


async def test_a_reader_that_never_comes_costs_a_bounded_backlog() -> None:
    live = Live()
    with live.subscribe(Patience.EVERY, backlog=3) as subscription:
        for at in range(10):
            live.publish(update("roof", at))
        live.close()
        assert [heard.at for heard in await drain(subscription)] == [7, 8, 9]
        assert subscription.dropped == 7


async def test_a_waiting_reader_is_woken() -> None:
    live = Live()
    with live.subscribe(Patience.LATEST) as subscription:
        reader = asyncio.create_task(drain(subscription))
        await asyncio.sleep(0)
        live.publish(update("roof", 1))
        live.close()
        assert [heard.at for heard in await reader] == [1]


async def test_replay_starts_with_what_is_known() -> None:
    live = Live()
    live.publish(update("roof", 1))
    with live.subscribe(Patience.LATEST, replay=True) as subscription:
        live.close()
        assert [heard.at for heard in await drain(subscription)] == [1]


def test_latest_is_a_copy_and_forgets() -> None:
    live = Live()
    live.publish(update("roof", 1))
    known = live.latest
    live.forget("roof")
    assert list(known) == ["roof"]
    assert live.latest == {}
