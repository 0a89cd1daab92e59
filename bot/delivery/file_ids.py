"""File ids of drawings that Telegram has stored: looked up in memory, then in the database.

Used ids are saved once a day and when the bot stops, never when a message is sent, and those of result cards never:
storage.conversations.telegram_files says why.
"""

import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cachetools import LRUCache

import bot.graphics
from bot.graphics.drawing import Drawing
from bot.graphics.result_card import ResultCard
from storage.conversations.telegram_files import TelegramFile, delete_file, find_file_id, save_files
from storage.db.database import Database
from storage.errors import StorageUnavailableError

MAX_CACHED_FILE_IDS = 2_000
FILE_ID_SAVE_INTERVAL_SECONDS = 86_400.0


@dataclass(slots=True)
class CachedFile:
    file_id: str
    is_unsaved: bool


class FileIds:
    """The file ids of drawings. Equal drawings share one, whatever their campaign, release or language.

    A database that is unavailable counts as one that knows none.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: LRUCache[Drawing, CachedFile] = LRUCache(MAX_CACHED_FILE_IDS)
        self._saved_at = time.monotonic()

    async def find(self, drawing: Drawing) -> str | None:
        """Returns the file id under which Telegram knows the drawing."""
        if cached_file := self._cache.get(drawing):
            cached_file.is_unsaved = True
            return cached_file.file_id
        if not _is_storable(drawing):
            return None
        with suppress(StorageUnavailableError):
            if file_id := await self._database.run_in_thread(find_file_id, compute_digest(drawing)):
                self.remember(drawing, file_id)
                return file_id
        return None

    def remember(self, drawing: Drawing, file_id: str) -> None:
        self._cache[drawing] = CachedFile(file_id, is_unsaved=True)

    async def forget(self, drawing: Drawing) -> None:
        """Drops a file id that Telegram rejected."""
        self._cache.pop(drawing, None)
        if not _is_storable(drawing):
            return
        with suppress(StorageUnavailableError):
            await self._database.run_in_thread(delete_file, compute_digest(drawing))

    async def save_when_due(self) -> None:
        if time.monotonic() - self._saved_at > FILE_ID_SAVE_INTERVAL_SECONDS:
            await self.save()

    async def save(self) -> None:
        """Saves the ids that were used since the last time, except those of result cards."""
        self._saved_at = time.monotonic()
        unsaved = {
            drawing: cached for drawing, cached in self._cache.items() if cached.is_unsaved and _is_storable(drawing)
        }
        files = [TelegramFile(compute_digest(drawing), cached.file_id) for drawing, cached in unsaved.items()]
        if files:
            with suppress(StorageUnavailableError):
                await self._database.run_in_thread(save_files, files, datetime.now(UTC).date())
                for cached in unsaved.values():
                    cached.is_unsaved = False


def compute_digest(drawing: Drawing) -> bytes:
    """SHA-256 of the drawing's value and of what draws it: another font or wording makes another picture."""
    return hashlib.sha256(_compute_graphics_digest() + repr(drawing).encode()).digest()


def _is_storable(drawing: Drawing) -> bool:
    return not isinstance(drawing, ResultCard)


@cache
def _compute_graphics_digest() -> bytes:
    """SHA-256 of the code, fonts and wording of `bot.graphics`."""
    digest = hashlib.sha256()
    for file in sorted(Path(bot.graphics.__path__[0]).rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            digest.update(file.read_bytes())
    return digest.digest()
