"""`heliograph read`: everything one gateway says, once."""

from heliograph.cli import keys
from heliograph.cli.desk import Desk
from heliograph.cli.document import document, encode
from heliograph.cli.tables import Tables
from heliograph.cli.target import Target, opened, resolve
from heliograph.errors import HeliographError
from heliograph.gateway import Gateway
from heliograph.model import Snapshot


async def run(desk: Desk, *, host: str | None, token_file: str | None, as_json: bool, everything: bool) -> None:
    """Read a gateway, and write what it says as tables or as one JSON object."""
    target = resolve(desk, host)
    async with opened(desk, target, keys.given(desk, token_file)) as gateway:
        snapshot = await first_reading(desk, gateway, target)
        note_problems(desk, gateway)
    if as_json:
        desk.write(encode(document(snapshot, desk.json_language)))
    else:
        desk.show(Tables(desk.say, everything=everything).snapshot(snapshot))


async def first_reading(desk: Desk, gateway: Gateway, target: Target) -> Snapshot:
    """Read for the first time, which may take a while: a gateway never synchronised is interviewed first.

    Raises:
        HeliographError: as `Gateway.read`.
    """
    stage = "read.reading" if gateway.plan is not None else "read.interviewing"
    with desk.telling(desk.say(stage, host=target.title)) as tell:

        async def read() -> Snapshot:
            if gateway.plan is None:
                await gateway.sync(lambda now: tell(desk.say("sync.asking", target=now.target, number=now.number)))
            return await gateway.read()

        return await keys.let_in(desk, gateway, read)


def note_problems(desk: Desk, gateway: Gateway) -> None:
    """Warn of what could not be read this time, though the rest could."""
    for problem in gateway.problems.values():
        if isinstance(problem, HeliographError):
            desk.warn(problem.text(desk.language))
