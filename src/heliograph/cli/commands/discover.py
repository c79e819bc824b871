"""`heliograph discover`: the gateways of this network."""

from rich.table import Table

from heliograph.cli.desk import Desk
from heliograph.cli.document import encode
from heliograph.cli.options import real
from heliograph.cli.outcome import OK, UNREACHABLE
from heliograph.cli.tables import DASH
from heliograph.cli.target import memory_of
from heliograph.errors import Cause, UnreachableError
from heliograph.gateway.discovery import Found
from heliograph.gateway.discovery import discover as listen

_SECONDS = 3.0


async def run(desk: Desk, *, seconds: str | None, as_json: bool) -> int:
    """Listen for announcements, and list who was heard."""
    lasting = real(desk, seconds, "--seconds", least=0.1, most=300) or _SECONDS
    with desk.telling(desk.say("discover.listening")):
        try:
            found = await listen(lasting)
        except OSError as err:
            raise UnreachableError("unreachable", host="mDNS", cause=Cause.of(err)) from err
    if as_json:
        desk.write(encode([_plain(desk, item) for item in found]))
    elif not found:
        desk.fail(desk.say("discover.none"))
    else:
        _list(desk, found)
    return OK if found else UNREACHABLE


def _plain(desk: Desk, found: Found) -> dict[str, object]:
    entry = memory_of(desk).find(found.serial)
    return {
        "serial": found.serial,
        "firmware": found.firmware,
        "addresses": list(found.addresses),
        "name": entry.name if entry is not None else None,
        "synced": entry is not None,
    }


def _list(desk: Desk, found: tuple[Found, ...]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for column in ("serial", "firmware", "addresses", "name"):
        table.add_column(desk.say(f"discover.{column}"))
    unknown = None
    for item in found:
        entry = memory_of(desk).find(item.serial)
        known = desk.say("discover.unknown") if entry is None else entry.name
        unknown = unknown or (item if entry is None else None)
        table.add_row(item.serial, item.firmware or DASH, ", ".join(item.addresses), known)
    desk.show(table)
    if unknown is not None:
        desk.print(desk.say("discover.next", host=unknown.addresses[0]), style="dim")
