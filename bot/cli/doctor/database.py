"""The doctor's checks of the database: present, writable, intact, with the right key; its server, disk and files."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile, gettempdir

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bot.cli.doctor.findings import Finding, ok, problem, skipped, warning
from bot.settings import Settings
from storage.db import sqlite
from storage.db.backup import describe_pg_dump_install, find_pg_dump_version
from storage.db.database import create_cipher
from storage.db.encryption import WRONG_KEY_MESSAGE
from storage.db.error_hints import RESTORE_HINT, describe_with_hint, get_first_line
from storage.db.postgresql import THREAD_COUNT
from storage.db.readonly import connect_readonly, is_key_correct
from storage.db.schema_age import SchemaAge, find_schema_age
from storage.db.url import SQLITE, format_safe_url, parse_url
from storage.errors import DatabaseMissingError, StorageUnreadableError

# One for each thread, the results loader, the locks, and the export's process (a migration is over before those).
CONNECTIONS_PER_WORKER = THREAD_COUNT + 3
CAN_CREATE_TABLES_SQL = "SELECT current_schema() IS NOT NULL AND has_schema_privilege(current_schema(), 'CREATE')"
CAN_WRITE_TABLES_SQL = """
    SELECT bool_and(has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
        AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))
    FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
"""
CAN_USE_TEMPORARY_TABLES_SQL = "SELECT has_database_privilege(current_database(), 'TEMP')"
WRITE_MEGABYTE_SQL = "CREATE TEMPORARY TABLE trial AS SELECT repeat('x', 1000) FROM generate_series(1, 1000)"
FREE_CONNECTIONS_SQL = """
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true), '0')::int
         - (SELECT sum(numbackends) FROM pg_stat_database) + 1
"""


def check_server(url: URL, connection: Connection, age: SchemaAge) -> Iterator[Finding]:
    """Yields findings about a PostgreSQL server: writable, connections left, pg_dump."""
    version = int((connection.dialect.server_version_info or (0,))[0])
    yield _check_server_writable(url, connection, version, age)
    free_connections = int(connection.execute(text(FREE_CONNECTIONS_SQL)).scalar_one())
    yield _check_connections(free_connections)
    yield _check_pg_dump(version)


def _check_server_writable(url: URL, connection: Connection, version: int, age: SchemaAge) -> Finding:
    if connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one():
        fix = "name the primary in DATABASE_URL (with several hosts: ?target_session_attrs=read-write)"
        return problem("database", f"{format_safe_url(url)} is a standby, which can only be read: {fix}.")
    if connection.execute(text("SHOW transaction_read_only")).scalar_one() == "on":
        return problem("database", f"{format_safe_url(url)} is set to read-only: see default_transaction_read_only.")
    user = connection.execute(text("SELECT current_user")).scalar_one()
    if age in {SchemaAge.MISSING, SchemaAge.OLDER} and not connection.execute(text(CAN_CREATE_TABLES_SQL)).scalar_one():
        fix = f'GRANT CREATE ON SCHEMA public TO "{user}"'
        return problem("database", f"the user {user} may not make tables there: {fix}; or let {user} own the database.")
    if age is not SchemaAge.MISSING and not connection.execute(text(CAN_WRITE_TABLES_SQL)).scalar_one():
        return problem("database", f"the user {user} may not write all tables: let {user} own them.")
    try:
        _try_server_write(connection)
    except DBAPIError as error:
        return problem(
            "database", f"in {format_safe_url(url)} not even a megabyte can be written {describe_with_hint(error)}"
        )
    return ok("database", f"{format_safe_url(url)}, PostgreSQL {version}, can be read and written.")


def _try_server_write(connection: Connection) -> None:
    """Writes a megabyte into a temporary table and rolls back. Raises `DBAPIError`."""
    if connection.execute(text(CAN_USE_TEMPORARY_TABLES_SQL)).scalar_one():
        with connection.begin_nested() as trial:
            connection.execute(text(WRITE_MEGABYTE_SQL))
            trial.rollback()


def _check_connections(free_connections: int) -> Finding:
    if free_connections < CONNECTIONS_PER_WORKER:
        fix = "raise max_connections, or run fewer workers"
        return warning(
            "connections", f"{free_connections} are left, and one more worker may take {CONNECTIONS_PER_WORKER}: {fix}."
        )
    return ok("connections", f"{free_connections} are left.")


def _check_pg_dump(version: int) -> Finding:
    installed_version = find_pg_dump_version()
    if installed_version is None:
        return warning(
            "backup", f"there is no pg_dump here, so `backup` can't work here: {describe_pg_dump_install(version)}."
        )
    if installed_version < version:
        return warning(
            "backup",
            f"pg_dump {installed_version} can't back up PostgreSQL {version}: {describe_pg_dump_install(version)}.",
        )
    return ok("backup", f"pg_dump {installed_version} is here.")


BYTES_PER_MEGABYTE = 1_000_000
MIN_FREE_BYTES, LOW_FREE_BYTES = 50 * BYTES_PER_MEGABYTE, 500 * BYTES_PER_MEGABYTE


def check_disk(database_file: Path) -> Finding:
    """Returns how much space is free on the disk of the database file."""
    free_bytes = shutil.disk_usage(database_file.parent).free
    free_text = (
        f"{free_bytes / BYTES_PER_MEGABYTE / 1000:.1f} GB are free"
        if free_bytes > 1000 * BYTES_PER_MEGABYTE
        else f"{free_bytes // BYTES_PER_MEGABYTE} MB are free"
    )
    if free_bytes < MIN_FREE_BYTES:
        return problem("disk", f"only {free_text}: free some space, or the bot can't store what people write.")
    return (
        warning("disk", f"only {free_text}: make room soon.")
        if free_bytes < LOW_FREE_BYTES
        else ok("disk", f"{free_text}.")
    )


def try_file_write(neighbour: Path) -> None:
    """Writes a megabyte to the disk beside that file and removes it. Raises `OSError`."""
    with TemporaryFile(dir=neighbour.parent) as temporary_file:  # it has no name, so a kill leaves nothing
        temporary_file.write(os.urandom(BYTES_PER_MEGABYTE))
        temporary_file.flush()
        os.fsync(temporary_file.fileno())


def check_temporary_folder() -> Finding:
    """Checks that exports have a folder to be written in."""
    try:
        folder = gettempdir()
        try_file_write(Path(folder) / "download")
    except OSError as error:
        fix = "set TMPDIR to a folder that the bot may write in"
        return problem("temporary", f"downloads in the chat can't be written ({error.strerror}): {fix}.")
    return ok("temporary", f"{folder} can be written: downloads are put together there.")


def check_database_folder(database_file: Path) -> Iterator[Finding]:
    """Yields a problem if no database file can be created there."""
    existing_folder = next(folder for folder in database_file.absolute().parents if folder.exists())
    if not existing_folder.is_dir() or not os.access(existing_folder, os.W_OK | os.X_OK):
        yield problem("folder", f"{existing_folder} can't be written: give it to the user that the bot runs as.")


NOT_CHECKED_DATABASE = "not checked: the database and its key must be usable first."
OTHERS_MODE_BITS = 0o077  # file mode bits for others than the owner
TABLE_FINDINGS = {
    SchemaAge.MISSING: warning("tables", "none yet: the bot makes them at its first start."),
    SchemaAge.OLDER: warning(
        "tables", "of an older version: the next start of the bot upgrades them. Make a backup first."
    ),
    SchemaAge.CURRENT: ok("tables", "of this version."),
    SchemaAge.NEWER: problem("tables", "written by a newer version: upgrade the bot."),
}


def check_database(settings: Settings) -> Iterator[Finding]:
    """Yields all findings about the database, the key last."""
    url = parse_url(settings.database_url)
    try:
        with connect_readonly(settings.database_url) as connection:
            age = find_schema_age(connection)
            yield from _check_open_database(url, connection, age)
            yield _check_key(url, connection, settings.secret, age)
    except DatabaseMissingError as error:
        yield _check_missing_database(url, error)
        yield from check_database_folder(sqlite.get_database_file(url))
        yield skipped("key", "not checked: it is made with the database, unless SECRET_KEY is set.")
    except StorageUnreadableError as error:
        yield problem("database", str(error))
        yield skipped("key", NOT_CHECKED_DATABASE)


def _check_missing_database(url: URL, error: DatabaseMissingError) -> Finding:
    remaining_files = [file for file in _companion_files(sqlite.get_database_file(url)) if file.exists()]
    if not remaining_files:
        return warning("database", str(error))
    fix = "put the database back; to start again, stop the bot and move away what is left"
    return problem(
        "database", f"{format_safe_url(url)} is not there, but {remaining_files[0].name} is in its folder: {fix}."
    )


def _check_open_database(url: URL, connection: Connection, age: SchemaAge) -> Iterator[Finding]:
    if url.get_backend_name() == SQLITE:
        yield _check_sqlite_writable(url, connection)
        yield TABLE_FINDINGS[age]
        yield _check_integrity(connection)
        yield check_disk(sqlite.get_database_file(url))
        yield _check_file_modes(sqlite.get_database_file(url))
    else:
        yield from check_server(url, connection, age)
        yield TABLE_FINDINGS[age]


def _check_sqlite_writable(url: URL, connection: Connection) -> Finding:
    """Takes the write lock and releases it, then checks that there is space."""
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.exec_driver_sql("ROLLBACK")
    except DBAPIError as error:
        return problem("database", f"{format_safe_url(url)} can't be written {describe_with_hint(error)}")
    try:
        try_file_write(sqlite.get_database_file(url))
    except OSError as error:
        reason, fix = os.strerror(error.errno or 0), "make room, raise the quota, or see whose folder it is"
        return problem(
            "database", f"beside {format_safe_url(url)} not even a megabyte can be written ({reason}): {fix}."
        )
    return ok("database", f"{format_safe_url(url)} can be read and written.")


def _check_integrity(connection: Connection) -> Finding:
    try:
        report = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one())
    except DBAPIError as error:
        report = get_first_line(error)
    if report == "ok":
        return ok("integrity", "the file is whole.")
    last_line = report.splitlines()[-1]
    return problem("integrity", f"the file is damaged ({last_line}): {RESTORE_HINT}.")


def _check_file_modes(file: Path) -> Finding:
    exposed_files = [
        candidate
        for candidate in (file, *_companion_files(file))
        if candidate.exists() and stat.S_IMODE(candidate.stat().st_mode) & OTHERS_MODE_BITS
    ]
    if exposed_files:
        return problem("files", f"other users can read them: chmod 600 {' '.join(map(str, exposed_files))}")
    return ok("files", "the database and its key are their owner's only.")


def _companion_files(file: Path) -> list[Path]:
    """Returns the key, write-ahead log and shared-memory file of a database file."""
    return [file.with_suffix(".key"), sqlite.get_wal_file(file), file.with_name(f"{file.name}-shm")]


def _check_key(url: URL, connection: Connection, secret: str | None, age: SchemaAge) -> Finding:
    try:
        cipher = create_cipher(url, secret)
        is_matching = is_key_correct(connection, cipher)
    except (StorageUnreadableError, DBAPIError) as error:
        return problem("key", get_first_line(error) if isinstance(error, DBAPIError) else str(error))
    if is_matching is False:
        return problem("key", WRONG_KEY_MESSAGE)
    if is_matching is None and age is not SchemaAge.MISSING:
        return warning("key", "is there; a database of that version does not say which one it is written with.")
    verb = "will be" if age is SchemaAge.MISSING else "is"
    return ok("key", f"{_key_name(url, secret)} {verb} the database's. Keep a copy of it apart from the backups.")


def _key_name(url: URL, secret: str | None) -> str:
    return "SECRET_KEY" if secret else str(sqlite.get_database_file(url).with_suffix(".key"))
