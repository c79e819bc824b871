from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from heliograph.store import StoreError
from heliograph.store.engine import locate, open_database
from heliograph.store.migrate import HEAD, KNOWN, migrate, revision_of
from heliograph.store.schema import METADATA
from tests.store.conftest import Opening
from tests.store.saying import MIDNIGHT, snapshot


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", "heliograph.store:migrations")
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def test_the_steps_are_those_that_are_known() -> None:
    assert tuple(reversed([step.revision for step in scripts().walk_revisions()])) == KNOWN
    assert scripts().get_current_head() == HEAD


@pytest.mark.parametrize("earlier", [None, *KNOWN], ids=str)
def test_every_earlier_database_comes_up_to_date(where: Path | str, earlier: str | None) -> None:
    database = open_database(locate(where))
    if earlier is not None:
        migrate(database, earlier)

    migrate(database)

    with database.reading() as connection:
        assert revision_of(connection) == HEAD
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    database.close()


async def test_a_database_from_the_future_is_refused(opening: Opening, where: Path | str) -> None:
    store = await opening()
    await store.write(snapshot(MIDNIGHT, {"production_power": 1.0}))
    await store.close()
    database = open_database(locate(where))
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()

    for read_only in (False, True):
        with pytest.raises(StoreError) as caught:
            await opening(read_only=read_only)
        assert caught.value.code == "history_too_new"
        assert "9999" in str(caught.value)
