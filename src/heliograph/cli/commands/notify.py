"""`heliograph notify`: where messages go, a test message, a dry run over history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from heliograph.app import file
from heliograph.app.dry_run import DAY, MOST_DAYS, DryRunRequest, dry_run
from heliograph.app.machine import zone_of
from heliograph.app.settings import Settings
from heliograph.cli.commands.export import opened, progress
from heliograph.cli.commands.run import environment
from heliograph.cli.desk import Desk
from heliograph.cli.options import whole
from heliograph.cli.outcome import OK, UNREACHABLE
from heliograph.gateway.remembered import Memory, data_folder
from heliograph.outputs.notifications import CODES, Message, kind_of, told, try_out
from heliograph.outputs.wording import say
from heliograph.store import KeptGateway

_DAYS: Final = 30


async def run(
    desk: Desk,
    *,
    test: bool,
    dry: bool,
    days: str | None,
    gateway: str | None,
    data: str | None,
    config: str | None,
) -> int:
    """Try notifications out, or show what they are."""
    if test and dry:
        raise desk.misuse("notify.both")
    span = whole(desk, days, "--days", least=1, most=MOST_DAYS) or _DAYS
    environ = environment(desk, data=data, config=config)
    settings = file.load(file.path_of(data_folder(environ), environ), environ).settings
    addresses = settings.notifications.to.split()
    desk.secrets.update(addresses)
    if test:
        return await _test(desk, addresses)
    if dry:
        await _dry_run(desk, settings, environ, days=span, wanted=gateway, data=data, config=config)
    else:
        _show(desk, addresses, settings.notifications.silenced)
    return OK


def _show(desk: Desk, addresses: Sequence[str], silenced: Sequence[str]) -> None:
    kinds = ", ".join(f"{number} {kind_of(address)}" for number, address in enumerate(addresses, 1))
    desk.print(desk.say("notify.addresses", kinds=kinds) if kinds else desk.say("notify.nowhere"))
    for code in CODES:
        state = desk.say("notify.off" if code in silenced else "notify.on")
        desk.print(f"{code}: {say(f'rule.{code}', desk.language)} ({state})")


async def _test(desk: Desk, addresses: Sequence[str]) -> int:
    if not addresses:
        raise desk.misuse("notify.nowhere")
    with desk.telling(desk.say("notify.sending")):
        trials = await try_out(addresses, desk.language)
    for number, trial in enumerate(trials, 1):
        if trial.error is None:
            desk.print(desk.say("notify.taken", number=number, kind=trial.kind))
        else:
            desk.print(desk.say("notify.failed", number=number, kind=trial.kind, cause=trial.error.text(desk.language)))
    return OK if all(trial.error is None for trial in trials) else UNREACHABLE


async def _dry_run(
    desk: Desk,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    days: int,
    wanted: str | None,
    data: str | None,
    config: str | None,
) -> None:
    zone = ZoneInfo(settings.general.zone or zone_of(environ))
    found: list[Message] = []
    async with await opened(desk, data=data, config=config) as store:
        names = _named(desk, await store.gateways(), Memory(data_folder(environ)), wanted)
        now = desk.clock()
        asked = DryRunRequest(names, zone, now - days * DAY, now, settings.notifications.silenced)
        with progress(desk, desk.say("notify.days")) as shown:
            since = await dry_run(store, asked, lambda _, message: found.append(message), shown)
    for message in sorted(found, key=lambda message: message.at):
        one = told(message, desk.language, zone)
        desk.print(f"{one.title}\n  {one.text}")
    if since is None:
        desk.print(desk.say("notify.nothing_kept", days=days))
        return
    begin = datetime.fromtimestamp(since, zone).strftime("%Y-%m-%d %H:%M")
    said = desk.say.count("notify.told", len(found), since=begin) if found else desk.say("notify.quiet", since=begin)
    desk.print(said)


def _named(desk: Desk, kept: Sequence[KeptGateway], memory: Memory, wanted: str | None) -> dict[str, str]:
    """Return the names of the gateways that are meant: all unless one is named."""
    known = {one.serial: one.name or one.serial for one in memory.all()}
    names = {one.serial: known.get(one.serial, one.serial) for one in kept}
    chosen = {serial: name for serial, name in names.items() if wanted in {None, serial, name}}
    if wanted is not None and not chosen:
        raise desk.misuse("export.which", names=", ".join(names))
    return chosen
