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
    text,
    update,
)

from flows.events import Event
from storage.db.database import Database
from storage.db.encryption import Cipher
from storage.db.schema import chats, outbox
from storage.db.statements import Ready, Row
from storage.errors import SayingUnread, StorageUnusable

UNREADABLE = (StorageUnusable, ValidationError)  # what a saying of a newer version, or of other bytes, raises
LONGEST_KEPT = 3600  # seconds that what is to be said, and may carry answers, is kept


class NotOurs(Exception):
    """What was said is not there any more as it was read."""


@dataclass(frozen=True, slots=True)
class Tap:
    """The tap that a turn answers: its callback, the message it was on, and whether that message keeps its buttons."""

    callback: str
    message: int | None
    ask: int | None = None
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Saying:
    """What one turn leaves to be said: its events, and what they need to be put into words.

    `stood`: where the newest buttons of a chat stood that was let go with this turn, (message, ask). `about`: what the
    run's campaign is about, where that is said. `topic`: the one of a group's forum that it is said in.
    """

    run: str
    flow: str
    language: str
    events: tuple[Event, ...]
    tap: Tap | None = None
    stood: tuple[int, int] | None = None
    about: str = ""
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """New buttons: the message they stand under, their asking, and when they came (`at`: seconds, Telegram's clock)."""

    message: int
    ask: int
    at: int


@dataclass(frozen=True, slots=True)
class Left:
    """What was left in the outbox, and as it was written."""

    saying: Saying
    locked: bytes
    at: int


@dataclass(frozen=True, slots=True)
class Due:
    """The next saying of a chat, and where the chat's newest buttons stand (message, ask), and since when.

    `left_at`: seconds since 1970; 0: not known. `bulk`: one of many, and nobody waits for it. `locked` is the saying as
    it was read: what is said is struck off only where it is still that.
    """

    id: int
    chat: int
    saying: Saying
    open_message: int | None
    open_ask: int
    opened_at: int
    left_at: int
    bulk: bool
    locked: bytes


_SAYING: TypeAdapter[Saying] = TypeAdapter(Saying)

# The statements of every turn are built once: building them costs more than running them.
_CHAT: BindParameter[int] = bindparam("of_chat")
_LEAVE = Ready(insert(outbox).inline(), "chat", "saying", "left_at", "bulk")
_NEXT = Ready(
    select(outbox, chats.c.open_message, chats.c.open_ask, chats.c.opened_at)
    .join(chats, chats.c.chat == outbox.c.chat, isouter=True)
    .where(outbox.c.chat == _CHAT)
    .order_by(outbox.c.id)
    .limit(1)
)
_OLDEST = Ready(
    text(
        "SELECT DISTINCT ON (outbox.chat) id, outbox.chat, saying, left_at, bulk, open_message, open_ask, opened_at"
        " FROM outbox LEFT JOIN chats ON chats.chat = outbox.chat"
        " WHERE outbox.chat = ANY(CAST(:of_chats AS bigint[])) ORDER BY outbox.chat, outbox.id"
    )
)
_OURS = (outbox.c.id == bindparam("said"), outbox.c.saying == bindparam("as_read"))
_STRIKE = Ready(delete(outbox).where(*_OURS))
_LEAVE_REST = Ready(update(outbox).where(*_OURS).values(saying=bindparam("rest")))
_OPEN = Ready(
    update(chats)
    .where(chats.c.chat == _CHAT)
    .values(open_message=bindparam("message"), open_ask=bindparam("ask"), opened_at=bindparam("at"))
)


def leave(tx: Connection, cipher: Cipher, chat: int, saying: Saying, *, bulk: bool = False) -> Left:
    """Leaves a saying in the outbox. `bulk`: it goes to many, and is said at the pace that all workers share."""
    left = Left(saying, _locked(cipher, saying), int(datetime.now(UTC).timestamp()))
    _LEAVE.run(tx, {"chat": chat, "saying": left.locked, "left_at": left.at, "bulk": bulk})
    return left


def due_at_once(tx: Connection, chat: int, left: Left) -> Due | None:
    """What was just left, if nothing is to be said there before: it need not be read again."""
    row = _NEXT.one(tx, {"of_chat": chat})
    return _due(row, left.saying) if row and row.saying == left.locked else None


def next_due(database: Database, chat: int) -> Due | None:
    """The chat's oldest saying, if any. Raises `SayingUnread` for one that this version can't read."""
    with database.transaction() as tx:
        row = _NEXT.one(tx, {"of_chat": chat})
    return due_in(database, row) if row else None


def oldest(tx: Connection, chats: Sequence[int]) -> Mapping[int, Row]:
    """The oldest saying of each of these chats, as it is kept in PostgreSQL: see `due_in`."""
    return {row.chat: row for row in _OLDEST.all(tx, {"of_chats": chats})}


def due_in(database: Database, row: Row) -> Due:
    """The saying that is kept in this row. Raises `SayingUnread` for one that this version can't read."""
    try:
        saying = unlocked(database.cipher, row.saying)
    except UNREADABLE as fault:
        raise SayingUnread(row.id, row.left_at) from fault
    return _due(row, saying)


def strike_off(database: Database, due: Due, rest: Saying | None, opened: Opened | None) -> Due | None:
    """What was said is struck off; `rest` is what remains, and is given back. `opened`: where new buttons stand.

    None: it is not ours to strike off any more. It was erased meanwhile, or another worker says it.
    """
    left = _locked(database.cipher, rest) if rest else None
    with suppress(NotOurs), database.transaction() as tx:
        if opened:  # first the chat, then its outbox: in the order in which turns lock them
            since = _open_since(due, opened)
            _OPEN.run(tx, {"of_chat": due.chat, "message": opened.message, "ask": opened.ask, "at": since})
        ours = {"said": due.id, "as_read": due.locked}
        if not (_LEAVE_REST.run(tx, {**ours, "rest": left}) if left else _STRIKE.run(tx, ours)):
            raise NotOurs
        return replace(due, saying=rest or due.saying, locked=left or due.locked)
    return None


def is_waiting(tx: Connection, chat: int) -> bool:
    """Whether something is to be said in this chat."""
    return _NEXT.one(tx, {"of_chat": chat}) is not None


def unlocked(cipher: Cipher, locked: bytes) -> Saying:
    """The saying in these bytes. Raises one of `UNREADABLE` where this version can't read it."""
    return _SAYING.validate_json(cipher.unlock_saying(locked))


def _due(row: Row, saying: Saying) -> Due:
    stood, asked = saying.stood or (None, 0)
    stands = (row.open_message or stood, row.open_ask or asked, row.opened_at or 0)
    return Due(row.id, row.chat, saying, *stands, row.left_at, bool(row.bulk), row.saying)


def _open_since(due: Due, opened: Opened) -> int:
    """Since when the question is open. One that is asked again was open before: what was typed meanwhile is for it."""
    asked_again = due.bulk and due.open_ask == opened.ask - 1
    return due.opened_at if asked_again else opened.at


def _locked(cipher: Cipher, saying: Saying) -> bytes:
    return cipher.lock_saying(_SAYING.dump_json(saying))


# @@DOC The outbox as a whole: where something waits, how long it has waited, and what is given up.
def waiting(database: Database, *, most: int, bulk: bool) -> list[int]:
    """The chats that something is still to be said in, the longest waiting first. `bulk`: those where nobody waits."""
    found = select(outbox.c.chat).where(outbox.c.bulk == bulk).group_by(outbox.c.chat)
    with database.transaction() as tx:
        return list(tx.execute(found.order_by(func.min(outbox.c.id)).limit(most)).scalars())


def unsaid(database: Database) -> tuple[int, int]:
    """How many sayings wait, and when the oldest that somebody waits for was left (seconds since 1970; 0: none)."""
    with database.transaction() as tx:
        oldest = func.min(case((outbox.c.bulk, None), (outbox.c.left_at > 0, outbox.c.left_at)))
        many, since = tx.execute(select(func.count(), oldest)).one()
    return many, since or 0


def drop(database: Database, number: int) -> None:
    """A saying can't be said: it goes, so that what follows is not held up."""
    with database.transaction() as tx:
        tx.execute(delete(outbox).where(outbox.c.id == number))


def block(database: Database, due: Due) -> None:
    """Telegram lets this not be said: the chat is blocked, unless something was left there since by who came back."""
    with database.transaction() as tx:
        later = select(outbox.c.id).where(outbox.c.chat == due.chat, outbox.c.id > due.id).exists()
        tx.execute(update(chats).where(chats.c.chat == due.chat, ~later).values(blocked=True))
        tx.execute(delete(outbox).where(outbox.c.chat == due.chat, outbox.c.id <= due.id))


def silence(tx: Connection, chat: int) -> None:
    """What was to be said in this chat is gone."""
    tx.execute(delete(outbox).where(outbox.c.chat == chat))


def waits(tx: Connection, cipher: Cipher, chat: int, event: Event) -> bool:
    """Whether just this is still to be said in the chat."""
    found = tx.execute(select(outbox.c.saying).where(outbox.c.chat == chat)).scalars().all()
    return any(event in _events(cipher, locked) for locked in found)


def _events(cipher: Cipher, locked: bytes) -> tuple[Event, ...]:
    try:
        return unlocked(cipher, locked).events
    except UNREADABLE:  # a newer version left it
        return ()


# @@DOC What somebody waits for and could not be told in time: it is erased unsaid, as it may carry answers.
def overdue(database: Database, before: int) -> list[int]:
    """The chats where somebody waits for what was left before that moment (seconds since 1970)."""
    with database.transaction() as tx:
        return list(tx.execute(select(outbox.c.chat).where(*_older(before)).distinct()).scalars())


def erase_overdue(tx: Connection, cipher: Cipher, chat: int, before: int) -> tuple[Event, ...] | None:
    """What was left in this chat before that moment is erased unsaid: it may carry answers.

    Gives its events, as far as this version can read them; None where there was nothing.
    """
    old = (outbox.c.chat == chat, *_older(before))
    found = tx.execute(select(outbox.c.saying).where(*old).with_for_update()).scalars().all()
    tx.execute(delete(outbox).where(*old))
    events: list[Event] = []
    for locked in found:
        with suppress(*UNREADABLE):
            events += unlocked(cipher, locked).events
    return tuple(events) if found else None


def _older(before: int) -> tuple[ColumnElement[bool], ...]:
    return (outbox.c.left_at > 0, outbox.c.left_at < before, outbox.c.bulk.is_(False))
