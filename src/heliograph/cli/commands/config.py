"""`heliograph config`: the settings in force, where each comes from, and what is wrong with the file."""

from rich.table import Table

from heliograph.app import file
from heliograph.app.settings import TABLE
from heliograph.app.words import say, table
from heliograph.cli.commands.run import environment
from heliograph.cli.desk import Desk
from heliograph.gateway.remembered import data_folder


async def run(desk: Desk, *, data: str | None, config: str | None) -> int:
    """Show the settings in force."""
    environ = environment(desk, data=data, config=config)
    effective = file.load(file.path_of(data_folder(environ), environ), environ)
    desk.print(say("config.file", desk.language, path=effective.path))
    rows = Table(box=None, pad_edge=False)
    for heading in ("setting", "value", "origin", "meaning"):
        rows.add_column(say(f"config.{heading}", desk.language), overflow="fold")
    words = table(desk.language)
    for row in TABLE.values():
        origin = effective.origins[row.key]
        where = words[f"origin.{origin.kind}"] if not origin.name else origin.name
        rows.add_row(row.key, file.toml(file.shown(effective, row)), where, words[f"setting.{row.key}"])
    desk.show(rows)
    for problem in effective.problems:
        desk.warn(problem.text(desk.language))
    return 2 if effective.problems else 0
