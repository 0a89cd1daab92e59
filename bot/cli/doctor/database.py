"""What the doctor sees of the database: that it is there, can be written, is whole, and is this key's."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile, gettempdir

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bot.cli.doctor.findings import Finding, mend, note, skipped, well
from bot.settings import Settings
from storage.db import sqlite
from storage.db.backup import dump_version, wanted_dump
from storage.db.database import cipher_of
from storage.db.encryption import OTHER_KEY
from storage.db.error_hints import PUT_BACK, first_line, with_fix
from storage.db.postgresql import THREADS
from storage.db.readonly import Age, age_of, is_written_with, looking
from storage.db.url import SQLITE, readable, shown
from storage.errors import NoDatabase, StorageUnusable

# @@DOC What the doctor sees of a PostgreSQL server: whether it can be written, has connections left, can be backed up.
# Connections: one each of its threads, of what reads results, of its claims, and of the process that writes a download
# (an upgrade is over before).
ONE_WORKER = THREADS + 3
MAKES = "SELECT current_schema() IS NOT NULL AND has_schema_privilege(current_schema(), 'CREATE')"
WRITES = """
    SELECT bool_and(has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
        AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))
    FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
"""
TEMPORARY = "SELECT has_database_privilege(current_database(), 'TEMP')"
A_MEGABYTE = "CREATE TEMPORARY TABLE trial AS SELECT repeat('x', 1000) FROM generate_series(1, 1000)"
LEFT = """
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true), '0')::int
         - (SELECT sum(numbackends) FROM pg_stat_database) + 1
"""


def about_server(url: URL, connection: Connection, age: Age) -> Iterator[Finding]:
    """One line each."""
    version = int((connection.dialect.server_version_info or (0,))[0])
    yield _about_server_writing(url, connection, version, age)
    left = int(connection.execute(text(LEFT)).scalar_one())
    yield _about_connections(left)
    yield _about_dump(version)


def _about_server_writing(url: URL, connection: Connection, version: int, age: Age) -> Finding:
    if connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one():
        fix = "name the primary in DATABASE_URL (with several hosts: ?target_session_attrs=read-write)"
        return mend("database", f"{shown(url)} is a standby, which can only be read: {fix}.")
    if connection.execute(text("SHOW transaction_read_only")).scalar_one() == "on":
        return mend("database", f"{shown(url)} is set to read-only: see default_transaction_read_only.")
    user = connection.execute(text("SELECT current_user")).scalar_one()
    if age in {Age.NONE, Age.OLDER} and not connection.execute(text(MAKES)).scalar_one():
        fix = f'GRANT CREATE ON SCHEMA public TO "{user}"'
        return mend("database", f"the user {user} may not make tables there: {fix}; or let {user} own the database.")
    if age is not Age.NONE and not connection.execute(text(WRITES)).scalar_one():
        return mend("database", f"the user {user} may not write all tables: let {user} own them.")
    try:
        _try_writing(connection)
    except DBAPIError as fault:
        return mend("database", f"in {shown(url)} not even a megabyte can be written {with_fix(fault)}")
    return well("database", f"{shown(url)}, PostgreSQL {version}, can be read and written.")


def _try_writing(connection: Connection) -> None:
    """Writes a megabyte that nobody else sees, and takes it back. Who may not is not asked to. Raises `DBAPIError`."""
    if connection.execute(text(TEMPORARY)).scalar_one():
        with connection.begin_nested() as trial:
            connection.execute(text(A_MEGABYTE))
            trial.rollback()


def _about_connections(left: int) -> Finding:
    if left < ONE_WORKER:
        fix = "raise max_connections, or run fewer workers"
        return note("connections", f"{left} are left, and one more worker may take {ONE_WORKER}: {fix}.")
    return well("connections", f"{left} are left.")


def _about_dump(version: int) -> Finding:
    here = dump_version()
    if here is None:
        return note("backup", f"there is no pg_dump here, so `backup` can't work here: {wanted_dump(version)}.")
    if here < version:
        return note("backup", f"pg_dump {here} can't back up PostgreSQL {version}: {wanted_dump(version)}.")
    return well("backup", f"pg_dump {here} is here.")


# @@DOC What the doctor sees of the disk that an SQLite file stands on, or will.
MEGABYTE = 1_000_000
NONE_LEFT, LITTLE_LEFT = 50 * MEGABYTE, 500 * MEGABYTE


def about_disk(near: Path) -> Finding:
    """How much room there is."""
    free = shutil.disk_usage(near.parent).free
    room = f"{free / MEGABYTE / 1000:.1f} GB are free" if free > 1000 * MEGABYTE else f"{free // MEGABYTE} MB are free"
    if free < NONE_LEFT:
        return mend("disk", f"only {room}: make room, or the bot can't keep what people say.")
    return note("disk", f"only {room}: make room soon.") if free < LITTLE_LEFT else well("disk", f"{room}.")


def try_writing(near: Path) -> None:
    """Writes a megabyte beside that file, as far as the disk, and takes it away again. Raises `OSError`."""
    with TemporaryFile(dir=near.parent) as trial:  # it has no name: killed, nothing is left
        trial.write(os.urandom(MEGABYTE))
        trial.flush()
        os.fsync(trial.fileno())


def about_temporary() -> Finding:
    """Whether downloads have a folder to be written in."""
    try:
        folder = gettempdir()
        try_writing(Path(folder) / "download")
    except OSError as fault:
        fix = "set TMPDIR to a folder that the bot may write in"
        return mend("temporary", f"downloads in the chat can't be written ({fault.strerror}): {fix}.")
    return well("temporary", f"{folder} can be written: downloads are put together there.")


def about_folder(file: Path) -> Iterator[Finding]:
    """Whether a database can be made there at all."""
    there = next(folder for folder in file.absolute().parents if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        yield mend("folder", f"{there} can't be written: give it to the user that the bot runs as.")


NOT_LOOKED_AT = "not looked at: the database and its key must be usable first."
OTHERS = 0o077  # the bits of a file's mode that let others than its owner at it
TABLES = {
    Age.NONE: note("tables", "none yet: the bot makes them at its first start."),
    Age.OLDER: note("tables", "of an older version: the next start of the bot upgrades them. Make a backup first."),
    Age.SAME: well("tables", "of this version."),
    Age.NEWER: mend("tables", "written by a newer version: upgrade the bot."),
}


def about_database(settings: Settings) -> Iterator[Finding]:
    """All of it, the key last."""
    url = readable(settings.database_url)
    try:
        with looking(settings.database_url) as connection:
            age = age_of(connection)
            yield from _about_itself(url, connection, age)
            yield _about_key(url, connection, settings.secret, age)
    except NoDatabase as fault:
        yield _about_none(url, fault)
        yield from about_folder(sqlite.file_of(url))
        yield skipped("key", "not looked at: it is made with the database, unless SECRET_KEY is set.")
    except StorageUnusable as fault:
        yield mend("database", str(fault))
        yield skipped("key", NOT_LOOKED_AT)


def _about_none(url: URL, fault: NoDatabase) -> Finding:
    left = [one for one in _beside(sqlite.file_of(url)) if one.exists()]
    if not left:
        return note("database", str(fault))
    fix = "put the database back; to begin anew, stop the bot and move away what is left"
    return mend("database", f"{shown(url)} is not there, but {left[0].name} stands beside it: {fix}.")


def _about_itself(url: URL, connection: Connection, age: Age) -> Iterator[Finding]:
    if url.get_backend_name() == SQLITE:
        yield _about_writing(url, connection)
        yield TABLES[age]
        yield _about_wholeness(connection)
        yield about_disk(sqlite.file_of(url))
        yield _about_modes(sqlite.file_of(url))
    else:
        yield from about_server(url, connection, age)
        yield TABLES[age]


def _about_writing(url: URL, connection: Connection) -> Finding:
    """Takes the right to write, and gives it back; then tries whether there is room."""
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.exec_driver_sql("ROLLBACK")
    except DBAPIError as fault:
        return mend("database", f"{shown(url)} can't be written {with_fix(fault)}")
    try:
        try_writing(sqlite.file_of(url))
    except OSError as fault:
        why, fix = os.strerror(fault.errno or 0), "make room, raise the quota, or see whose folder it is"
        return mend("database", f"beside {shown(url)} not even a megabyte can be written ({why}): {fix}.")
    return well("database", f"{shown(url)} can be read and written.")


def _about_wholeness(connection: Connection) -> Finding:
    try:
        found = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one())
    except DBAPIError as fault:
        found = first_line(fault)
    if found == "ok":
        return well("integrity", "the file is whole.")
    said = found.splitlines()[-1]
    return mend("integrity", f"the file is damaged ({said}): {PUT_BACK}.")


def _about_modes(file: Path) -> Finding:
    open_ones = [one for one in (file, *_beside(file)) if one.exists() and stat.S_IMODE(one.stat().st_mode) & OTHERS]
    if open_ones:
        return mend("files", f"others can get at them: chmod 600 {' '.join(map(str, open_ones))}")
    return well("files", "the database and its key are their owner's only.")


def _beside(file: Path) -> list[Path]:
    """What may stand beside it, and belongs to it."""
    return [file.with_suffix(".key"), sqlite.log_of(file), file.with_name(f"{file.name}-shm")]


def _about_key(url: URL, connection: Connection, secret: str | None, age: Age) -> Finding:
    try:
        cipher = cipher_of(url, secret)
        fits = is_written_with(connection, cipher)
    except (StorageUnusable, DBAPIError) as fault:
        return mend("key", first_line(fault) if isinstance(fault, DBAPIError) else str(fault))
    if fits is False:
        return mend("key", OTHER_KEY)
    if fits is None and age is not Age.NONE:
        return note("key", "is there; a database of that version does not say which one it is written with.")
    owned = "will be" if age is Age.NONE else "is"
    return well("key", f"{_which(url, secret)} {owned} the database's. Keep a copy of it apart from the backups.")


def _which(url: URL, secret: str | None) -> str:
    return "SECRET_KEY" if secret else str(sqlite.file_of(url).with_suffix(".key"))
