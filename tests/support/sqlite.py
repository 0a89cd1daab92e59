"""A new SQLite file for a test: a copy of one that was migrated once, and was written with no key yet."""

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.db import sqlite
from storage.db.encryption import secret_beside
from storage.db.migrate import upgrade
from storage.db.url import readable


def with_key(file: Path) -> str:
    """Makes it, and a key beside it; gives its address."""
    secret_beside(file)
    return migrated_file(file)


def migrated_file(file: Path) -> str:
    """Makes it; gives its address."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
        made.write(_migrated())
    return f"sqlite:///{file}"


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "migrated.db"
        with sqlite.migrating(readable(f"sqlite:///{file}")) as bare:
            upgrade(bare)
        return file.read_bytes()
