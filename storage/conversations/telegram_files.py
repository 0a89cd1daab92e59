"""File ids of charts, posters and reports that Telegram has stored, so that a restart does not upload them again.

Never of a result card: it shows the answers of a person, and a file id contains the second and the message in which it
was first sent. Somebody with the key could look up every possible card.

- A row belongs to no chat. It is found by a keyed hash of the drawing (`Cipher.hash_drawing`), and the file id is
  encrypted: a copy of the database shows nothing without the key, not even to those who have the bot's token.
- Rows are not written when a message is sent, but together: all of them are rewritten in one transaction, in the order
  of their hashes (`save_files`). Otherwise PostgreSQL's transaction numbers, or SQLite's pages, would connect a new
  row with the chat that was written just before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, delete, insert, or_, select, text

from storage.campaigns.repository import to_day_number
from storage.db.database import Database
from storage.db.schema import telegram_files
from storage.db.session import Session

MAX_STORED_FILES = 5_000
MAX_UNUSED_DAYS = 90


@dataclass(frozen=True, slots=True)
class TelegramFile:
    """A file that Telegram has stored. `digest`: SHA-256 (32 bytes) of what it shows."""

    digest: bytes
    file_id: str


def find_file_id(database: Database, digest: bytes) -> str | None:
    """The file id of the drawing with this digest. Raises `StorageUnavailableError`."""
    query = select(telegram_files.c.file_id)
    with database.transaction() as session:
        encrypted = session.execute(query.where(_digest_condition(session, digest))).scalar_one_or_none()
    return database.cipher.decrypt_entry(encrypted).decode() if encrypted else None


def save_files(database: Database, files: Sequence[TelegramFile], today: date) -> None:
    """Adds files that were used today, and rewrites all rows. Raises `StorageUnavailableError`."""
    cipher = database.cipher
    with database.transaction() as session:
        if not database.is_embedded:  # another worker must not insert the same rows; reading goes on
            session.execute(text("LOCK TABLE telegram_files IN EXCLUSIVE MODE"))
        rows = {row.drawing_hash: row._asdict() for row in session.execute(select(telegram_files))}
        for file in files:
            drawing_hash = cipher.hash_drawing(file.digest)
            rows[drawing_hash] = {
                "drawing_hash": drawing_hash,
                "file_id": cipher.encrypt_entry(file.file_id.encode()),
                "last_used_day": to_day_number(today),
            }
        session.execute(delete(telegram_files))
        session.execute(insert(telegram_files), [rows[drawing_hash] for drawing_hash in sorted(rows)])


def delete_file(database: Database, digest: bytes) -> None:
    """Forgets a file that Telegram no longer knows. Raises `StorageUnavailableError`."""
    with database.transaction() as session:
        session.execute(delete(telegram_files).where(_digest_condition(session, digest)))


def delete_old_files(session: Session, today: date) -> None:
    """Deletes files that were not used for `MAX_UNUSED_DAYS`, and the oldest beyond `MAX_STORED_FILES`."""
    newest_first = telegram_files.c.last_used_day.desc(), telegram_files.c.drawing_hash
    excess = select(telegram_files.c.drawing_hash).order_by(*newest_first).offset(MAX_STORED_FILES)
    is_unused = telegram_files.c.last_used_day < to_day_number(today) - MAX_UNUSED_DAYS
    session.execute(delete(telegram_files).where(or_(is_unused, telegram_files.c.drawing_hash.in_(excess))))


def _digest_condition(session: Session, digest: bytes) -> ColumnElement[bool]:
    return telegram_files.c.drawing_hash == session.cipher.hash_drawing(digest)
