"""All bytes of an SQLite database's files."""

from pathlib import Path


def read_all_bytes(file: Path) -> bytes:
    """All that the database has on the disk: the file, its write-ahead log, its index."""
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob("bot.db*")))
