"""DATABASE_URL: parsed, checked for likely mistakes, and formatted without its secrets.

Raises errors that start with the name of the setting and say what to write instead.
"""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.errors import StorageUnreadableError

SQLITE, POSTGRESQL = "sqlite", "postgresql"
SQLITE_DRIVERS = {"sqlite", "sqlite+pysqlite"}
VISIBLE_QUERY_OPTIONS = {"host", "port"}  # other options may be secrets, such as a password
# A relative path that starts with one of these folders was probably meant to be absolute.
ROOT_FOLDERS = {"Users", "etc", "home", "media", "mnt", "opt", "root", "srv", "tmp", "usr", "var"}
SQLITE_EXAMPLE = "sqlite:///data/connection-test.db"
POSTGRESQL_EXAMPLE = "postgresql://user:password@host/name"
URL_EXAMPLES = f"write {SQLITE_EXAMPLE} or {POSTGRESQL_EXAMPLE}"


def parse_url(database_url: str) -> URL:
    """Parses the URL of an SQLite file or a PostgreSQL database. Raises `StorageUnreadableError` for any other."""
    url = _parse(database_url)
    backend = url.get_backend_name()
    if backend == POSTGRESQL:
        return _check_database_name(url.set(drivername="postgresql+psycopg"))
    if backend != SQLITE:
        raise StorageUnreadableError(f"DATABASE_URL names a database that is not supported: {URL_EXAMPLES}.")
    return _check_sqlite_file(url)


def format_safe_url(url: URL) -> str:
    """Formats the URL for people: the path of an SQLite file, or the URL without secrets."""
    if url.get_backend_name() == SQLITE:
        return str(Path(url.database or "").absolute())
    query = {name: value for name, value in url.query.items() if name in VISIBLE_QUERY_OPTIONS}
    return url.set(drivername=POSTGRESQL, query=query).render_as_string()


def _parse(database_url: str) -> URL:
    # With two @, SQLAlchemy would take the rest of the password for the host, and show it.
    if database_url.startswith("postgres") and database_url.count("@") > 1:
        raise StorageUnreadableError("DATABASE_URL has more than one @: write %40 for an @ in a name or password.")
    try:
        return make_url(database_url.replace("postgres://", "postgresql://", 1))
    except ArgumentError as error:
        raise StorageUnreadableError(f"DATABASE_URL is not a URL: {URL_EXAMPLES}.") from error
    except ValueError as error:
        example = "write it as in postgresql://user:password@host:5432/name"
        raise StorageUnreadableError(f"DATABASE_URL has no number as its port: {example}.") from error


def _check_database_name(url: URL) -> URL:
    if not url.database:
        raise StorageUnreadableError(f"DATABASE_URL names no database: add it as in {POSTGRESQL_EXAMPLE}.")
    return url


def _check_sqlite_file(url: URL) -> URL:
    file, driver = url.database or "", url.drivername
    if driver not in SQLITE_DRIVERS:
        raise StorageUnreadableError("DATABASE_URL names a driver that is not supported: start it with sqlite:///.")
    if url.host:
        raise StorageUnreadableError(f"DATABASE_URL lacks a slash: write {driver}:///{Path(url.host, file)}.")
    if not file or file == ":memory:":
        raise StorageUnreadableError(f"DATABASE_URL names no file: add it as in {SQLITE_EXAMPLE}.")
    if file.endswith("/") or Path(file).is_dir():
        example = Path(file) / "connection-test.db"
        raise StorageUnreadableError(f"DATABASE_URL names a folder: write {driver}:///{example}.")
    first_folder, *other_parts = Path(file).parts
    if other_parts and first_folder in ROOT_FOLDERS and not Path(first_folder).exists():
        problem = f"is a relative path, and there is no folder {first_folder} here"
        raise StorageUnreadableError(f"DATABASE_URL {problem}: write {driver}:////{file}.")
    return url
