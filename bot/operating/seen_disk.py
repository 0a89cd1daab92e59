"""What the doctor sees of the disk that an SQLite file stands on, or will."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile, gettempdir

from bot.operating.findings import Finding, mend, note, well

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
