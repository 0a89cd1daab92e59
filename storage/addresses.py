"""A database's address, read: which kind it is, what is wrong with it, and what of it may be shown."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.faults import StorageUnusable

SQLITE, POSTGRESQL = "sqlite", "postgresql"
SQLITE_DRIVERS = {"sqlite", "sqlite+pysqlite"}
SHOWN = {"host", "port"}  # what may be shown of what stands behind the ?; a password may stand there too
FORMS = "sqlite:///data/connection-test.db is one, postgresql://user:password@host/name another"


def readable(address: str) -> URL:
    """The parts of a database's address. Raises `StorageUnusable` for one that this version can't use."""
    try:
        url = make_url(address.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError) as fault:  # the latter: a port that is no number
        raise StorageUnusable(f"DATABASE_URL is no address: {FORMS}.") from fault
    kind = url.get_backend_name()
    if kind == POSTGRESQL:
        return _with_a_name(url.set(drivername="postgresql+psycopg"))
    if kind != SQLITE:
        raise StorageUnusable(f"DATABASE_URL names a kind of database that this version can't use: {FORMS}.")
    if url.drivername not in SQLITE_DRIVERS:
        raise StorageUnusable("DATABASE_URL names a driver that this version can't use: begin it with sqlite:///.")
    if not url.database or url.database == ":memory:":
        raise StorageUnusable("DATABASE_URL names no file: sqlite:///data/connection-test.db does.")
    return url


def shown(url: URL) -> str:
    """The address as it may be shown: a path; or an address without any secret."""
    if url.get_backend_name() == SQLITE:
        return str(Path(url.database or "").absolute())
    query = {name: value for name, value in url.query.items() if name in SHOWN}
    return url.set(drivername=POSTGRESQL, query=query).render_as_string()


def _with_a_name(url: URL) -> URL:
    if not url.database:
        raise StorageUnusable("DATABASE_URL names no database: postgresql://user:password@host/name does.")
    return url
