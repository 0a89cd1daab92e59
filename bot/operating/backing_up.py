"""What is said of a backup that was made."""

from collections.abc import Iterator
from pathlib import Path

from bot.operating.seen_disk import MEGABYTE
from bot.settings import Settings
from storage import sqlite
from storage.addresses import SQLITE, readable
from storage.backup import back_up
from storage.cipher import secret_beside


def lines(settings: Settings, to: Path) -> Iterator[str]:
    """Makes the backup, and says what is in it and what is not. Raises `StorageFault`.

    Where only the key is missing, the backup is made before.
    """
    size = back_up(settings.database_url, to)
    yield f"Backed up to {to} ({size / MEGABYTE:.2f} MB)."
    yield "The key is not in it, and without the key it can't be used."
    yield f"Keep {_key(settings)} too, and apart from it."


def _key(settings: Settings) -> str:
    url = readable(settings.database_url)
    if url.get_backend_name() != SQLITE or settings.secret:
        return "SECRET_KEY"
    secret_beside(sqlite.file_of(url))
    return str(sqlite.file_of(url).with_suffix(".key"))
