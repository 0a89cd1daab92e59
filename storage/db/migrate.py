"""Brings a database's tables up to date, whatever version wrote it."""

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
    """Runs the migrations that this database lacks, in one transaction: all or none; one worker at a time.
    Gives whether it was empty.

    With SQLite the engine's connections must have foreign keys off: with them on, Alembic's way of rebuilding a table
    deletes the rows that point to it. They are checked at the end. Raises `StorageUnusable` for a database from a
    newer version.
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
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() if is_embedded else []
        if orphans:
            raise StorageUnreadableError(f"An upgrade would orphan {len(orphans)} rows: nothing was changed.")
    return was_empty


def _make_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
