"""What is still to be said: written in the turn's own transaction, as events; struck off once it was said."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select, text, update

from flows.events import Event
from storage.cipher import Cipher
from storage.database import Database
from storage.faults import SayingUnread, StorageUnusable
from storage.ready import Ready, Row
from storage.tables import chats, outbox

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
