"""A database's address, read: which kind it is, what is wrong with it, and what of it may be shown."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.errors import StorageUnusable

SQLITE, POSTGRESQL = "sqlite", "postgresql"
SQLITE_DRIVERS = {"sqlite", "sqlite+pysqlite"}
SHOWN = {"host", "port"}  # what may be shown of what stands behind the ?; a password may stand there too
# Where files stand that are kept: a path that begins so was meant from the root.
FROM_THE_ROOT = {"Users", "etc", "home", "media", "mnt", "opt", "root", "srv", "tmp", "usr", "var"}
FORMS = "sqlite:///data/connection-test.db is one, postgresql://user:password@host/name another"


def readable(address: str) -> URL:
    """The parts of a database's address. Raises `StorageUnusable` for one that this version can't use."""
    url = _parts(address)
    kind = url.get_backend_name()
    if kind == POSTGRESQL:
        return _with_a_name(url.set(drivername="postgresql+psycopg"))
    if kind != SQLITE:
        raise StorageUnusable(f"DATABASE_URL names a kind of database that this version can't use: {FORMS}.")
    return _with_a_file(url)


def shown(url: URL) -> str:
    """The address as it may be shown: a path; or an address without any secret."""
    if url.get_backend_name() == SQLITE:
        return str(Path(url.database or "").absolute())
    query = {name: value for name, value in url.query.items() if name in SHOWN}
    return url.set(drivername=POSTGRESQL, query=query).render_as_string()


def _parts(address: str) -> URL:
    if address.startswith("postgres") and address.count("@") > 1:  # else the rest of the password is taken for the host
        raise StorageUnusable("DATABASE_URL holds one @ too many: in a name or password it is written %40.")
    try:
        return make_url(address.replace("postgres://", "postgresql://", 1))
    except ArgumentError as fault:
        raise StorageUnusable(f"DATABASE_URL is no address: {FORMS}.") from fault
    except ValueError as fault:
        form = "postgresql://user:password@host:5432/name has one"
        raise StorageUnusable(f"DATABASE_URL has no number for its port: {form}.") from fault


def _with_a_name(url: URL) -> URL:
    if not url.database:
        raise StorageUnusable("DATABASE_URL names no database: postgresql://user:password@host/name does.")
    return url


def _with_a_file(url: URL) -> URL:
    file, driver = url.database or "", url.drivername
    if driver not in SQLITE_DRIVERS:
        raise StorageUnusable("DATABASE_URL names a driver that this version can't use: begin it with sqlite:///.")
    if url.host:
        raise StorageUnusable(f"DATABASE_URL has a slash too few: write {driver}:///{Path(url.host, file)}.")
    if not file or file == ":memory:":
        raise StorageUnusable("DATABASE_URL names no file: sqlite:///data/connection-test.db does.")
    if file.endswith("/") or Path(file).is_dir():
        raise StorageUnusable(f"DATABASE_URL names a folder: write {driver}:///{Path(file) / 'connection-test.db'}.")
    first, *rest = Path(file).parts
    if rest and first in FROM_THE_ROOT and not Path(first).exists():
        raise StorageUnusable(f"DATABASE_URL is a path from here, and there is no {first}: write {driver}:////{file}.")
    return url
