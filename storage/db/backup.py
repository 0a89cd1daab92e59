"""A backup of the database, made while the bot runs: whole, of one moment, and without what was erased before it."""

import errno
import os
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_hex

from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL

from storage.db import sqlite
from storage.db.error_hints import describe_with_hint
from storage.db.readonly import SchemaAge, connect_readonly, connect_sqlite, find_schema_age, make_missing_error
from storage.db.url import SQLITE, format_safe_url, parse_url
from storage.errors import BackupError

# @@DOC A file that is there whole, or not at all: written under a temporary name, and renamed when it is whole.
TEMPORARY_PREFIX, TEMPORARY_SUFFIX = ".connection-test-", ".part"
STALE_AFTER_SECONDS = 86_400  # seconds after which an unfinished one belongs to a process that was killed


def find_target_problem(target: Path) -> str | None:
    """Why no new file can be made there, with the fix. None: it can."""
    try:
        return _describe_obstacle(target, target.absolute().parent)
    except OSError as error:
        hint = "a shorter name" if error.errno == errno.ENAMETOOLONG else "a folder that this user may enter"
        return f"{target} can't be written ({error.strerror}): choose {hint}."


@contextmanager
def write_atomically(target: Path) -> Iterator[Path]:
    """An empty file, its owner's only, that takes the name `to` at the end; and is gone where that isn't reached."""
    folder = target.absolute().parent
    for stale_file in folder.glob(f"{TEMPORARY_PREFIX}*{TEMPORARY_SUFFIX}"):
        if time.time() - stale_file.stat().st_mtime > STALE_AFTER_SECONDS:
            stale_file.unlink(missing_ok=True)
    temporary_file = folder / f"{TEMPORARY_PREFIX}{token_hex(4)}{TEMPORARY_SUFFIX}"
    os.close(os.open(temporary_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield temporary_file
        _sync_to_disk(temporary_file)
        temporary_file.rename(target)
        _sync_to_disk(folder)
    finally:
        temporary_file.unlink(missing_ok=True)


def _describe_obstacle(target: Path, folder: Path) -> str | None:
    if target.is_dir():
        return f"{target} is a folder: name a file in it."
    if target.exists() or target.is_symlink():
        return f"{target} is there already: nothing is overwritten. Choose another name."
    if not folder.is_dir():
        return f"The folder {folder} is not there: make it first."
    return None


def _sync_to_disk(path: Path) -> None:
    """It survives a power cut from now on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


NO_SPACE_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
READ_PERMISSION_HINT = "try again, and see that its user may read all tables"
DUMP_LOCK_TIMEOUT = "30s"  # an upgrade of the tables may hold pg_dump up for so long


def create_backup(database_url: str, target: Path) -> int:
    """Writes a backup of the database at this address to a new file; gives its size.

    SQLite: a database file. PostgreSQL: an archive for pg_restore. The key is not in it. Raises `StorageFault`.
    """
    url = parse_url(database_url)
    with connect_readonly(database_url) as connection:
        if find_schema_age(connection) is SchemaAge.MISSING:
            raise make_missing_error(url)
        server_version = int((connection.dialect.server_version_info or (0,))[0])
    _check_target(url, target)
    try:
        with write_atomically(target) as temporary_file:
            if url.get_backend_name() == SQLITE:
                _copy_sqlite(sqlite.get_database_file(url), temporary_file, target)
            else:
                _dump_postgresql(url, temporary_file, server_version, target)
    except OSError as error:
        if error.errno in NO_SPACE_ERRNOS:
            raise _make_no_space_error(target) from error
        hint = "choose a folder that this user may write in"
        raise BackupError(f"{target} can't be written ({error.strerror}): {hint}.") from error
    return target.stat().st_size


def find_pg_dump_version() -> int | None:
    """Which version of PostgreSQL's pg_dump is here; None: none."""
    program = shutil.which("pg_dump")
    if program is None:
        return None
    result = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    match = re.search(r"\) (\d+)", result.stdout)
    return int(match[1]) if match else None


def describe_pg_dump_install(server_version: int) -> str:
    """How to get a pg_dump that can back up a server of this version."""
    return f"install PostgreSQL's client of version {server_version} or newer (postgresql-client-{server_version} on Debian)"


def _check_target(url: URL, target: Path) -> None:
    problem = find_target_problem(target)
    if problem:
        raise BackupError(problem)
    folder = target.absolute().parent
    if (
        url.get_backend_name() == SQLITE
        and folder.resolve() == sqlite.get_database_file(url).absolute().parent.resolve()
    ):
        raise BackupError(f"{folder} is the database's own folder: choose another one, best on another disk.")


def _make_no_space_error(target: Path) -> BackupError:
    return BackupError(
        f"There is no room in {target.absolute().parent} for the backup: make room, or choose another disk."
    )


def _copy_sqlite(database_file: Path, temporary_file: Path, target: Path) -> None:
    """SQLite writes only what is there into the new file: no free pages, and nothing of the log."""
    try:
        with closing(connect_sqlite(database_file)) as connection:
            connection.execute("VACUUM INTO ?", (str(temporary_file),))
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise _make_no_space_error(target) from error
        raise BackupError(f"{database_file} could not be copied {describe_with_hint(error)}") from error


def _dump_postgresql(url: URL, temporary_file: Path, server_version: int, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupError(f"pg_dump is not here: {describe_pg_dump_install(server_version)}.")
    conninfo, password = _libpq_connection(url)
    command = [
        program,
        "--format=custom",
        "--no-password",
        f"--lock-wait-timeout={DUMP_LOCK_TIMEOUT}",
        f"--dbname={conninfo}",
    ]
    with temporary_file.open("wb") as output:
        result = subprocess.run(  # noqa: S603 - no shell, and the program is PostgreSQL's
            command, stdout=output, stderr=subprocess.PIPE, env=os.environ | password | {"LC_ALL": "C"}, check=False
        )
    if result.returncode:
        error_output = result.stderr.decode(errors="replace")
        if "server version mismatch" in error_output:
            raise BackupError(
                f"pg_dump is of version {find_pg_dump_version()}, the server of {server_version}: {describe_pg_dump_install(server_version)}."
            )
        if "could not write" in error_output and os.strerror(errno.ENOSPC) in error_output:
            raise _make_no_space_error(target)
        first_error_line = (
            (error_output.strip().splitlines() or ["it says nothing"])[0].removeprefix("pg_dump: error: ").rstrip(".")
        )
        raise BackupError(
            f"{format_safe_url(url)} could not be backed up ({first_error_line}): {READ_PERMISSION_HINT}."
        )


def _libpq_connection(url: URL) -> tuple[str, dict[str, str]]:
    """The address as PostgreSQL's own programs take it; the password apart, for their environment."""
    _, connect_args = url.get_dialect()().create_connect_args(url)
    password = connect_args.pop("password", None)
    return make_conninfo(**connect_args), {"PGPASSWORD": str(password)} if password else {}
