"""What is said of a backup that was made."""

from collections.abc import Iterator
from pathlib import Path

from bot.operating.seen_disk import MEGABYTE
from bot.settings import Settings
from storage import sqlite
from storage.addresses import SQLITE, readable
from storage.backup import back_up


def lines(settings: Settings, to: Path) -> Iterator[str]:
    """Makes the backup, and says what is in it and what is not. Raises `StorageFault`."""
    size = back_up(settings.database_url, to)
    yield f"Backed up to {to} ({size / MEGABYTE:.2f} MB)."
    yield f"The key is not in it: keep {_key(settings)} too, and apart from it. Without the key it can't be used."


def _key(settings: Settings) -> str:
    url = readable(settings.database_url)
    beside = url.get_backend_name() == SQLITE and not settings.secret
    return str(sqlite.file_of(url).with_suffix(".key")) if beside else "SECRET_KEY"
