"""Backups made while the bot runs: complete, consistent, and without data that was deleted before.

Relies on SQLite's `VACUUM INTO` and PostgreSQL's `pg_dump`. `write_atomically` serves other new files as well.
"""

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

from sqlalchemy.engine import URL

from storage.db import sqlite
from storage.db.error_hints import describe_with_hint
from storage.db.readonly import connect_readonly, connect_sqlite, make_missing_error
from storage.db.schema_age import SchemaAge, find_schema_age
from storage.db.url import SQLITE, format_safe_url, parse_url
from storage.errors import BackupError

TEMPORARY_PREFIX, TEMPORARY_SUFFIX = ".connection-test-", ".part"
ABANDONED_FILE_AGE_SECONDS = 86_400  # an unfinished file of this age belongs to a process that was killed
NO_SPACE_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
READ_PERMISSION_HINT = "try again, and check that its user may read all tables"
DUMP_LOCK_TIMEOUT = "30s"  # how long pg_dump waits for an upgrade of the tables


def create_backup(database_url: str, target: Path) -> int:
    """Writes a backup of the database to a new file, and returns its size in bytes.

    The file is an SQLite database, or an archive for pg_restore. It does not contain the key. Raises `StorageError`.
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
        hint = "choose a folder that this user may write to"
        raise BackupError(f"{target} cannot be written ({error.strerror}): {hint}.") from error
    return target.stat().st_size


def find_pg_dump_version() -> int | None:
    """Returns the major version of the installed pg_dump, or None."""
    program = shutil.which("pg_dump")
    if program is None:
        return None
    result = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - no input
    match = re.search(r"\) (\d+)", result.stdout)
    return int(match[1]) if match else None


def describe_pg_dump_install(server_version: int) -> str:
    """Says how to get a pg_dump that can back up a server of this version."""
    package = f"postgresql-client-{server_version} on Debian"
    return f"install the PostgreSQL client of version {server_version} or newer ({package})"


def find_target_problem(target: Path) -> str | None:
    """Says why no new file can be made at this path, and what to do; None if it can."""
    try:
        return _describe_obstacle(target, target.absolute().parent)
    except OSError as error:
        hint = "a shorter name" if error.errno == errno.ENAMETOOLONG else "a folder that this user may open"
        return f"{target} cannot be written ({error.strerror}): choose {hint}."


@contextmanager
def write_atomically(target: Path) -> Iterator[Path]:
    """Yields an empty file, readable by its owner only, which gets the name `target` at the end.

    After an exception, and after a power cut, there is a complete file or none. Raises `OSError`.
    """
    folder = target.absolute().parent
    _delete_stale_files(folder)
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
        return f"{target} already exists, and is not overwritten: choose another name."
    if not folder.is_dir():
        return f"The folder {folder} does not exist: create it first."
    return None


def _delete_stale_files(folder: Path) -> None:
    for file in folder.glob(f"{TEMPORARY_PREFIX}*{TEMPORARY_SUFFIX}"):
        if time.time() - file.stat().st_mtime > ABANDONED_FILE_AGE_SECONDS:
            file.unlink(missing_ok=True)


def _sync_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_target(url: URL, target: Path) -> None:
    problem = find_target_problem(target)
    if problem:
        raise BackupError(problem)
    folder = target.absolute().parent
    if url.get_backend_name() != SQLITE:
        return
    if folder.resolve() == sqlite.get_database_file(url).absolute().parent.resolve():
        raise BackupError(f"{folder} is the database's own folder: choose another one, if possible on another disk.")


def _make_no_space_error(target: Path) -> BackupError:
    folder = target.absolute().parent
    return BackupError(f"There is no space in {folder} for the backup: free space, or choose another disk.")


def _copy_sqlite(database_file: Path, temporary_file: Path, target: Path) -> None:
    try:
        with closing(connect_sqlite(database_file)) as connection:
            # Copies existing rows only: no free pages, and nothing of the log.
            connection.execute("VACUUM INTO ?", (str(temporary_file),))
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise _make_no_space_error(target) from error
        raise BackupError(f"{database_file} could not be copied {describe_with_hint(error)}") from error


def _dump_postgresql(url: URL, temporary_file: Path, server_version: int, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupError(f"pg_dump is not installed: {describe_pg_dump_install(server_version)}.")
    conninfo, password = _libpq_connection(url)
    options = ["--format=custom", "--no-password", f"--lock-wait-timeout={DUMP_LOCK_TIMEOUT}", f"--dbname={conninfo}"]
    environment = os.environ | password | {"LC_ALL": "C"}  # errors in English, for _make_dump_error
    with temporary_file.open("wb") as output:
        result = subprocess.run(  # noqa: S603 - no shell, and the program is PostgreSQL's
            [program, *options], stdout=output, stderr=subprocess.PIPE, env=environment, check=False
        )
    if result.returncode:
        raise _make_dump_error(result.stderr.decode(errors="replace"), url, server_version, target)


def _make_dump_error(error_output: str, url: URL, server_version: int, target: Path) -> BackupError:
    if "server version mismatch" in error_output:
        problem = f"pg_dump {find_pg_dump_version()} cannot back up PostgreSQL {server_version}"
        return BackupError(f"{problem}: {describe_pg_dump_install(server_version)}.")
    if "could not write" in error_output and os.strerror(errno.ENOSPC) in error_output:
        return _make_no_space_error(target)
    first_line = (error_output.strip().splitlines() or ["no message"])[0]
    problem = first_line.removeprefix("pg_dump: error: ").rstrip(".")
    return BackupError(f"{format_safe_url(url)} could not be backed up ({problem}): {READ_PERMISSION_HINT}.")


def _libpq_connection(url: URL) -> tuple[str, dict[str, str]]:
    """Returns a connection string for PostgreSQL's programs, and the environment with the password for them."""
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - libpq takes 9 MB, and SQLite does without

    _, connect_args = url.get_dialect()().create_connect_args(url)
    password = connect_args.pop("password", None)
    return make_conninfo(**connect_args), {"PGPASSWORD": str(password)} if password else {}
