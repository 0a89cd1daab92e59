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
from storage.db.database import Database, cipher_of, with_its_key
from storage.db.encryption import OTHER_KEY, Cipher
from storage.db.error_hints import with_fix
from storage.db.schema import keys
from storage.db.url import SQLITE, readable, shown
from storage.errors import NoDatabase, StorageUnusable

VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"
BUSY = 2.0  # seconds that a file may be locked by somebody else


class Age(Enum):
    """How a database's tables stand to those of this version."""

    NONE = auto()
    OLDER = auto()
    SAME = auto()
    NEWER = auto()


UNFIT = {
    Age.OLDER: "The database is of an older version: start the bot of this version once, which upgrades it.",
    Age.NEWER: "The database was written by a newer version: upgrade the bot.",
}


@contextmanager
def looking(address: str) -> Iterator[Connection]:
    """A connection to the database there. Raises `StorageUnusable`; `NoDatabase` where no file is."""
    url = readable(address)
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as fault:
        raise StorageUnusable(f"DATABASE_URL: {shown(url)} can't be used {with_fix(fault)}") from fault
    finally:
        engine.dispose()


@contextmanager
def looking_into(address: str, secret: str | None) -> Iterator[Database]:
    """The database there, of this version and with its key, for what only reads. Raises `StorageUnusable`."""
    url = readable(address)
    engine = _engine(url)
    database = Database(engine, _fitting_cipher(address, url, secret))
    try:
        yield database
    finally:
        database.close()


def open_existing(address: str, secret: str | None) -> Database:
    """The database there, to work on beside the bot. Raises `StorageUnusable` where there is none of this version."""
    url = readable(address)
    cipher = _fitting_cipher(address, url, secret)
    kind = sqlite if url.get_backend_name() == SQLITE else postgresql
    return with_its_key(Database(kind.make_engine(url), cipher))


def _fitting_cipher(address: str, url: URL, secret: str | None) -> Cipher:
    with looking(address) as connection:
        age = age_of(connection)
        if age is Age.NONE:
            raise nothing_there(url)
        if age is not Age.SAME:
            raise StorageUnusable(UNFIT[age])
        cipher = cipher_of(url, secret)
        if is_written_with(connection, cipher) is False:
            raise StorageUnusable(OTHER_KEY)
    return cipher


def age_of(connection: Connection) -> Age:
    """Whose tables these are."""
    if not inspect(connection).has_table("alembic_version"):
        return Age.NONE
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    *older, head = known_revisions()
    if found == head:
        return Age.SAME
    return Age.NONE if found is None else Age.OLDER if found in older else Age.NEWER


def known_revisions() -> list[str]:
    """The revisions of the tables that this version knows, oldest first. Alembic itself is heavy to ask."""
    return sorted(file.name.partition("_")[0] for file in VERSIONS.glob("[0-9]*_*.py"))


def is_written_with(connection: Connection, cipher: Cipher) -> bool | None:
    """Whether this is the database's key. None: it doesn't say; a version that did not note it has written it."""
    if not inspect(connection).has_table(keys.name):
        return None
    mark = connection.execute(select(keys.c.mark)).scalar_one_or_none()
    return None if mark is None else mark == cipher.own_mark


def nothing_there(url: URL) -> NoDatabase:
    """The fault that says so."""
    what = f"no database at {shown(url)}" if url.get_backend_name() == SQLITE else f"nothing in {shown(url)}"
    return NoDatabase(f"There is {what} yet: the bot makes it at its first start. Else see DATABASE_URL.")


def connect(file: Path) -> sqlite3.Connection:
    """A connection that makes no file, and begins no transaction by itself. Raises `sqlite3.Error`."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY, isolation_level=None)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != SQLITE:
        given = {"connect_timeout": postgresql.CONNECTING}
        return create_engine(url, poolclass=NullPool, connect_args=given, **postgresql.AS_DRIVEN)
    file = sqlite.file_of(url)
    sqlite.refuse_log_alone(file)
    if not file.exists():
        raise nothing_there(url)
    return create_engine("sqlite://", creator=lambda: connect(file), poolclass=NullPool, hide_parameters=True)
