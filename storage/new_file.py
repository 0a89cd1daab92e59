"""A file that is there whole, or not at all: written under a temporary name, and renamed when it is whole."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

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
