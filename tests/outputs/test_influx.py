"""Line protocol: one line an equipment, every number a float, kept while the database is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from heliograph.live import Live, State, Update
from heliograph.model import Subject
from heliograph.outputs import influx
from heliograph.outputs.influx import Influx, Options, line
from tests.outputs.samples import AT, NAME, SERIAL, aged, changed, empty, everything, full, update


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


class Database:
    """Something that takes lines, or refuses them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tokens: set[str | None] = set()
        self.status = 204
        self.url = ""

    async def write(self, request: web.Request) -> web.Response:
        self.tokens.add(request.headers.get("Authorization"))
        if self.status == 204:
            self.lines += (await request.text()).splitlines()
        return web.Response(status=self.status)


@asynccontextmanager
async def database() -> AsyncIterator[Database]:
    one = Database()
    app = web.Application()
    app.router.add_post("/api/v2/write", one.write)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v2/write?bucket=solar&precision=s"
    try:
        yield one
    finally:
        await runner.cleanup()


async def fed(output: Influx, *updates: Update) -> None:
    live, status = Live(), output.status()
    task = asyncio.create_task(output.run(live))
    for count, one in enumerate(updates, status.delivered + status.failures + 1):
        live.publish(one)
        async with asyncio.timeout(90):
            while status.delivered + status.failures < count:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0)
    live.close()
    await task


def test_a_line_says_whose_it_is_and_every_number_is_a_float() -> None:
    item = changed(full(Subject.INVERTER, "48 22"), status='a "quoted", text')
    made = line(update([item], name="my roof, south"), item)
    assert made is not None
    at, text = made
    assert at == AT
    assert text.startswith(rf"inverter,gateway=my\ roof\,\ south,serial={SERIAL},id=48\ 22,phase=L1 provisioned=true,")
    assert ",power=1234.6," in text
    assert ",energy_lifetime=12345.0," in text
    assert r'status="a \"quoted\", text"' in text
    assert text.endswith(f" {int(AT)}")


def test_the_line_of_the_system_has_the_time_zone_where_it_is_known() -> None:
    system, panel = full(Subject.SYSTEM, SERIAL), full(Subject.INVERTER, "1")
    lines = [line(replace(update([]), zone=zone), item) for zone in ("Europe/Lisbon", None) for item in (system, panel)]
    assert [made is not None and ',zone="Europe/Lisbon" ' in made[1] for made in lines] == [True, False, False, False]


def test_every_metric_is_said() -> None:
    for item in everything():
        made = line(update([item]), item)
        assert made is not None
        fields = made[1]
        assert all(f"{key}=" in fields for key in item.values)


def test_absent_old_and_retired_are_not_said() -> None:
    assert line(update([]), empty(Subject.INVERTER, "1")) is None
    assert line(update([]), replace(full(Subject.INVERTER, "1"), retired=True)) is None
    made = line(update([]), aged(full(Subject.INVERTER, "1")))
    assert made is not None
    assert "power=" not in made[1].replace("max_power=", "")


async def test_lines_go_to_a_database_once_each() -> None:
    async with database() as one:
        output = Influx(Options(one.url, "s3cret"), sleep=at_once)
        await fed(output, update(everything()), update(everything()), update(everything(AT + 60), at=AT + 60))
    assert len(one.lines) == 2 * len(everything())
    assert one.tokens == {"Token s3cret"}
    assert "s3cret" not in repr(Options(one.url, "s3cret"))


async def test_what_a_database_did_not_take_is_kept_for_it_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(influx, "BACKLOG", 3)
    async with database() as one:
        one.status = 503
        output = Influx(Options(one.url), sleep=at_once)
        await fed(output, *(update([full(Subject.SYSTEM, SERIAL, AT + step)], at=AT + step) for step in range(5)))
        assert output.status().problem == "the database answered HTTP 503"
        one.status = 204
        await fed(output, update([], at=AT + 9, state=State.AWAY), update([], at=AT + 9))
    assert [int(text.rsplit(" ", 1)[1]) - int(AT) for text in one.lines] == [2, 3, 4]
    assert output.status().details == {"lost": 2}


async def test_every_reading_is_kept_while_a_database_is_away() -> None:
    live, asleep, wake = Live(), asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        await wake.wait()

    async with database() as one:
        one.status = 503
        output = Influx(Options(one.url), sleep=sleep)
        task = asyncio.create_task(output.run(live))
        live.publish(update([full(Subject.SYSTEM, SERIAL)]))
        await asleep.wait()
        for step in range(1, 5):
            live.publish(update([full(Subject.SYSTEM, SERIAL, AT + step)], at=AT + step))
            await asyncio.sleep(0)
        one.status = 204
        wake.set()
        live.close()
        await task
    assert [int(text.rsplit(" ", 1)[1]) - int(AT) for text in one.lines] == [0, 1, 2, 3, 4]


async def test_what_a_database_will_never_take_does_not_keep_it_from_the_rest() -> None:
    async with database() as one:
        one.status = 400
        output = Influx(Options(one.url), sleep=at_once)
        await fed(output, update([full(Subject.SYSTEM, SERIAL)]))
        one.status = 204
        await fed(output, update([full(Subject.SYSTEM, SERIAL, AT + 60)], at=AT + 60))
    assert [int(text.rsplit(" ", 1)[1]) - int(AT) for text in one.lines] == [60]
    assert output.status().details == {"lost": 1}


async def test_a_database_that_is_not_there_is_no_secret_in_the_log() -> None:
    output = Influx(Options("http://user:s3cret@127.0.0.1:9/write"), sleep=at_once)
    await fed(output, update(everything()))
    assert "s3cret" not in output.status().problem
    assert not output.status().ok


async def test_lines_go_to_a_file(tmp_path: Path) -> None:
    output = Influx(Options(str(tmp_path / "new" / "lines")), sleep=at_once)
    await fed(output, update([full(Subject.SYSTEM, SERIAL)]), update([full(Subject.SYSTEM, SERIAL, AT + 60)]))
    assert len((tmp_path / "new" / "lines").read_text().splitlines()) == 2
    assert (tmp_path / "new" / "lines").stat().st_mode & 0o777 == 0o600
    assert NAME.split(maxsplit=1)[0] in (tmp_path / "new" / "lines").read_text()
