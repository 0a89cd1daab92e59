"""What the doctor sees of the database: that it is there, can be written, is whole, and is this key's."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bot.operating.findings import Finding, mend, note, skipped, well
from bot.operating.seen_disk import about_disk, about_folder, try_writing
from bot.operating.seen_server import about_server
from bot.settings import Settings
from storage import sqlite
from storage.addresses import SQLITE, readable, shown
from storage.cipher import OTHER_KEY
from storage.database import cipher_of
from storage.faults import NoDatabase, StorageUnusable
from storage.fixes import PUT_BACK, first_line, with_fix
from storage.looking import Age, age_of, is_written_with, looking

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
