"""The age of a database's tables, compared with those of this version. Needs no Alembic, which is slow to import."""

from enum import Enum, auto
from pathlib import Path

from sqlalchemy import Connection, inspect, text

MIGRATIONS_FOLDER = Path(__file__).parents[1] / "migrations"


class SchemaAge(Enum):
    """The age of a database's tables, compared with those of this version."""

    MISSING = auto()
    OLDER = auto()
    CURRENT = auto()
    NEWER = auto()


WRONG_AGE_MESSAGES = {
    SchemaAge.OLDER: "The database is from an older version: start this version of the bot once, to upgrade it.",
    SchemaAge.NEWER: "The database was written by a newer version: upgrade the bot.",
}


def find_schema_age(connection: Connection) -> SchemaAge:
    """Compares the database's revision with those of this version."""
    if not inspect(connection).has_table("alembic_version"):
        return SchemaAge.MISSING
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    *older_revisions, newest_revision = list_revisions()
    if revision == newest_revision:
        return SchemaAge.CURRENT
    if revision is None:
        return SchemaAge.MISSING
    return SchemaAge.OLDER if revision in older_revisions else SchemaAge.NEWER


def list_revisions() -> list[str]:
    """Returns the revisions of this version, oldest first."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS_FOLDER / "versions").glob("[0-9]*_*.py"))
