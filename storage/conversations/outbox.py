"""The outbox: what turns leave to be sent, as events, and its way to Telegram: load, send, acknowledge.

An entry is written in the transaction of its turn and deleted once it was sent, so that a crash loses nothing. Its
content is encrypted. Relies on `storage.db.statements` for the fast path; `storage.conversations.outbox_backlog` looks
at the outbox as a whole.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select, update

from flows.events import Event
from storage.db.database import Database
from storage.db.encryption import Cipher
from storage.db.schema import chats, outbox_entries
from storage.db.session import Session
from storage.db.statements import PreparedStatement, Row
from storage.errors import StorageUnreadableError, UnreadableEntryError

# What an entry of a newer version, or a damaged one, raises.
UNREADABLE_ERRORS = (StorageUnreadableError, ValidationError)


class EntryChangedError(Exception):
    """The entry is no longer stored as it was read. Undoes the acknowledgement."""


@dataclass(frozen=True, slots=True)
class TapContext:
    """The tap that a turn answers: its callback query, its message, and whether that message keeps its buttons."""

    callback_id: str
    message_id: int | None
    prompt: int | None = None
    should_keep_buttons: bool = False


@dataclass(frozen=True, slots=True)
class OutboxContent:
    """What one turn leaves to be sent: its events, and what is needed to render them.

    `last_prompt` is the open prompt (message id, number) of a chat that the turn deleted. `about` is what the
    campaign of the run is about. `topic_id` is the topic of a group's forum.
    """

    run_id: str
    flow: str
    language: str
    events: tuple[Event, ...]
    tap: TapContext | None = None
    last_prompt: tuple[int, int] | None = None
    about: str = ""
    topic_id: int | None = None


@dataclass(frozen=True, slots=True)
class OpenedPrompt:
    """A prompt that was just sent: its message, its number, and when (seconds since 1970, by Telegram's clock)."""

    message_id: int
    prompt: int
    opened_at: int


@dataclass(frozen=True, slots=True)
class StoredContent:
    """Content that was just added to the outbox, with its encrypted form."""

    content: OutboxContent
    encrypted: bytes
    created_at: int


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An entry of the outbox, with the open prompt of its chat: its message, its number and the time it was sent.

    Times are in seconds since 1970; 0 if not known. `encrypted` is the content as it was read: an entry is
    acknowledged only while that is unchanged.
    """

    id: int
    chat_id: int
    content: OutboxContent
    open_message_id: int | None
    open_prompt: int
    opened_at: int
    created_at: int
    is_broadcast: bool
    encrypted: bytes


_CONTENT_ADAPTER: TypeAdapter[OutboxContent] = TypeAdapter(OutboxContent)

_WANTED_CHAT_ID: BindParameter[int] = bindparam("wanted_chat_id")
_INSERT_ENTRY = PreparedStatement(insert(outbox_entries).inline(), "chat_id", "content", "created_at", "is_broadcast")
_NEXT_ENTRY = PreparedStatement(
    select(outbox_entries, chats.c.open_message_id, chats.c.open_prompt, chats.c.opened_at)
    .join(chats, chats.c.chat_id == outbox_entries.c.chat_id, isouter=True)
    .where(outbox_entries.c.chat_id == _WANTED_CHAT_ID)
    .order_by(outbox_entries.c.id)
    .limit(1)
)
_OLDEST_ENTRIES_SQL = """
SELECT DISTINCT ON (outbox_entries.chat_id)
    id, outbox_entries.chat_id, content, created_at, is_broadcast, open_message_id, open_prompt, opened_at
FROM outbox_entries LEFT JOIN chats ON chats.chat_id = outbox_entries.chat_id
WHERE outbox_entries.chat_id = ANY(%s::bigint[]) ORDER BY outbox_entries.chat_id, outbox_entries.id
"""
_IS_UNCHANGED = (outbox_entries.c.id == bindparam("entry_id"), outbox_entries.c.content == bindparam("old_content"))
_DELETE_ENTRY = PreparedStatement(delete(outbox_entries).where(*_IS_UNCHANGED))
_UPDATE_ENTRY = PreparedStatement(update(outbox_entries).where(*_IS_UNCHANGED).values(content=bindparam("new_content")))
_OPEN_PROMPT = PreparedStatement(
    update(chats)
    .where(chats.c.chat_id == _WANTED_CHAT_ID)
    .values(
        open_message_id=bindparam("new_message_id"),
        open_prompt=bindparam("new_prompt"),
        opened_at=bindparam("new_opened_at"),
    )
)


def add_entry(session: Session, chat_id: int, content: OutboxContent, *, is_broadcast: bool = False) -> StoredContent:
    """Adds an entry. A broadcast goes to many chats, paced across all workers."""
    stored = StoredContent(content, _encrypt_content(session.cipher, content), int(datetime.now(UTC).timestamp()))
    values = {
        "chat_id": chat_id,
        "content": stored.encrypted,
        "created_at": stored.created_at,
        "is_broadcast": is_broadcast,
    }
    _INSERT_ENTRY.execute(session, values)
    return stored


def find_entry_if_next(session: Session, chat_id: int, stored: StoredContent) -> OutboxEntry | None:
    """Returns the entry that was just added, unless an older one of its chat must be sent first."""
    row = _NEXT_ENTRY.fetch_one(session, {"wanted_chat_id": chat_id})
    return _entry_from_row(row, stored.content) if row and row.content == stored.encrypted else None


def load_next_entry(database: Database, chat_id: int) -> OutboxEntry | None:
    """Returns the chat's oldest entry. Raises `UnreadableEntryError` where this version can't read it."""
    with database.nested() as session:
        row = _NEXT_ENTRY.fetch_one(session, {"wanted_chat_id": chat_id})
    return read_entry(database, row) if row else None


def load_oldest_rows(connection: Connection, chat_ids: Sequence[int]) -> Mapping[int, Row]:
    """Returns the row of the oldest entry of each of these chats, for `read_entry`. With PostgreSQL only."""
    return {row.chat_id: row for row in connection.exec_driver_sql(_OLDEST_ENTRIES_SQL, (list(chat_ids),))}


def read_entry(database: Database, row: Row) -> OutboxEntry:
    """Decrypts the entry in this row. Raises `UnreadableEntryError` where this version can't read it."""
    try:
        content = decrypt_content(database.cipher, row.content)
    except UNREADABLE_ERRORS as error:
        raise UnreadableEntryError(row.id, row.created_at) from error
    return _entry_from_row(row, content)


def acknowledge(
    database: Database, entry: OutboxEntry, remaining: OutboxContent | None, opened: OpenedPrompt | None
) -> OutboxEntry | None:
    """Deletes an entry that was sent, or replaces its content by what remains to be sent. Records the new prompt.

    Returns the entry as it is now; None where it was deleted meanwhile or another worker is sending it: then nothing
    is recorded.
    """
    encrypted = _encrypt_content(database.cipher, remaining) if remaining else None
    with suppress(EntryChangedError), database.nested() as session:
        if opened:  # the chat before its outbox, the order in which turns lock them
            _record_prompt(session, entry, opened)
        old_values = {"entry_id": entry.id, "old_content": entry.encrypted}
        if encrypted:
            row_count = _UPDATE_ENTRY.execute(session, {**old_values, "new_content": encrypted})
        else:
            row_count = _DELETE_ENTRY.execute(session, old_values)
        if not row_count:
            raise EntryChangedError
        return replace(entry, content=remaining or entry.content, encrypted=encrypted or entry.encrypted)
    return None


def has_entries(session: Session, chat_id: int) -> bool:
    """Whether anything is to be sent to this chat."""
    return _NEXT_ENTRY.fetch_one(session, {"wanted_chat_id": chat_id}) is not None


def is_event_waiting(session: Session, chat_id: int, event: Event) -> bool:
    """Whether an equal event is still to be sent to this chat."""
    query = select(outbox_entries.c.content).where(outbox_entries.c.chat_id == chat_id)
    contents = session.execute(query).scalars().all()
    return any(event in read_events(session.cipher, encrypted) for encrypted in contents)


def delete_entry(database: Database, entry_id: int) -> None:
    """Deletes an entry that can't be sent, so that it does not hold up what follows."""
    with database.transaction() as session:
        session.execute(delete(outbox_entries).where(outbox_entries.c.id == entry_id))


def delete_entries(session: Session, chat_id: int) -> None:
    """Deletes everything that is to be sent to this chat."""
    session.execute(delete(outbox_entries).where(outbox_entries.c.chat_id == chat_id))


def mark_chat_blocked(database: Database, entry: OutboxEntry) -> None:
    """Deletes an entry that Telegram refuses as the bot is blocked, with all before it, and marks the chat as blocked.

    A later entry shows that the person has come back: then the chat is not blocked.
    """
    is_same_chat = outbox_entries.c.chat_id == entry.chat_id
    has_later_entry = select(outbox_entries.c.id).where(is_same_chat, outbox_entries.c.id > entry.id).exists()
    with database.transaction() as session:
        session.execute(update(chats).where(chats.c.chat_id == entry.chat_id, ~has_later_entry).values(is_blocked=True))
        session.execute(delete(outbox_entries).where(is_same_chat, outbox_entries.c.id <= entry.id))


def decrypt_content(cipher: Cipher, encrypted: bytes) -> OutboxContent:
    """Decrypts the content of an entry. Raises one of `UNREADABLE_ERRORS` where this version can't read it."""
    return _CONTENT_ADAPTER.validate_json(cipher.decrypt_entry(encrypted))


def read_events(cipher: Cipher, encrypted: bytes) -> tuple[Event, ...]:
    """Decrypts the events of an entry; none where this version can't read it."""
    try:
        return decrypt_content(cipher, encrypted).events
    except UNREADABLE_ERRORS:
        return ()


def _entry_from_row(row: Row, content: OutboxContent) -> OutboxEntry:
    last_message_id, last_prompt = content.last_prompt or (None, 0)
    return OutboxEntry(
        id=row.id,
        chat_id=row.chat_id,
        content=content,
        open_message_id=row.open_message_id or last_message_id,
        open_prompt=row.open_prompt or last_prompt,
        opened_at=row.opened_at or 0,
        created_at=row.created_at,
        is_broadcast=bool(row.is_broadcast),
        encrypted=row.content,
    )


def _record_prompt(session: Session, entry: OutboxEntry, opened: OpenedPrompt) -> None:
    # A prompt that is repeated has been open since before: what was typed meanwhile answers it.
    is_repeated = entry.is_broadcast and entry.open_prompt == opened.prompt - 1
    values = {
        "wanted_chat_id": entry.chat_id,
        "new_message_id": opened.message_id,
        "new_prompt": opened.prompt,
        "new_opened_at": entry.opened_at if is_repeated else opened.opened_at,
    }
    _OPEN_PROMPT.execute(session, values)


def _encrypt_content(cipher: Cipher, content: OutboxContent) -> bytes:
    return cipher.encrypt_entry(_CONTENT_ADAPTER.dump_json(content))
