"""The commands of the service with their arguments and options; each is explained in `words/*.json`."""

from collections.abc import Callable
from typing import Annotated

import typer

from heliograph.cli.help import Command

Perform = Callable[..., int]
"""Does a command's work by the name of its file."""

Data = Annotated[str | None, typer.Option("--data", show_default=False)]
Config = Annotated[str | None, typer.Option("--config", show_default=False)]
Port = Annotated[str | None, typer.Option("--port", show_default=False)]


def register(app: typer.Typer, perform: Perform) -> None:
    """Add the commands."""

    @app.command(cls=Command)
    def run(*, data: Data = None, config: Config = None) -> int:
        """See help.run."""
        return perform("run", data=data, config=config)

    @app.command(cls=Command)
    def demo(
        *,
        data: Data = None,
        port: Port = None,
        family: Annotated[str | None, typer.Option("--family", show_default=False)] = None,
    ) -> int:
        """See help.demo."""
        return perform("demo", data=data, port=port, family=family)

    @app.command(cls=Command)
    def config(*, data: Data = None, config: Config = None) -> int:
        """See help.config."""
        return perform("config", data=data, config=config)
