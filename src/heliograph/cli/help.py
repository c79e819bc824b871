"""What Typer says, in our words: help as plain text of eighty columns, and wrong usage as one line."""

import re
import shutil
import textwrap
from collections.abc import Iterator
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from heliograph.cli.words import Words

_WIDEST: Final = 100
_COLUMN: Final = 26
_WORDS: Final = "words"

# Typer names its own errors in private modules only; this is what they all descend from.
MisuseError: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""Wrong usage that the parser found."""


class _Translated:
    """Help in the language that the context carries."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write("\n".join(_page(self, ctx, _words(ctx))) + "\n")


class Command(_Translated, TyperCommand):
    """A command with help in the reader's language."""


class Group(_Translated, TyperGroup):
    """Commands with help in the reader's language."""


def _words(ctx: Any) -> Words:
    words = ctx.find_root().obj
    return words if isinstance(words, Words) else Words("en")


def _page(command: Any, ctx: Any, say: Words) -> Iterator[str]:
    path = ctx.command_path.split()[1:]
    key = ".".join(["help", *path])
    width = min(_WIDEST, max(60, shutil.get_terminal_size().columns)) - 1
    yield f"{say('help.usage')} {ctx.command_path} {_pieces(command, ctx, say)}"
    yield ""
    for paragraph in say(key).split("\n"):
        yield from textwrap.wrap(paragraph, width) or [""]
    arguments = [param for param in command.get_params(ctx) if param.param_type_name == "argument"]
    options = [param for param in command.get_params(ctx) if param.param_type_name == "option"]
    commands = getattr(command, "commands", {})
    rows = [(name, say(f"{key}.{name}").split("\n")[0]) for name in commands]
    yield from _section(say("help.commands"), rows, width)
    yield from _section(say("help.arguments"), [_row(param, path, say) for param in arguments], width)
    yield from _section(say("help.options"), [_row(param, path, say) for param in options], width)
    if not path:
        yield ""
        yield from textwrap.wrap(say("help.epilog"), width)


def _pieces(command: Any, ctx: Any, say: Words) -> str:
    if getattr(command, "commands", None):
        return say("help.metavar.command")
    arguments = [param for param in command.get_params(ctx) if param.param_type_name == "argument"]
    return " ".join([say("help.metavar.options"), *(f"[{_metavar(param, say)}]" for param in arguments)])


def _row(param: Any, path: list[str], say: Words) -> tuple[str, str]:
    name = param.name.strip("_")
    text = say.find(".".join(["help", *path, name]), f"help.param.{name}")
    if param.param_type_name == "argument":
        return _metavar(param, say), text
    opts = ", ".join(sorted(param.opts, key=len))
    return (opts if param.is_flag else f"{opts} {_metavar(param, say)}"), text


def _metavar(param: Any, say: Words) -> str:
    return say.find(f"help.metavar.{param.name}") or str(param.name).upper()


def _section(title: str, rows: list[tuple[str, str]], width: int) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield title
    for name, text in rows:
        lines = textwrap.wrap(text, width - _COLUMN - 2) or [""]
        if len(name) > _COLUMN - 2:
            yield f"  {name}"
        else:
            yield f"  {name:<{_COLUMN}}{lines.pop(0)}"
        for line in lines:
            yield f"  {'':<{_COLUMN}}{line}"


def misuse_text(err: Any, say: Words) -> str:
    """Return what was wrong with the arguments, and where to find help."""
    ctx = getattr(err, "ctx", None)
    path = ctx.command_path if ctx is not None else "heliograph"
    name = type(err).__name__
    details = {"option": getattr(err, "option_name", ""), "message": err.format_message(), "path": path}
    text = say.find(f"misuse.{name}") or say("misuse.other")
    if name == "UsageError" and ctx is not None and getattr(ctx.command, "commands", None):
        details["option"] = next(iter(getattr(ctx, "args", ())), "") or _quoted(str(err))
        text = say("misuse.command") if details["option"] else say("misuse.no_command")
    elif name == "UsageError":
        details["option"] = _quoted(str(err))
        text = say("misuse.extra")
    return f"{text.format_map(details)} {say('misuse.hint', path=path)}"


def _quoted(text: str) -> str:
    """Find what the parser names in a sentence of its own: words in brackets at its end, or a word in quotes."""
    found = re.search(r" \(([^()]*)\)$", text) or re.search(r"'([^']*)'", text)
    return found[1] if found else ""
