"""Brings the tables of a database up to date, whichever version wrote it, with Alembic and `storage.migrations`."""

from sqlalchemy import Connection, Engine, func, select

from storage.db.postgresql import LOCK_NAMESPACE, UPGRADE_LOCK
from storage.db.schema_age import MIGRATIONS_FOLDER, WRONG_AGE_MESSAGES, SchemaAge, find_schema_age
from storage.db.url import SQLITE
from storage.errors import StorageUnreadableError

HEAD = "head"  # Alembic's name for the newest revision


def upgrade_schema(engine: Engine, revision: str = HEAD) -> bool:
    """Runs the migrations that this database lacks, and returns whether it was empty.

    All run in one transaction, all or none; one worker at a time. With SQLite, the connections of the engine must
    have foreign keys off (see `storage.db.sqlite.migration_engine`). Raises `StorageUnreadableError` for a database
    of a newer version, and where rows would lose the rows that they refer to.
    """
    is_embedded = engine.dialect.name == SQLITE
    with engine.begin() as connection:
        if not is_embedded:
            connection.execute(select(func.pg_advisory_xact_lock(LOCK_NAMESPACE, UPGRADE_LOCK)))
        age = find_schema_age(connection)
        if age is SchemaAge.NEWER:
            raise StorageUnreadableError(WRONG_AGE_MESSAGES[age])
        if age is not SchemaAge.CURRENT or revision != HEAD:
            _run_migrations(connection, revision)
            if is_embedded:
                _refuse_orphans(connection)
    return age is SchemaAge.MISSING


def _refuse_orphans(connection: Connection) -> None:
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        raise StorageUnreadableError(
            f"The upgrade would orphan {len(orphans)} rows, so it changed nothing: restore the newest backup."
        )


def _run_migrations(connection: Connection, revision: str) -> None:
    # Alembic takes 70 ms and 10 MB to import. Most starts find the tables up to date, and do without.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
