"""The commands with their arguments and options; what each means stands in `words/*.json` under `help.`."""

import asyncio
import logging
import os
import sys
import traceback
from collections.abc import Callable, Coroutine, Sequence
from importlib import import_module
from typing import Annotated, Any, Final

import typer

from heliograph import __version__
from heliograph.cli.help import Command, Group, MisuseError, misuse_text
from heliograph.cli.language import LANGUAGES, asked_language
from heliograph.cli.service import register as register_service
from heliograph.cli.words import Words

_COMMANDS: Final = "heliograph.cli.commands"
_PIPE_CLOSED: Final = 141
_FAREWELL: Final = 0.1
"""Seconds."""

Work = Callable[..., Coroutine[Any, Any, int | None]]

app = typer.Typer(
    cls=Group, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True
)
token_app = typer.Typer(cls=Group, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
app.add_typer(token_app, name="token")

Host = Annotated[str | None, typer.Argument(metavar="HOST", show_default=False)]
TokenFile = Annotated[str | None, typer.Option("--token-file", show_default=False)]
Json = Annotated[bool, typer.Option("--json")]
Count = Annotated[str | None, typer.Option("--count", show_default=False)]
Number = Annotated[str | None, typer.Option(show_default=False)]


class _Started:
    """What the command line was started with, for the command that is run."""

    words = Words(LANGUAGES[0])
    language_asked: str | None = None
    debug = False


def run(arguments: Sequence[str], words: Words) -> int:
    """Run the command that the arguments name; give its exit code."""
    _Started.words = words
    _Started.language_asked = asked_language(arguments)
    _Started.debug = "--debug" in arguments
    rest = _without_common(arguments)
    command = typer.main.get_command(app)
    try:
        if _Started.language_asked is not None and _Started.language_asked not in LANGUAGES:
            return _complain(words("usage.unknown_language", given=_Started.language_asked, known=", ".join(LANGUAGES)))
        # Without a command there is help, and that is no mistake.
        result = command.main(rest or ["--help"], prog_name="heliograph", standalone_mode=False, obj=words)
    except MisuseError as err:
        if type(err).__name__ == "NoArgsIsHelpError":
            print(err)  # noqa: T201 - help that was not asked for by name
            return 0
        return _complain(misuse_text(err, words))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return _pipe_closed()
    return result if isinstance(result, int) else 0


def _complain(text: str) -> int:
    from heliograph.model.redact import redact  # noqa: PLC0415 - only when something is wrong

    print(f"heliograph: {redact(text)}", file=sys.stderr)  # noqa: T201 - no need for rich
    return 2


def _pipe_closed() -> int:
    """End quietly where the reader of our output has had enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _PIPE_CLOSED


def _without_common(arguments: Sequence[str]) -> list[str]:
    """Take out what may stand anywhere: `--lang` and `--debug`."""
    rest: list[str] = []
    pending = iter(arguments)
    for argument in pending:
        if argument == "--":
            return [*rest, argument, *pending]
        if argument == "--lang":
            next(pending, None)
        elif argument != "--debug" and not argument.startswith("--lang="):
            rest.append(argument)
    return rest


def _perform(name: str, work: str = "run", /, **arguments: Any) -> int:
    """Do a command's work, and say what went wrong, if something did, in one line."""
    from heliograph.cli.desk import Desk  # noqa: PLC0415 - help needs none of this
    from heliograph.cli.outcome import INTERRUPTED, UNEXPECTED, USAGE, exit_code  # noqa: PLC0415 - as above
    from heliograph.errors import Cause, HeliographError  # noqa: PLC0415 - as above
    from heliograph.extras import missing_module  # noqa: PLC0415 - as above

    words = _Started.words
    json_language = words.language if _Started.language_asked is not None else LANGUAGES[0]
    desk = Desk(words, json_language=json_language, debug=_Started.debug)
    _set_up_logs(desk)
    try:
        command: Work = getattr(import_module(f"{_COMMANDS}.{name}"), work)
        return asyncio.run(_settled(command(desk, **arguments))) or 0
    except HeliographError as err:
        _show_trace(desk)
        desk.fail(f"{err.text(words.language)} {words.find(f'hint.{err.code}')}".rstrip())
        return exit_code(err)
    except (KeyboardInterrupt, asyncio.CancelledError):
        desk.note(words("word.interrupted"))
        return INTERRUPTED
    except (BrokenPipeError, typer.Exit):
        raise
    except ModuleNotFoundError as err:
        missing = missing_module(err)
        if missing is None:
            raise
        _show_trace(desk)
        desk.fail(missing.text(words.language))
        return USAGE
    except OSError as err:
        # Whatever else fails is said by whom it fails; this is where our own output goes.
        _show_trace(desk)
        desk.fail(words("output_unwritable", cause=Cause.of(err).text(words.language)))
        return USAGE
    except Exception as err:  # noqa: BLE001 - whatever it is, no traceback is thrown at an owner
        _show_trace(desk)
        desk.fail(words("unexpected", kind=type(err).__name__, text=str(err)))
        return UNEXPECTED


async def _settled(work: Coroutine[Any, Any, int | None]) -> int | None:
    """Do some work; leave a TLS connection that was refused the moment that it takes to be closed."""
    from heliograph.errors import CertificateError  # noqa: PLC0415 - help needs none of this

    try:
        return await work
    except CertificateError:
        await asyncio.sleep(_FAREWELL)
        raise


def _set_up_logs(desk: Any) -> None:
    from heliograph.gateway.log import Redaction  # noqa: PLC0415 - help needs none of this

    root = logging.getLogger()
    handler: logging.Handler = logging.NullHandler()
    if desk.debug:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
        handler.addFilter(Redaction())
        handler.addFilter(desk.censor)
    root.handlers = [handler]
    logging.getLogger("heliograph").setLevel(logging.DEBUG if desk.debug else logging.WARNING)


def _show_trace(desk: Any) -> None:
    if desk.debug:
        desk.note(traceback.format_exc())


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"heliograph {__version__}")  # noqa: T201 - the result itself
        raise typer.Exit


@app.callback(invoke_without_command=False)
def _root(
    *,
    version: Annotated[bool, typer.Option("--version", "-V", is_eager=True, callback=_tell_version)] = False,
    lang: Annotated[str | None, typer.Option("--lang", show_default=False)] = None,
    debug: Annotated[bool, typer.Option("--debug")] = False,
) -> None:
    """See help."""


@app.command(cls=Command)
def discover(*, seconds: Number = None, as_json: Json = False) -> int:
    """See help.discover."""
    return _perform("discover", seconds=seconds, as_json=as_json)


@app.command(cls=Command)
def sync(
    host: Host = None,
    *,
    name: Annotated[str | None, typer.Option("--name", show_default=False)] = None,
    token_file: TokenFile = None,
    trust: Annotated[bool, typer.Option("--trust")] = False,
    no_remember: Annotated[bool, typer.Option("--no-remember")] = False,
) -> int:
    """See help.sync."""
    return _perform("sync", host=host, name=name, token_file=token_file, trust=trust, remember=not no_remember)


@app.command(cls=Command)
def read(
    host: Host = None,
    *,
    as_json: Json = False,
    everything: Annotated[bool, typer.Option("--all")] = False,
    token_file: TokenFile = None,
) -> int:
    """See help.read."""
    return _perform("read", host=host, token_file=token_file, as_json=as_json, everything=everything)


@app.command(cls=Command)
def watch(host: Host = None, *, count: Count = None, token_file: TokenFile = None) -> int:
    """See help.watch."""
    return _perform("watch", host=host, token_file=token_file, count=count)


@app.command(cls=Command)
def doctor(host: Host = None, *, token_file: TokenFile = None) -> int:
    """See help.doctor."""
    return _perform("doctor", host=host, token_file=token_file)


@app.command(cls=Command)
def capture(
    host: Host = None,
    folder: Annotated[str | None, typer.Argument(metavar="FOLDER", show_default=False)] = None,
    *,
    token_file: TokenFile = None,
) -> int:
    """See help.capture."""
    return _perform("capture", host=host, folder=folder, token_file=token_file)


@app.command(cls=Command)
def emulate(
    family: Annotated[str | None, typer.Argument(show_default=False)] = None,
    *,
    watch: Annotated[bool, typer.Option("--watch")] = False,
    replay: Annotated[str | None, typer.Option("--replay", show_default=False)] = None,
    show_list: Annotated[bool, typer.Option("--list")] = False,
    listen: Annotated[str, typer.Option("--listen")] = "127.0.0.1",
    port: Number = None,
    http_port: Number = None,
    https_port: Number = None,
    fault: Annotated[list[str] | None, typer.Option("--fault", show_default=False)] = None,
    speed: Number = None,
    at: Annotated[str | None, typer.Option("--at", show_default=False)] = None,
    inverters: Number = None,
    batteries: Number = None,
    seed: Number = None,
    announce: Annotated[bool, typer.Option("--announce")] = False,
    count: Count = None,
) -> int:
    """See help.emulate."""
    given = {
        "family": family, "replay": replay, "listen": listen, "port": port, "http_port": http_port,
        "https_port": https_port, "faults": tuple(fault or ()), "speed": speed, "at": at, "inverters": inverters,
        "batteries": batteries, "seed": seed, "announce": announce,
    }  # fmt: skip
    return _perform("emulate", given=given, show_list=show_list, watch=watch, count=count)


@token_app.command(cls=Command)
def decode(*, token_file: TokenFile = None) -> int:
    """See help.token.decode."""
    return _perform("tokens", "decode", token_file=token_file)


@token_app.command(cls=Command)
def fetch(
    host: Host = None,
    *,
    serial: Annotated[str | None, typer.Option("--serial", show_default=False)] = None,
    output: Annotated[str | None, typer.Option("--output", show_default=False)] = None,
) -> int:
    """See help.token.fetch."""
    return _perform("tokens", "fetch", host=host, serial=serial, output=output)


@token_app.command(cls=Command)
def check(host: Host = None, *, token_file: TokenFile = None) -> int:
    """See help.token.check."""
    return _perform("tokens", "check", host=host, token_file=token_file)


register_service(app, _perform)
