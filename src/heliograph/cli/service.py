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

    @app.command(cls=Command)
    def export(
        path: Annotated[str | None, typer.Argument(metavar="FILE", show_default=False)] = None,
        *,
        gateway: Annotated[str | None, typer.Option("--gateway", show_default=False)] = None,
        since: Annotated[str | None, typer.Option("--from", show_default=False)] = None,
        until: Annotated[str | None, typer.Option("--to", show_default=False)] = None,
        step: Annotated[str, typer.Option("--step")] = "raw",
        data: Data = None,
        config: Config = None,
    ) -> int:
        """See help.export."""
        given = {"path": path, "gateway": gateway, "since": since, "until": until, "step": step}
        return perform("export", **given, data=data, config=config)

    @app.command(cls=Command)
    def notify(
        *,
        test: Annotated[bool, typer.Option("--test")] = False,
        dry: Annotated[bool, typer.Option("--dry-run")] = False,
        days: Annotated[str | None, typer.Option("--days", show_default=False)] = None,
        gateway: Annotated[str | None, typer.Option("--gateway", show_default=False)] = None,
        data: Data = None,
        config: Config = None,
    ) -> int:
        """See help.notify."""
        return perform("notify", test=test, dry=dry, days=days, gateway=gateway, data=data, config=config)

    @app.command(cls=Command)
    def backup(
        path: Annotated[str | None, typer.Argument(metavar="FOLDER", show_default=False)] = None,
        *,
        data: Data = None,
        config: Config = None,
    ) -> int:
        """See help.backup."""
        return perform("backup", path=path, data=data, config=config)
