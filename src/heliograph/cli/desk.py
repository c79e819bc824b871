"""Where a command meets its reader: two streams, a language, the time, and what must not be said."""

import asyncio
import getpass
import logging
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import environ
from typing import Final

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.status import Status

from heliograph.cli.console import SafeConsole
from heliograph.cli.words import Words
from heliograph.errors import UsageError
from heliograph.model.redact import MASK, redact
from heliograph.model.text import visible

_QUIET: Final = 1.0
"""Seconds that something may last before a reader without a terminal is told of it."""
_AGAIN: Final = 10.0
"""Seconds between two such lines."""
_LONG: Final = 6
"""Characters from which on a secret is looked for in what is said; shorter ones stand in any sentence."""


class Telling:
    """Tells how far a long operation is."""

    def __init__(self, console: Console, tell: Callable[[str], None] | None) -> None:
        self._console = console
        self._tell = tell
        self._next = time.monotonic() + _QUIET

    def __call__(self, text: str) -> None:
        """Show the current step."""
        if self._tell is not None:
            self._tell(text)
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + _AGAIN
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)


@dataclass
class Desk:
    """What every command is given."""

    say: Words
    json_language: str = "en"
    """Of machine-readable output: English unless a language was asked for."""
    debug: bool = False
    out: Console = field(default_factory=lambda: SafeConsole(highlight=False))
    err: Console = field(default_factory=lambda: SafeConsole(stderr=True, highlight=False))
    environ: Mapping[str, str] = field(default_factory=lambda: environ)
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    secrets: set[str] = field(default_factory=set, repr=False)
    """Everything given as a secret in this run; never shown, not even within an error."""
    _status: Status | None = field(default=None, init=False, repr=False)

    @property
    def language(self) -> str:
        """The reader's language."""
        return self.say.language

    def safe(self, text: str) -> str:
        """Take every secret out of a text, and write its control characters out."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            if len(secret) >= _LONG:
                text = text.replace(secret, MASK)
        return visible(redact(text))

    def censor(self, record: logging.LogRecord) -> bool:
        """Take every secret out of a log record, and let it pass."""
        record.msg, record.args = self.safe(record.getMessage()), ()
        return True

    def write(self, text: str) -> None:
        """Write a document to standard output; control characters are written as JSON escapes them."""
        sys.stdout.write(visible(text))
        sys.stdout.flush()

    def print(self, text: str = "", *, style: str | None = None, whole: bool = False) -> None:
        """Print a line on standard output; with `whole` it is never wrapped."""
        self.out.print(text, style=style, markup=False, soft_wrap=whole or not self.out.is_terminal)

    def show(self, *parts: RenderableType) -> None:
        """Draw tables on standard output; without the blanks at line ends where nobody sees colours."""
        if self.out.is_terminal:
            self.out.print(*parts, sep="\n")
            return
        with self.out.capture() as drawn:
            self.out.print(*parts, sep="\n")
        self.write("".join(f"{line.rstrip()}\n" for line in drawn.get().splitlines()))

    def note(self, text: str) -> None:
        """Print a line on standard error."""
        self.err.print(self.safe(text), markup=False, soft_wrap=not self.err.is_terminal)

    def warn(self, text: str) -> None:
        """Print a warning."""
        said = f"[yellow]{escape(self.say('word.warning'))}[/] {escape(self.safe(text))}"
        self.err.print(said, soft_wrap=not self.err.is_terminal)

    def fail(self, text: str) -> None:
        """Print in one line why the command failed."""
        line = " ".join(self.safe(text).split())
        self.err.print(f"[bold red]heliograph:[/] {escape(line)}", soft_wrap=not self.err.is_terminal)

    @contextmanager
    def telling(self, text: str) -> Iterator[Telling]:
        """Show that something lasts, on standard error: a line that changes, or now and then one where it cannot."""
        if not self.err.is_terminal:
            yield Telling(self.err, None)
            return
        with self.err.status(escape(text)) as status:
            self._status = status
            try:
                yield Telling(self.err, self._tell)
            finally:
                self._status = None

    def _tell(self, text: str) -> None:
        if self._status is not None:
            self._status.update(escape(text))

    @property
    def can_ask(self) -> bool:
        """Whether somebody sits before it who could answer."""
        return sys.stdin is not None and sys.stdin.isatty() and self.err.is_terminal

    def ask_secret(self, question: str) -> str:
        """Ask for something that is not shown while it is typed."""
        with self._listening():
            answer = getpass.getpass(f"{question} ", stream=sys.stderr).strip()
        self.secrets.add(answer)
        return answer

    def ask(self, question: str) -> str:
        """Ask for something."""
        with self._listening():
            return self.err.input(f"{escape(question)} ", markup=True).strip()

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Let nothing move on the screen while somebody types, and let Ctrl-C be heard.

        Raises:
            KeyboardInterrupt: nobody answers.
        """
        on_main = threading.current_thread() is threading.main_thread()
        before = signal.getsignal(signal.SIGINT)
        if self._status is not None:
            self._status.stop()
        try:
            if on_main:
                # The loop's own handler waits for the loop, which waits for the answer.
                signal.signal(signal.SIGINT, signal.default_int_handler)
            yield
        except EOFError as err:
            raise KeyboardInterrupt from err
        finally:
            if on_main:
                signal.signal(signal.SIGINT, before)
            if self._status is not None:
                self._status.start()

    def misuse(self, key: str, /, **details: object) -> UsageError:
        """Make the error of a wrong input, in the reader's words."""
        return UsageError("usage", problem=self.say(key, **details))
