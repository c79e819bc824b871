"""`heliograph export`: history as a file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from heliograph.app import file
from heliograph.cli.commands.run import environment
from heliograph.cli.desk import Desk
from heliograph.gateway.remembered import Memory, data_folder
from heliograph.store import Asked, KeptGateway, Store
from heliograph.store.engine import FILE

STEPS = ("raw", "hour", "day")


async def run(
    desk: Desk,
    *,
    path: str | None,
    gateway: str | None,
    since: str | None,
    until: str | None,
    step: str,
    data: str | None,
    config: str | None,
) -> None:
    """Write history to a file."""
    if step not in STEPS:
        raise desk.misuse("export.step", given=step[:40])
    target = Path(path or "heliograph.csv")
    kind = "parquet" if target.suffix == ".parquet" else "csv"
    async with await opened(desk, data=data, config=config) as store:
        chosen = await _chosen(desk, store, gateway, data)
        zone = ZoneInfo(chosen.zone)
        start = _moment(desk, "--from", since, zone, chosen.since)
        end = _moment(desk, "--to", until, zone, chosen.last + 1)
        with progress(desk, desk.say("export.days")) as told:
            asked = Asked(chosen.serial, start, end, step)  # type: ignore[arg-type] # checked above
            count = await store.export(asked, target, kind, told)
    desk.print(desk.say("export.done", count=count, path=target))


async def opened(desk: Desk, *, data: str | None, config: str | None) -> Store:
    """Open the history beside a service that may be writing it.

    Raises:
        UsageError: there is none.
    """
    environ = environment(desk, data=data, config=config)
    folder = data_folder(environ)
    database = file.load(file.path_of(folder, environ), environ).settings.history.database
    if not database and not (folder / FILE).exists():
        raise desk.misuse("export.none", place=folder)
    return await Store.open(database or folder, read_only=True)


async def _chosen(desk: Desk, store: Store, wanted: str | None, data: str | None) -> KeptGateway:
    every = await store.gateways()
    if not every:
        raise desk.misuse("export.none", place=store.place)
    serial = wanted
    if wanted is not None:
        known = Memory(data_folder(environment(desk, data=data, config=None))).find(wanted)
        serial = known.serial if known is not None else wanted
    found = [one for one in every if serial in {None, one.serial}]
    if len(found) != 1:
        raise desk.misuse("export.which", names=", ".join(one.serial for one in every))
    return found[0]


def _moment(desk: Desk, option: str, text: str | None, zone: tzinfo, otherwise: float) -> float:
    """Read a time as the gateway's own clock would show it."""
    if text is None:
        return otherwise
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError) as err:
        raise desk.misuse("export.time", option=option, given=text[:40]) from err


@contextmanager
def progress(desk: Desk, text: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error; nothing where that is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=desk.err, transient=True, disable=not desk.err.is_terminal) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
