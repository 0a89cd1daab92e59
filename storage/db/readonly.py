"""Opens a database that exists, and creates and upgrades nothing.

The commands use it beside the running bot: `connect_readonly` for a connection to any version, `open_readonly` and
`open_existing` for a database of this version.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage.db import postgresql, sqlite
from storage.db.database import Database, create_cipher, verify_key
from storage.db.encryption import WRONG_KEY_MESSAGE, Cipher
from storage.db.error_hints import describe_with_hint
from storage.db.schema import encryption_keys
from storage.db.url import SQLITE, format_safe_url, parse_url
from storage.errors import DatabaseMissingError, StorageUnreadableError

REVISIONS_FOLDER = Path(__file__).parents[1] / "migrations" / "versions"
BUSY_TIMEOUT_SECONDS = 2.0  # how long to wait while another program locks the file


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


@contextmanager
def connect_readonly(database_url: str) -> Iterator[Connection]:
    """A connection to the database. Raises `StorageUnreadableError`; `DatabaseMissingError` where there is no file."""
    url = parse_url(database_url)
    engine = _make_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        problem = describe_with_hint(error)
        raise StorageUnreadableError(f"DATABASE_URL: cannot use {format_safe_url(url)} {problem}") from error
    finally:
        engine.dispose()


@contextmanager
def open_readonly(database_url: str, secret: str | None) -> Iterator[Database]:
    """A database of this version, for reading only. `secret` is SECRET_KEY. Raises `StorageUnreadableError`."""
    url = parse_url(database_url)
    engine = _make_engine(url)
    database = Database(engine, _create_verified_cipher(database_url, url, secret))
    try:
        yield database
    finally:
        database.close()


def open_existing(database_url: str, secret: str | None) -> Database:
    """Opens a database of this version for reading and writing. `secret` is SECRET_KEY.

    Raises `StorageUnreadableError`.
    """
    url = parse_url(database_url)
    cipher = _create_verified_cipher(database_url, url, secret)
    dialect = sqlite if url.get_backend_name() == SQLITE else postgresql
    return verify_key(Database(dialect.make_engine(url), cipher))


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
    # By the names of the files, as importing Alembic takes long.
    return sorted(file.name.partition("_")[0] for file in REVISIONS_FOLDER.glob("[0-9]*_*.py"))


def is_key_correct(connection: Connection, cipher: Cipher) -> bool | None:
    """Whether the database was written with this key. None: it has recorded no key yet."""
    if not inspect(connection).has_table(encryption_keys.name):
        return None
    fingerprint = connection.execute(select(encryption_keys.c.fingerprint)).scalar_one_or_none()
    return None if fingerprint is None else fingerprint == cipher.key_fingerprint


def make_missing_error(url: URL) -> DatabaseMissingError:
    """Makes the error for a database that does not exist, or has no tables."""
    place = format_safe_url(url)
    if url.get_backend_name() == SQLITE:
        problem = f"There is no database at {place} yet: the bot creates it when it first starts"
    else:
        problem = f"There are no tables in {place} yet: the bot creates them when it first starts"
    return DatabaseMissingError(f"{problem}. If you expected a database there, check DATABASE_URL.")


def connect_sqlite(file: Path) -> sqlite3.Connection:
    """Connects without creating a file, in autocommit mode. Raises `sqlite3.Error`."""
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None
    )


def _create_verified_cipher(database_url: str, url: URL, secret: str | None) -> Cipher:
    with connect_readonly(database_url) as connection:
        age = find_schema_age(connection)
        if age is SchemaAge.MISSING:
            raise make_missing_error(url)
        if age is not SchemaAge.CURRENT:
            raise StorageUnreadableError(WRONG_AGE_MESSAGES[age])
        cipher = create_cipher(url, secret)
        if is_key_correct(connection, cipher) is False:
            raise StorageUnreadableError(WRONG_KEY_MESSAGE)
    return cipher


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() != SQLITE:
        connect_args = {"connect_timeout": postgresql.CONNECT_TIMEOUT_SECONDS}
        return create_engine(url, poolclass=NullPool, connect_args=connect_args, **postgresql.ENGINE_OPTIONS)
    file = sqlite.get_database_file(url)
    sqlite.refuse_orphaned_wal(file)
    if not file.exists():
        raise make_missing_error(url)
    return create_engine("sqlite://", creator=lambda: connect_sqlite(file), poolclass=NullPool, hide_parameters=True)
