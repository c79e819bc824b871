"""Brings a database to the tables of this version, and refuses one that is ahead of it."""

from typing import Final

from sqlalchemy import Connection, inspect, text

from heliograph.store.engine import Database, spoken
from heliograph.store.lock import StoreError

HEAD: Final = "0001"
"""The latest step; a test compares it with the steps themselves."""
KNOWN: Final = ("0001",)
"""All steps, oldest first."""
_SCRIPTS: Final = "heliograph.store:migrations"


def revision_of(connection: Connection) -> str | None:
    """Return how far a database has come; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def recognise(database: Database) -> str | None:
    """Return how far a database has come; None for an empty one.

    Raises:
        StoreError: it was written by a newer version.
    """
    with database.reading() as connection:
        found = revision_of(connection)
    if found is not None and found not in KNOWN:
        raise StoreError("history_too_new", database=spoken(database.url), found=found, known=HEAD)
    return found


def migrate(database: Database, target: str = HEAD) -> None:
    """Bring a database up to date, in one transaction.

    Raises:
        StoreError: it was written by a newer version.
    """
    found = recognise(database)
    if found == target:
        return
    # Imported only where there is something to do: an ordinary start needs none of it.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    config.set_main_option("path_separator", "os")
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, target)
