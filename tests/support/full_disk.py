"""A disk that is full, and files that cannot grow."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def fill_disk(file: Path) -> Iterator[None]:
    """Reading works, writing fails. Somebody reads meanwhile: else SQLite may begin its log anew, and what is written
    finds room in it.
    """
    with closing(sqlite3.connect(file, isolation_level=None)) as writer, closing(sqlite3.connect(file)) as reader:
        while writer.execute("pragma wal_checkpoint(truncate)").fetchone()[0]:
            pass  # the bot is at it
        for number in range(64):  # the log is longer than what this process writes elsewhere
            writer.execute("update campaigns set is_closed = is_closed")
            if not number:
                reader.execute("begin")
                reader.execute("select * from campaigns").fetchall()
        with forbid_file_growth(file):
            yield


@contextmanager
def forbid_file_growth(file: Path) -> Iterator[None]:
    """No file of this process may grow past where the write-ahead log ends."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.with_name(f"{file.name}-wal").stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
