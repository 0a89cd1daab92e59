"""Opens a database that exists, and creates and upgrades nothing.

The commands use it beside the running bot: `connect_readonly` for a connection to any version, `open_readonly` and
`open_existing` for a database of this version.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage.db import postgresql, sqlite
from storage.db.database import Database, create_cipher, verify_key
from storage.db.encryption import WRONG_KEY_MESSAGE, Cipher
from storage.db.error_hints import describe_with_hint
from storage.db.schema import encryption_keys
from storage.db.schema_age import WRONG_AGE_MESSAGES, SchemaAge, find_schema_age
from storage.db.url import SQLITE, format_safe_url, parse_url
from storage.errors import DatabaseMissingError, StorageUnreadableError

BUSY_TIMEOUT_SECONDS = 2.0  # how long to wait while another program locks the file


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
