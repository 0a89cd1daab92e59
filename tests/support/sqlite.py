"""A new SQLite file for a test: a copy of one that was migrated once, and was written with no key yet."""

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.db import sqlite
from storage.db.encryption import load_or_create_secret
from storage.db.migrate import upgrade_schema
from storage.db.url import parse_url


def create_database_with_key(file: Path) -> str:
    """Makes it, and a key beside it; gives its address."""
    load_or_create_secret(file)
    return create_migrated_file(file)


def create_migrated_file(file: Path) -> str:
    """Makes it; gives its address."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
        made.write(_read_migrated_bytes())
    return f"sqlite:///{file}"


@cache
def _read_migrated_bytes() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "migrated.db"
        with sqlite.migration_engine(parse_url(f"sqlite:///{file}")) as bare:
            upgrade_schema(bare)
        return file.read_bytes()
