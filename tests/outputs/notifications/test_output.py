"""Messages arrive once at every address; one that fails is tried again, and no secret is told."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from heliograph.app.outputs import problem_cases
from heliograph.extras import missing
from heliograph.live import Live
from heliograph.model import Subject
from heliograph.outputs.base import PeerError
from heliograph.outputs.notifications import Notifications, Watch, told, try_out
from heliograph.outputs.notifications.post import UndeliveredError, post
from heliograph.outputs.notifications.rules import SERVICE, Case
from heliograph.outputs.notifications.text import Told, document
from heliograph.store import StoreError
from heliograph.web.house import DAMAGED, Health
from tests.outputs.samples import AT, GATEWAY, SERIAL, changed, full, update

ZONE = ZoneInfo("Europe/Paris")
SAID = Told("title", "text")


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


class Boxes:
    """Addresses that take messages, or do not."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.broken: set[str] = set()

    async def __call__(self, address: str, said: Told, document: Mapping[str, object]) -> None:
        if address in self.broken:
            raise PeerError("broken")
        self.taken.append((address, said.text))


def firmware(version: str, at: float = AT) -> Any:
    return update([full(Subject.SYSTEM, SERIAL)], at=at, gateway=replace(GATEWAY, firmware=version))


def make(boxes: Boxes, **named: Any) -> Notifications:
    return Notifications(("a", "b"), language="en", zone=ZONE, send=boxes, sleep=at_once, **named)


@asynccontextmanager
async def running(output: Notifications, live: Live) -> AsyncIterator[None]:
    task = asyncio.create_task(output.run(live))
    try:
        yield
    finally:
        live.close()
        await task


async def settle(output: Notifications, count: int) -> None:
    async with asyncio.timeout(90):
        while output.status().delivered + output.status().failures < count:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)


async def test_each_address_gets_each_message_once_even_if_the_other_fails() -> None:
    live, boxes = Live(), Boxes()
    output = make(boxes)
    async with running(output, live):
        live.publish(firmware("D1"))
        await settle(output, 1)
        boxes.broken = {"a"}
        live.publish(firmware("D2"))
        await settle(output, 2)
        assert [address for address, _ in boxes.taken] == ["b"]
        assert not output.status().ok
        boxes.broken = set()
        live.publish(firmware("D2", AT + 60))
        await settle(output, 3)
    assert [address for address, _ in boxes.taken] == ["b", "a"]
    assert output.status().ok


@pytest.mark.parametrize(("zone", "when"), [(None, "18 Jun 12:00"), ("America/Martinique", "18 Jun 06:00")])
async def test_times_are_those_of_the_gateway(zone: str | None, when: str) -> None:
    live, boxes = Live(), Boxes()
    output = make(boxes)
    async with running(output, live):
        for number, version in enumerate(("D1", "D2"), 1):
            live.publish(replace(firmware(version), zone=zone))
            await settle(output, number)
    assert boxes.taken[0][1].startswith(f"{when}: ")


async def test_a_restart_tells_nothing_twice(tmp_path: Path) -> None:
    boxes, diary = Boxes(), tmp_path / "notifications.json"
    expiring = update([changed(full(Subject.FIRMWARE, SERIAL), token_expiry=AT + 5 * 86_400)])
    for _ in range(2):
        live = Live()
        output = make(boxes, diary=diary)
        live.publish(expiring)
        async with running(output, live):
            await settle(output, 1)
    assert len(boxes.taken) == 2
    diary.write_text("damaged")
    live = Live()
    live.publish(expiring)
    output = make(boxes, diary=diary)
    async with running(output, live):
        await settle(output, 1)
    assert len(boxes.taken) == 4


async def test_a_problem_of_the_service_is_told_once_and_its_end_once(tmp_path: Path) -> None:
    boxes, diary = Boxes(), tmp_path / "notifications.json"
    files: list[str] = []

    def problems(language: str) -> list[Case]:
        if not files:
            return []
        problem = StoreError("history_damaged", files=", ".join(files), folder="/data")
        return problem_cases([Health("web", ok=True), Health(DAMAGED, ok=False, problem=problem)], language)

    async def minutes(first: int, last: int) -> list[str]:
        live, output, before = Live(), make(boxes, diary=diary, problems=problems), len(boxes.taken)
        async with running(output, live):
            for number, minute in enumerate(range(first, last), 1):
                live.publish(update([full(Subject.SYSTEM, SERIAL)], at=AT + 60 * minute))
                await settle(output, number)
        return [said for address, said in boxes.taken[before:] if address == "a"]

    assert await minutes(0, 3) == []
    files.append("history.db.damaged-1")
    assert await minutes(3, 8) == []
    (begun,) = await minutes(8, 20)
    assert "was damaged; it was set aside as history.db.damaged-1 in /data" in begun
    assert "sqlite3 FILE .recover" in begun
    # After a restart it is not told again; a second damaged file is.
    assert await minutes(20, 30) == []
    files.append("history.db.damaged-2")
    (more,) = await minutes(30, 40)
    assert "history.db.damaged-1, history.db.damaged-2" in more
    files.clear()
    (over,) = await minutes(40, 50)
    assert "No longer the case: The history file was damaged" in over
    assert await minutes(50, 60) == []


def test_a_problem_of_the_service_names_no_gateway_and_can_be_silenced() -> None:
    case = Case("history", details={"problem": "The disk is full."})
    assert [Watch(ZONE, (SERVICE.code,)).see_service([case], AT + 60 * minute) for minute in range(20)] == [[]] * 20
    watch = Watch(ZONE)
    (message,) = [one for minute in range(20) for one in watch.see_service([case], AT + 60 * minute)]
    assert message.at == AT + SERVICE.lasting
    said = told(message, "fr", ZONE)
    assert said.title == "Heliograph : problème du service"
    assert said.text.endswith(" : The disk is full.")
    sent = document(message, said)
    assert (sent["rule"], sent["state"], "gateway" in sent) == ("service_problem", "begun", False)


async def test_a_test_message_goes_to_every_address_and_says_what_fails() -> None:
    taken = []

    async def send(address: str, said: Told, document: Mapping[str, object]) -> None:
        if address.startswith("ntfy"):
            raise UndeliveredError("not_taken", kind="ntfy")
        if address.startswith("tgram"):
            raise TimeoutError
        if address.startswith("mailto"):
            raise missing("notifications")
        taken.append((said.text, document["rule"]))

    addresses = ("https://x/s3cret", "ntfy://s3cret", "tgram://s3cret", "mailto://me:s3cret@x", "s3cret:word")
    trials = await try_out(addresses, "fr", send=send)
    assert [(trial.kind, trial.error is None) for trial in trials] == [
        ("https", True),
        ("ntfy", False),
        ("tgram", False),
        ("mailto", False),
        ("?", True),
    ]
    said = [trial.error.text("fr") for trial in trials if trial.error is not None]
    assert said[0] == "ntfy a refusé le message"
    assert "s3cret" not in repr(trials) + "".join(said)
    assert taken == [("Les messages d’Heliograph arrivent ici.", "test")] * 2


@asynccontextmanager
async def hook(status: int) -> AsyncIterator[tuple[str, list[Any]]]:
    heard = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(await request.json())
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/hook?key=s3cret", heard
    finally:
        await runner.cleanup()


async def test_a_web_hook_is_sent_json() -> None:
    async with hook(204) as (address, heard):
        await post(address, SAID, {"rule": "test", "text": "é"})
    assert heard == [{"rule": "test", "text": "é"}]


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_a_web_hook_that_refuses_has_failed(status: int) -> None:
    async with hook(status) as (address, _):
        with pytest.raises(PeerError, match=str(status)) as caught:
            await post(address, SAID, {})
    assert "s3cret" not in str(caught.value)


async def test_a_web_hook_that_is_not_there_has_failed_and_tells_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(PeerError) as caught:
        await post("http://127.0.0.1:9/hook?key=s3cret", SAID, {})
    assert "s3cret" not in str(caught.value) + caplog.text


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # one of apprise's own imports
async def test_apprise_takes_the_message_to_a_service_it_knows() -> None:
    async with hook(200) as (address, heard):
        await post(address.replace("http://", "json://"), SAID, {})
    assert heard[0]["title"] == "title"
    assert heard[0]["message"] == "text"


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # one of apprise's own imports
async def test_apprise_that_fails_or_does_not_understand_has_failed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with hook(500) as (address, _):
        with pytest.raises(PeerError, match="json"):
            await post(address.replace("http://", "json://"), SAID, {})
    with pytest.raises(PeerError, match="not recognised") as caught:
        await post("nosuch://user:s3cret@host", SAID, {})
    with pytest.raises(PeerError, match="not recognised") as nothing:
        await post("s3cret:word", SAID, {})
    assert "s3cret" not in str(caught.value) + str(nothing.value) + caplog.text
