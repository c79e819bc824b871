"""Tables of options in docs/cli*.md, from the words of the help; `python -m tests.cli.reference` writes them anew."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typer

from heliograph.cli.app import app
from heliograph.cli.words import Words

PAGES: Final = {
    language: Path(__file__).parents[2] / "docs" / name for language, name in (("en", "cli.md"), ("fr", "cli.fr.md"))
}
_TABLE: Final = re.compile(r"(<!-- options: ?([a-z ]*)-->\n)(.*?)(<!-- end -->)", re.DOTALL)


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Walk through all commands by their path."""
    command = command or typer.main.get_command(app)
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


def table(path: tuple[str, ...], language: str) -> str:
    """Draw the table of a command's arguments and options."""
    say = Words(language)
    command = dict(commands())[path]
    rows = []
    for param in command.params:
        metavar = say.find(f"help.metavar.{param.name}") or str(param.name).upper()
        flags = ", ".join(f"`{option}`" for option in sorted(param.opts, key=len))
        name = f"`{metavar}`" if param.param_type_name == "argument" else flags
        if param.param_type_name == "option" and not param.is_flag:
            name += f" `{metavar}`"
        text = say.find(".".join(["help", *path, str(param.name)]), f"help.param.{param.name}")
        rows.append(f"| {name.replace('|', chr(92) + '|')} | {text} |\n")
    return "| | |\n|---|---|\n" + "".join(rows) if rows else ""


def with_tables(text: str, language: str) -> str:
    """Put the tables as they should be into a page."""
    return _TABLE.sub(lambda found: found[1] + table(tuple(found[2].split()), language) + found[4], text)


if __name__ == "__main__":
    for page_language, page in PAGES.items():
        page.write_text(with_tables(page.read_text("utf-8"), page_language), "utf-8")
