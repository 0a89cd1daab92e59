"""What is still to be said: written in the turn's own transaction, as events; struck off once it was said."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from flows.events import Event
from storage.db.database import Database
from storage.db.encryption import Cipher
from storage.db.schema import chats, outbox_entries
from storage.db.session import Session
from storage.db.statements import PreparedStatement, Row
from storage.errors import StorageUnreadableError, UnreadableEntryError

UNREADABLE_ERRORS = (
    StorageUnreadableError,
    ValidationError,
)  # what a saying of a newer version, or of other bytes, raises
MAX_ENTRY_AGE_SECONDS = 3600  # seconds that what is to be said, and may carry answers, is kept


class EntryChangedError(Exception):
    """What was said is not there any more as it was read."""


@dataclass(frozen=True, slots=True)
class TapContext:
    """The tap that a turn answers: its callback, the message it was on, and whether that message keeps its buttons."""

    callback_id: str
    message_id: int | None
    prompt: int | None = None
    keeps_buttons: bool = False


@dataclass(frozen=True, slots=True)
class OutboxContent:
    """What one turn leaves to be said: its events, and what they need to be put into words.

    `stood`: where the newest buttons of a chat stood that was let go with this turn, (message, ask). `about`: what the
    run's campaign is about, where that is said. `topic`: the one of a group's forum that it is said in.
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
    """New buttons: the message they stand under, their asking, and when they came (`at`: seconds, Telegram's clock)."""

    message_id: int
    prompt: int
    opened_at: int


@dataclass(frozen=True, slots=True)
class StoredContent:
    """What was left in the outbox, and as it was written."""

    content: OutboxContent
    encrypted: bytes
    created_at: int


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """The next saying of a chat, and where the chat's newest buttons stand (message, ask), and since when.

    `left_at`: seconds since 1970; 0: not known. `bulk`: one of many, and nobody waits for it. `locked` is the saying as
    it was read: what is said is struck off only where it is still that.
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

# The statements of every turn are built once: building them costs more than running them.
_CHAT_ID_PARAM: BindParameter[int] = bindparam("of_chat")
_INSERT_ENTRY = PreparedStatement(insert(outbox_entries).inline(), "chat_id", "content", "created_at", "is_broadcast")
_NEXT_ENTRY = PreparedStatement(
    select(outbox_entries, chats.c.open_message_id, chats.c.open_prompt, chats.c.opened_at)
    .join(chats, chats.c.chat_id == outbox_entries.c.chat_id, isouter=True)
    .where(outbox_entries.c.chat_id == _CHAT_ID_PARAM)
    .order_by(outbox_entries.c.id)
    .limit(1)
)
_OLDEST_ENTRIES_SQL = (
    "SELECT DISTINCT ON (outbox_entries.chat_id) id, outbox_entries.chat_id, content, created_at, is_broadcast, open_message_id, open_prompt, opened_at"
    " FROM outbox_entries LEFT JOIN chats ON chats.chat_id = outbox_entries.chat_id"
    " WHERE outbox_entries.chat_id = ANY(%s::bigint[]) ORDER BY outbox_entries.chat_id, outbox_entries.id"
)
_IS_UNCHANGED = (outbox_entries.c.id == bindparam("said"), outbox_entries.c.content == bindparam("as_read"))
_DELETE_ENTRY = PreparedStatement(delete(outbox_entries).where(*_IS_UNCHANGED))
_UPDATE_ENTRY = PreparedStatement(update(outbox_entries).where(*_IS_UNCHANGED).values(content=bindparam("rest")))
_OPEN_PROMPT = PreparedStatement(
    update(chats)
    .where(chats.c.chat_id == _CHAT_ID_PARAM)
    .values(open_message_id=bindparam("message"), open_prompt=bindparam("ask"), opened_at=bindparam("at"))
)


def add_entry(session: Session, chat_id: int, content: OutboxContent, *, is_broadcast: bool = False) -> StoredContent:
    """Leaves a saying in the outbox. `bulk`: it goes to many, and is said at the pace that all workers share."""
    stored = StoredContent(content, _encrypt_content(session.cipher, content), int(datetime.now(UTC).timestamp()))
    _INSERT_ENTRY.execute(
        session,
        {
            "chat_id": chat_id,
            "content": stored.encrypted,
            "created_at": stored.created_at,
            "is_broadcast": is_broadcast,
        },
    )
    return stored


def find_entry_if_next(session: Session, chat_id: int, stored: StoredContent) -> OutboxEntry | None:
    """What was just left, if nothing is to be said there before: it need not be read again."""
    row = _NEXT_ENTRY.fetch_one(session, {"of_chat": chat_id})
    return _entry_from_row(row, stored.content) if row and row.content == stored.encrypted else None


def load_next_entry(database: Database, chat_id: int) -> OutboxEntry | None:
    """The chat's oldest saying, if any. Raises `SayingUnread` for one that this version can't read."""
    with database.nested() as session:
        row = _NEXT_ENTRY.fetch_one(session, {"of_chat": chat_id})
    return read_entry(database, row) if row else None


def load_oldest_rows(connection: Connection, chat_ids: Sequence[int]) -> Mapping[int, Row]:
    """The oldest saying of each of these chats, as it is kept in PostgreSQL: see `due_in`."""
    return {row.chat_id: row for row in connection.exec_driver_sql(_OLDEST_ENTRIES_SQL, (list(chat_ids),))}


def read_entry(database: Database, row: Row) -> OutboxEntry:
    """The saying that is kept in this row. Raises `SayingUnread` for one that this version can't read."""
    try:
        content = decrypt_content(database.cipher, row.content)
    except UNREADABLE_ERRORS as error:
        raise UnreadableEntryError(row.id, row.created_at) from error
    return _entry_from_row(row, content)


def acknowledge(
    database: Database, entry: OutboxEntry, remaining: OutboxContent | None, opened: OpenedPrompt | None
) -> OutboxEntry | None:
    """What was said is struck off; `rest` is what remains, and is given back. `opened`: where new buttons stand.

    None: it is not ours to strike off any more. It was erased meanwhile, or another worker says it.
    """
    encrypted = _encrypt_content(database.cipher, remaining) if remaining else None
    with suppress(EntryChangedError), database.nested() as session:
        if opened:  # first the chat, then its outbox: in the order in which turns lock them
            opened_at = _prompt_opened_at(entry, opened)
            _OPEN_PROMPT.execute(
                session, {"of_chat": entry.chat_id, "message": opened.message_id, "ask": opened.prompt, "at": opened_at}
            )
        entry_key = {"said": entry.id, "as_read": entry.encrypted}
        if not (
            _UPDATE_ENTRY.execute(session, {**entry_key, "rest": encrypted})
            if encrypted
            else _DELETE_ENTRY.execute(session, entry_key)
        ):
            raise EntryChangedError
        return replace(entry, content=remaining or entry.content, encrypted=encrypted or entry.encrypted)
    return None


def has_entries(session: Session, chat_id: int) -> bool:
    """Whether something is to be said in this chat."""
    return _NEXT_ENTRY.fetch_one(session, {"of_chat": chat_id}) is not None


def decrypt_content(cipher: Cipher, encrypted: bytes) -> OutboxContent:
    """The saying in these bytes. Raises one of `UNREADABLE` where this version can't read it."""
    return _CONTENT_ADAPTER.validate_json(cipher.decrypt_entry(encrypted))


def _entry_from_row(row: Row, content: OutboxContent) -> OutboxEntry:
    last_message_id, last_prompt = content.last_prompt or (None, 0)
    open_prompt = (row.open_message_id or last_message_id, row.open_prompt or last_prompt, row.opened_at or 0)
    return OutboxEntry(row.id, row.chat_id, content, *open_prompt, row.created_at, bool(row.is_broadcast), row.content)


def _prompt_opened_at(entry: OutboxEntry, opened: OpenedPrompt) -> int:
    """Since when the question is open. One that is asked again was open before: what was typed meanwhile is for it."""
    is_repeated = entry.is_broadcast and entry.open_prompt == opened.prompt - 1
    return entry.opened_at if is_repeated else opened.opened_at


def _encrypt_content(cipher: Cipher, content: OutboxContent) -> bytes:
    return cipher.encrypt_entry(_CONTENT_ADAPTER.dump_json(content))


# @@DOC The outbox as a whole: where something waits, how long it has waited, and what is given up.
def find_waiting_chats(database: Database, *, limit: int, is_broadcast: bool) -> list[int]:
    """The chats that something is still to be said in, the longest waiting first. `bulk`: those where nobody waits."""
    query = (
        select(outbox_entries.c.chat_id)
        .where(outbox_entries.c.is_broadcast == is_broadcast)
        .group_by(outbox_entries.c.chat_id)
    )
    with database.transaction() as session:
        return list(session.execute(query.order_by(func.min(outbox_entries.c.id)).limit(limit)).scalars())


def measure_backlog(database: Database) -> tuple[int, int]:
    """How many sayings wait, and when the oldest that somebody waits for was left (seconds since 1970; 0: none)."""
    with database.transaction() as session:
        oldest_created_at = func.min(
            case((outbox_entries.c.is_broadcast, None), (outbox_entries.c.created_at > 0, outbox_entries.c.created_at))
        )
        entry_count, created_at = session.execute(select(func.count(), oldest_created_at)).one()
    return entry_count, created_at or 0


def delete_entry(database: Database, entry_id: int) -> None:
    """A saying can't be said: it goes, so that what follows is not held up."""
    with database.transaction() as session:
        session.execute(delete(outbox_entries).where(outbox_entries.c.id == entry_id))


def mark_chat_blocked(database: Database, entry: OutboxEntry) -> None:
    """Telegram lets this not be said: the chat is blocked, unless something was left there since by who came back."""
    with database.transaction() as session:
        has_later_entry = (
            select(outbox_entries.c.id)
            .where(outbox_entries.c.chat_id == entry.chat_id, outbox_entries.c.id > entry.id)
            .exists()
        )
        session.execute(update(chats).where(chats.c.chat_id == entry.chat_id, ~has_later_entry).values(is_blocked=True))
        session.execute(
            delete(outbox_entries).where(outbox_entries.c.chat_id == entry.chat_id, outbox_entries.c.id <= entry.id)
        )


def delete_entries(session: Session, chat_id: int) -> None:
    """What was to be said in this chat is gone."""
    session.execute(delete(outbox_entries).where(outbox_entries.c.chat_id == chat_id))


def is_event_waiting(session: Session, chat_id: int, event: Event) -> bool:
    """Whether just this is still to be said in the chat."""
    contents = (
        session.execute(select(outbox_entries.c.content).where(outbox_entries.c.chat_id == chat_id)).scalars().all()
    )
    return any(event in _read_events(session.cipher, encrypted) for encrypted in contents)


def _read_events(cipher: Cipher, encrypted: bytes) -> tuple[Event, ...]:
    try:
        return decrypt_content(cipher, encrypted).events
    except UNREADABLE_ERRORS:  # a newer version left it
        return ()


# @@DOC What somebody waits for and could not be told in time: it is erased unsaid, as it may carry answers.
def find_overdue_chats(database: Database, cutoff: int) -> list[int]:
    """The chats where somebody waits for what was left before that moment (seconds since 1970)."""
    with database.transaction() as session:
        return list(session.execute(select(outbox_entries.c.chat_id).where(*_is_overdue(cutoff)).distinct()).scalars())


def delete_overdue(session: Session, chat_id: int, cutoff: int) -> tuple[Event, ...] | None:
    """What was left in this chat before that moment is erased unsaid: it may carry answers.

    Gives its events, as far as this version can read them; None where there was nothing.
    """
    conditions = (outbox_entries.c.chat_id == chat_id, *_is_overdue(cutoff))
    contents = session.execute(select(outbox_entries.c.content).where(*conditions).with_for_update()).scalars().all()
    session.execute(delete(outbox_entries).where(*conditions))
    events: list[Event] = []
    for encrypted in contents:
        with suppress(*UNREADABLE_ERRORS):
            events += decrypt_content(session.cipher, encrypted).events
    return tuple(events) if contents else None


def _is_overdue(cutoff: int) -> tuple[ColumnElement[bool], ...]:
    return (
        outbox_entries.c.created_at > 0,
        outbox_entries.c.created_at < cutoff,
        outbox_entries.c.is_broadcast.is_(False),
    )
