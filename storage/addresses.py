"""A database's address, read: which kind it is, and what is wrong with it."""

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.faults import StorageUnusable

SQLITE, POSTGRESQL = "sqlite", "postgresql"
FORMS = "sqlite:///data/connection-test.db is one, postgresql://user:password@host/name another"


def readable(address: str) -> URL:
    """The parts of a database's address. Raises `StorageUnusable` for one that this version can't use."""
    try:
        url = make_url(address.replace("postgres://", "postgresql://", 1))
    except ArgumentError as fault:
        raise StorageUnusable(f"DATABASE_URL is no address: {FORMS}.") from fault
    kind = url.get_backend_name()
    if kind == POSTGRESQL:
        return _with_a_name(url.set(drivername="postgresql+psycopg"))
    if kind != SQLITE:
        raise StorageUnusable(f"DATABASE_URL names a kind of database that this version can't use: {FORMS}.")
    if not url.database or url.database == ":memory:":
        raise StorageUnusable("DATABASE_URL names no file: sqlite:///data/connection-test.db does.")
    return url


def _with_a_name(url: URL) -> URL:
    if not url.database:
        raise StorageUnusable("DATABASE_URL names no database: postgresql://user:password@host/name does.")
    return url
