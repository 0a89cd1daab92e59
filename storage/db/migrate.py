"""Brings the tables of a database up to date, whichever version wrote it, with Alembic and `storage.migrations`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, func, inspect, select

from storage.db.postgresql import LOCK_NAMESPACE, UPGRADE_LOCK
from storage.db.url import SQLITE
from storage.errors import StorageUnreadableError

MIGRATIONS_FOLDER = Path(__file__).parents[1] / "migrations"


def upgrade_schema(engine: Engine, revision: str = "head") -> bool:
    """Runs the migrations that this database lacks, and returns whether it was empty.

    All run in one transaction, all or none; one worker at a time. With SQLite, the connections of the engine must
    have foreign keys off (see `storage.db.sqlite.migration_engine`). Raises `StorageUnreadableError` for a database
    of a newer version, and where rows would lose the rows that they refer to.
    """
    is_embedded = engine.dialect.name == SQLITE
    with engine.begin() as connection:
        if not is_embedded:
            connection.execute(select(func.pg_advisory_xact_lock(LOCK_NAMESPACE, UPGRADE_LOCK)))
        was_empty = not inspect(connection).has_table("alembic_version")
        try:
            command.upgrade(_make_config(connection), revision)
        except CommandError as error:
            raise StorageUnreadableError("The database was written by a newer version: upgrade the bot.") from error
        if is_embedded:
            _refuse_orphans(connection)
    return was_empty


def _refuse_orphans(connection: Connection) -> None:
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        raise StorageUnreadableError(
            f"The upgrade would orphan {len(orphans)} rows, so it changed nothing: restore the newest backup."
        )


def _make_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
