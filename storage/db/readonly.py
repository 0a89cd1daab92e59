"""A database looked at as it is: nothing is made, upgraded or changed by looking."""

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
BUSY_TIMEOUT_SECONDS = 2.0  # seconds that a file may be locked by somebody else


class SchemaAge(Enum):
    """How a database's tables stand to those of this version."""

    MISSING = auto()
    OLDER = auto()
    CURRENT = auto()
    NEWER = auto()


WRONG_AGE_MESSAGES = {
    SchemaAge.OLDER: "The database is of an older version: start the bot of this version once, which upgrades it.",
    SchemaAge.NEWER: "The database was written by a newer version: upgrade the bot.",
}


@contextmanager
def connect_readonly(database_url: str) -> Iterator[Connection]:
    """A connection to the database there. Raises `StorageUnusable`; `NoDatabase` where no file is."""
    url = parse_url(database_url)
    engine = _make_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise StorageUnreadableError(
            f"DATABASE_URL: {format_safe_url(url)} can't be used {describe_with_hint(error)}"
        ) from error
    finally:
        engine.dispose()


@contextmanager
def open_readonly(database_url: str, secret: str | None) -> Iterator[Database]:
    """The database there, of this version and with its key, for what only reads. Raises `StorageUnusable`."""
    url = parse_url(database_url)
    engine = _make_engine(url)
    database = Database(engine, _create_verified_cipher(database_url, url, secret))
    try:
        yield database
    finally:
        database.close()


def open_existing(database_url: str, secret: str | None) -> Database:
    """The database there, to work on beside the bot. Raises `StorageUnusable` where there is none of this version."""
    url = parse_url(database_url)
    cipher = _create_verified_cipher(database_url, url, secret)
    dialect = sqlite if url.get_backend_name() == SQLITE else postgresql
    return verify_key(Database(dialect.make_engine(url), cipher))


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


def find_schema_age(connection: Connection) -> SchemaAge:
    """Whose tables these are."""
    if not inspect(connection).has_table("alembic_version"):
        return SchemaAge.MISSING
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    *older_revisions, newest_revision = list_revisions()
    if revision == newest_revision:
        return SchemaAge.CURRENT
    return (
        SchemaAge.MISSING if revision is None else SchemaAge.OLDER if revision in older_revisions else SchemaAge.NEWER
    )


def list_revisions() -> list[str]:
    """The revisions of the tables that this version knows, oldest first. Alembic itself is heavy to ask."""
    return sorted(file.name.partition("_")[0] for file in REVISIONS_FOLDER.glob("[0-9]*_*.py"))


def is_key_correct(connection: Connection, cipher: Cipher) -> bool | None:
    """Whether this is the database's key. None: it doesn't say; a version that did not note it has written it."""
    if not inspect(connection).has_table(encryption_keys.name):
        return None
    fingerprint = connection.execute(select(encryption_keys.c.fingerprint)).scalar_one_or_none()
    return None if fingerprint is None else fingerprint == cipher.key_fingerprint


def make_missing_error(url: URL) -> DatabaseMissingError:
    """The fault that says so."""
    description = (
        f"no database at {format_safe_url(url)}"
        if url.get_backend_name() == SQLITE
        else f"nothing in {format_safe_url(url)}"
    )
    return DatabaseMissingError(
        f"There is {description} yet: the bot makes it at its first start. Else see DATABASE_URL."
    )


def connect_sqlite(file: Path) -> sqlite3.Connection:
    """A connection that makes no file, and begins no transaction by itself. Raises `sqlite3.Error`."""
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None
    )


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() != SQLITE:
        connect_args = {"connect_timeout": postgresql.CONNECT_TIMEOUT_SECONDS}
        return create_engine(url, poolclass=NullPool, connect_args=connect_args, **postgresql.ENGINE_OPTIONS)
    file = sqlite.get_database_file(url)
    sqlite.refuse_orphaned_wal(file)
    if not file.exists():
        raise make_missing_error(url)
    return create_engine("sqlite://", creator=lambda: connect_sqlite(file), poolclass=NullPool, hide_parameters=True)
