"""The command line: every command of `heliograph`, in French and English (docs/cli.md)."""

import sys
from collections.abc import Sequence

from heliograph import __version__
from heliograph.cli.language import chosen_language
from heliograph.cli.words import Words

__all__ = ["main"]

_NEEDED = {"rich", "typer"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that the arguments name, and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows something else rather than a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if given in (["--version"], ["-V"]):
        print(f"heliograph {__version__}")  # noqa: T201 - nothing is loaded for this
        sys.exit(0)
    words = Words(chosen_language(given))
    try:
        from heliograph.cli.app import run  # noqa: PLC0415 - slow, and perhaps not installed

        code = run(given, words)
    except ModuleNotFoundError as err:
        if (err.name or "").partition(".")[0] not in _NEEDED:
            raise
        from heliograph.extras import missing  # noqa: PLC0415 - seldom needed

        print(missing("cli").text(words.language), file=sys.stderr)  # noqa: T201 - no rich
        code = 2
    except KeyboardInterrupt:
        # Ended before anything began; `run` sees to what has begun.
        code = 130
    sys.exit(code)
