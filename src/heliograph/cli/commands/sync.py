"""`heliograph sync`: finds everything a gateway has, and remembers it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rich.table import Table
from rich.text import Text

from heliograph.cli import keys
from heliograph.cli.desk import Desk
from heliograph.cli.tables import DASH
from heliograph.cli.target import Target, memory_of, opened, resolve
from heliograph.errors import NotAGatewayError
from heliograph.gateway import Credentials, Gateway, Progress, Synced
from heliograph.gateway.remembered import Memory, Remembered
from heliograph.model import Authentication, DeviceFact, Facts, Subject, metric
from heliograph.model.labels import called, spoken, words
from heliograph.protocol import Plan
from heliograph.protocol.token import TokenInfo


async def run(
    desk: Desk, *, host: str | None, name: str | None, token_file: str | None, trust: bool, remember: bool
) -> None:
    """Synchronise a gateway: list all equipment, say what is new or gone, and remember it."""
    _check_name(desk, name)
    target = resolve(desk, host)
    given = keys.given(desk, token_file)
    try:
        await _synchronise(desk, target, given, name=name, trust=trust, remember=remember, afresh=False)
    except NotAGatewayError as err:
        # Another gateway stands where the known one stood: it is made known as one of its own.
        if err.code != "wrong_gateway" or target.entry is None:
            raise
        desk.warn(desk.say("sync.replaced", found=err.details["found"], expected=err.details["expected"]))
        await _synchronise(desk, target, given, name=name, trust=trust, remember=remember, afresh=True)


def _check_name(desk: Desk, name: str | None) -> None:
    if name is not None and (not name.strip() or any(mark in name for mark in ":/[]@")):
        raise desk.misuse("usage.bad_name", name=name)


async def _synchronise(
    desk: Desk, target: Target, given: Credentials, *, name: str | None, trust: bool, remember: bool, afresh: bool
) -> None:
    async with opened(desk, target, given, trust=trust, afresh=afresh) as gateway:
        with desk.telling(desk.say("read.interviewing", host=target.title)) as tell:

            def progress(now: Progress) -> None:
                tell(desk.say("sync.asking", target=now.target, number=now.number))

            async def sync() -> Synced:
                return await gateway.sync(progress)

            synced = await keys.let_in(desk, gateway, sync)
    first = target.entry is None or afresh
    # Before a word is said: whoever reads may leave after the first lines.
    remembered = _remember(desk, target, gateway, name=name, remember=remember, afresh=afresh)
    _list(desk, gateway, synced)
    if not first:
        _differences(desk, synced)
    if synced.unanswered:
        desk.warn(desk.say("sync.unanswered", targets=", ".join(synced.unanswered)))
    desk.print()
    desk.print(remembered, style="dim")


def _list(desk: Desk, gateway: Gateway, synced: Synced) -> None:
    """Show what the gateway is and everything it has."""
    say, facts = desk.say, synced.facts
    desk.print(say("sync.found", serial=facts.serial, host=gateway.address), style="bold")
    rows = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    rows.add_row(say("sync.firmware"), facts.firmware or DASH)
    rows.add_row(say("sync.part_number"), facts.part_number or DASH)
    rows.add_row(say("sync.access"), access_words(desk, gateway, facts))
    rows.add_row(say("sync.meters"), meter_words(desk, facts))
    rows.add_row(say("sync.requests"), rhythm(desk, synced.plan))
    desk.show(rows)
    in_service = [device for device in facts.devices if not device.retired]
    counts = Counter(device.subject for device in in_service)
    for subject in Subject:
        if counts[subject]:
            desk.print()
            desk.print(f"{called(subject, counts[subject], desk.language)} ({counts[subject]})", style="bold")
            desk.show(devices_table([device for device in in_service if device.subject is subject]))
    retired = sum(device.retired for device in facts.devices)
    if retired:
        desk.print()
        desk.print(say.count("sync.retired_known", retired), style="dim")


def access_words(desk: Desk, gateway: Gateway, facts: Facts) -> str:
    """Return how the gateway lets us in."""
    token = gateway.token
    if facts.authentication is Authentication.TOKEN and token is not None:
        role = role_words(token, desk.language)
        return desk.say("access.token_days", role=role, days=token.days_left(desk.clock()))
    return desk.say(f"access.{facts.authentication}")


def role_words(token: TokenInfo, language: str) -> str:
    """Print whose token it is."""
    return spoken(metric(Subject.FIRMWARE, "token_role"), token.role, language) if token.role else DASH


def meter_words(desk: Desk, facts: Facts) -> str:
    """Name the current transformers and their state."""
    if facts.meters is None:
        return desk.say("meters.unknown" if facts.metered else "meters.none")
    enabled, disabled = (
        ", ".join(meter.measurement for meter in facts.meters if meter.enabled is wanted) for wanted in (True, False)
    )
    if enabled and disabled:
        return desk.say("meters.both", enabled=enabled, disabled=disabled)
    return enabled or (desk.say("meters.disabled", names=disabled) if disabled else desk.say("meters.none"))


def rhythm(desk: Desk, plan: Plan) -> str:
    """Return how many requests the promised cadence costs in five minutes."""
    count = sum(300 / question.cadence for question in plan.questions if 0 < question.cadence <= 300)
    return desk.say("sync.rhythm", n=round(count))


def devices_table(devices: Sequence[DeviceFact]) -> Table:
    """List equipment: serial, model, part number, phase."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    columns = [
        column
        for column in ("serial", "model", "part_number", "phase")
        if any(getattr(device, column) for device in devices)
    ]
    for device in sorted(devices, key=lambda device: device.serial):
        table.add_row(*(Text(str(getattr(device, column) or DASH)) for column in columns))
    return table


def _differences(desk: Desk, synced: Synced) -> None:
    """Print what is new and what is gone since the last synchronisation."""
    desk.print()
    if not synced.added and not synced.retired:
        desk.print(desk.say("sync.nothing_new"))
    for kind, devices in (("added", synced.added), ("retired", synced.retired)):
        for device in devices:
            subject = words(desk.language)[f"subject.{device.subject}"]
            desk.print(desk.say(f"sync.{kind}", subject=subject, serial=device.serial))


def _remember(desk: Desk, target: Target, gateway: Gateway, *, name: str | None, remember: bool, afresh: bool) -> str:
    """Keep what was found, and give the sentence that says so."""
    facts = gateway.facts
    assert facts is not None  # noqa: S101 - just synchronised
    memory, before = memory_of(desk), target.entry
    if before is not None and afresh:
        # Its address is another gateway's now; what was known of it stays.
        memory.save(replace(before, host=""))
        before = None
    kept_name = name.strip() if name is not None else before.name if before is not None else facts.serial
    _take_name(memory, kept_name, facts.serial)
    credentials = gateway.credentials if remember else Credentials()
    memory.save(Remembered(facts.serial, kept_name, str(gateway.host), gateway.known, credentials))
    said = "sync.remembered_plain" if gateway.credentials == Credentials() else "sync.remembered"
    if credentials != Credentials():
        said = "sync.remembered_keys"
    return desk.say(said, name=kept_name)


def _take_name(memory: Memory, name: str, serial: str) -> None:
    """Let a name stand for one gateway: the one that was given it last."""
    for other in memory.all():
        if other.serial != serial and other.name.casefold() == name.casefold():
            memory.save(replace(other, name=other.serial))
