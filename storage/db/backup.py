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
from storage.db.error_hints import with_fix
from storage.db.readonly import Age, age_of, connect, looking, nothing_there
from storage.db.url import SQLITE, readable, shown
from storage.errors import NotBackedUp

# @@DOC A file that is there whole, or not at all: written under a temporary name, and renamed when it is whole.
PREFIX, SUFFIX = ".connection-test-", ".part"
LEFT = 86_400  # seconds after which an unfinished one belongs to a process that was killed


def wrong_target(to: Path) -> str | None:
    """Why no new file can be made there, with the fix. None: it can."""
    try:
        return _in_the_way(to, to.absolute().parent)
    except OSError as fault:
        fix = "a shorter name" if fault.errno == errno.ENAMETOOLONG else "a folder that this user may enter"
        return f"{to} can't be written ({fault.strerror}): choose {fix}."


@contextmanager
def new_file(to: Path) -> Iterator[Path]:
    """An empty file, its owner's only, that takes the name `to` at the end; and is gone where that isn't reached."""
    folder = to.absolute().parent
    for left in folder.glob(f"{PREFIX}*{SUFFIX}"):
        if time.time() - left.stat().st_mtime > LEFT:
            left.unlink(missing_ok=True)
    part = folder / f"{PREFIX}{token_hex(4)}{SUFFIX}"
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield part
        _keep(part)
        part.rename(to)
        _keep(folder)
    finally:
        part.unlink(missing_ok=True)


def _in_the_way(to: Path, folder: Path) -> str | None:
    if to.is_dir():
        return f"{to} is a folder: name a file in it."
    if to.exists() or to.is_symlink():
        return f"{to} is there already: nothing is overwritten. Choose another name."
    if not folder.is_dir():
        return f"The folder {folder} is not there: make it first."
    return None


def _keep(path: Path) -> None:
    """It survives a power cut from now on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
MAY_READ = "try again, and see that its user may read all tables"
LOCKED = "30s"  # an upgrade of the tables may hold pg_dump up for so long


def back_up(address: str, to: Path) -> int:
    """Writes a backup of the database at this address to a new file; gives its size.

    SQLite: a database file. PostgreSQL: an archive for pg_restore. The key is not in it. Raises `StorageFault`.
    """
    url = readable(address)
    with looking(address) as connection:
        if age_of(connection) is Age.NONE:
            raise nothing_there(url)
        server = int((connection.dialect.server_version_info or (0,))[0])
    _check_target(url, to)
    try:
        with new_file(to) as part:
            if url.get_backend_name() == SQLITE:
                _copy(sqlite.file_of(url), part, to)
            else:
                _dump(url, part, server, to)
    except OSError as fault:
        if fault.errno in NO_ROOM:
            raise _no_room(to) from fault
        fix = "choose a folder that this user may write in"
        raise NotBackedUp(f"{to} can't be written ({fault.strerror}): {fix}.") from fault
    return to.stat().st_size


def dump_version() -> int | None:
    """Which version of PostgreSQL's pg_dump is here; None: none."""
    program = shutil.which("pg_dump")
    if program is None:
        return None
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    found = re.search(r"\) (\d+)", told.stdout)
    return int(found[1]) if found else None


def wanted_dump(server: int) -> str:
    """How to get a pg_dump that can back up a server of this version."""
    return f"install PostgreSQL's client of version {server} or newer (postgresql-client-{server} on Debian)"


def _check_target(url: URL, to: Path) -> None:
    fault = wrong_target(to)
    if fault:
        raise NotBackedUp(fault)
    folder = to.absolute().parent
    if url.get_backend_name() == SQLITE and folder.resolve() == sqlite.file_of(url).absolute().parent.resolve():
        raise NotBackedUp(f"{folder} is the database's own folder: choose another one, best on another disk.")


def _no_room(to: Path) -> NotBackedUp:
    return NotBackedUp(f"There is no room in {to.absolute().parent} for the backup: make room, or choose another disk.")


def _copy(file: Path, part: Path, to: Path) -> None:
    """SQLite writes only what is there into the new file: no free pages, and nothing of the log."""
    try:
        with closing(connect(file)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
    except sqlite3.Error as fault:
        if getattr(fault, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise _no_room(to) from fault
        raise NotBackedUp(f"{file} could not be copied {with_fix(fault)}") from fault


def _dump(url: URL, part: Path, server: int, to: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise NotBackedUp(f"pg_dump is not here: {wanted_dump(server)}.")
    conninfo, password = _for_libpq(url)
    command = [program, "--format=custom", "--no-password", f"--lock-wait-timeout={LOCKED}", f"--dbname={conninfo}"]
    with part.open("wb") as out:
        done = subprocess.run(  # noqa: S603 - no shell, and the program is PostgreSQL's
            command, stdout=out, stderr=subprocess.PIPE, env=os.environ | password | {"LC_ALL": "C"}, check=False
        )
    if done.returncode:
        said = done.stderr.decode(errors="replace")
        if "server version mismatch" in said:
            raise NotBackedUp(f"pg_dump is of version {dump_version()}, the server of {server}: {wanted_dump(server)}.")
        if "could not write" in said and os.strerror(errno.ENOSPC) in said:
            raise _no_room(to)
        first = (said.strip().splitlines() or ["it says nothing"])[0].removeprefix("pg_dump: error: ").rstrip(".")
        raise NotBackedUp(f"{shown(url)} could not be backed up ({first}): {MAY_READ}.")


def _for_libpq(url: URL) -> tuple[str, dict[str, str]]:
    """The address as PostgreSQL's own programs take it; the password apart, for their environment."""
    _, given = url.get_dialect()().create_connect_args(url)
    password = given.pop("password", None)
    return make_conninfo(**given), {"PGPASSWORD": str(password)} if password else {}
