"""A database's address, read: which kind it is, what is wrong with it, and what of it may be shown."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.errors import StorageUnreadableError

SQLITE, POSTGRESQL = "sqlite", "postgresql"
SQLITE_DRIVERS = {"sqlite", "sqlite+pysqlite"}
VISIBLE_QUERY_OPTIONS = {
    "host",
    "port",
}  # what may be shown of what stands behind the ?; a password may stand there too
# Where files stand that are kept: a path that begins so was meant from the root.
ROOT_FOLDERS = {"Users", "etc", "home", "media", "mnt", "opt", "root", "srv", "tmp", "usr", "var"}
URL_EXAMPLES = "sqlite:///data/connection-test.db is one, postgresql://user:password@host/name another"


def parse_url(database_url: str) -> URL:
    """The parts of a database's address. Raises `StorageUnusable` for one that this version can't use."""
    url = _parse(database_url)
    backend = url.get_backend_name()
    if backend == POSTGRESQL:
        return _check_database_name(url.set(drivername="postgresql+psycopg"))
    if backend != SQLITE:
        raise StorageUnreadableError(
            f"DATABASE_URL names a kind of database that this version can't use: {URL_EXAMPLES}."
        )
    return _check_sqlite_file(url)


def format_safe_url(url: URL) -> str:
    """The address as it may be shown: a path; or an address without any secret."""
    if url.get_backend_name() == SQLITE:
        return str(Path(url.database or "").absolute())
    query = {name: value for name, value in url.query.items() if name in VISIBLE_QUERY_OPTIONS}
    return url.set(drivername=POSTGRESQL, query=query).render_as_string()


def _parse(database_url: str) -> URL:
    if (
        database_url.startswith("postgres") and database_url.count("@") > 1
    ):  # else the rest of the password is taken for the host
        raise StorageUnreadableError("DATABASE_URL holds one @ too many: in a name or password it is written %40.")
    try:
        return make_url(database_url.replace("postgres://", "postgresql://", 1))
    except ArgumentError as error:
        raise StorageUnreadableError(f"DATABASE_URL is no address: {URL_EXAMPLES}.") from error
    except ValueError as error:
        example = "postgresql://user:password@host:5432/name has one"
        raise StorageUnreadableError(f"DATABASE_URL has no number for its port: {example}.") from error


def _check_database_name(url: URL) -> URL:
    if not url.database:
        raise StorageUnreadableError("DATABASE_URL names no database: postgresql://user:password@host/name does.")
    return url


def _check_sqlite_file(url: URL) -> URL:
    file, driver = url.database or "", url.drivername
    if driver not in SQLITE_DRIVERS:
        raise StorageUnreadableError(
            "DATABASE_URL names a driver that this version can't use: begin it with sqlite:///."
        )
    if url.host:
        raise StorageUnreadableError(f"DATABASE_URL has a slash too few: write {driver}:///{Path(url.host, file)}.")
    if not file or file == ":memory:":
        raise StorageUnreadableError("DATABASE_URL names no file: sqlite:///data/connection-test.db does.")
    if file.endswith("/") or Path(file).is_dir():
        raise StorageUnreadableError(
            f"DATABASE_URL names a folder: write {driver}:///{Path(file) / 'connection-test.db'}."
        )
    first, *rest = Path(file).parts
    if rest and first in ROOT_FOLDERS and not Path(first).exists():
        raise StorageUnreadableError(
            f"DATABASE_URL is a path from here, and there is no {first}: write {driver}:////{file}."
        )
    return url
