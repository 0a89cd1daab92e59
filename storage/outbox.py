"""What is still to be said: written in the turn's own transaction, as events; struck off once it was said."""

from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlalchemy import BindParameter, Connection, bindparam, delete, func, insert, select, update

from flows.events import Event
from storage.cipher import Cipher
from storage.database import Database
from storage.tables import chats, outbox


@dataclass(frozen=True, slots=True)
class Tap:
    """The tap that a turn answers: its callback, the message it was on, and whether that message keeps its buttons."""

    callback: str
    message: int | None
    ask: int | None = None
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Saying:
    """What one turn leaves to be said: its events, and what they need to be put into words."""

    run: str
    flow: str
    language: str
    events: tuple[Event, ...]
    tap: Tap | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """The next saying of a chat, and where the chat's newest buttons stand: (message, ask)."""

    id: int
    chat: int
    saying: Saying
    open_message: int | None
    open_ask: int


_SAYING: TypeAdapter[Saying] = TypeAdapter(Saying)

# The statements of every turn are built once: building them costs more than running them.
_CHAT: BindParameter[int] = bindparam("of_chat")
_LEAVE = insert(outbox)
_NEXT = (
    select(outbox, chats.c.open_message, chats.c.open_ask)
    .join(chats, chats.c.chat == outbox.c.chat, isouter=True)
    .where(outbox.c.chat == _CHAT)
    .order_by(outbox.c.id)
    .limit(1)
)
_STRIKE = delete(outbox).where(outbox.c.id == bindparam("said"))
_LEAVE_REST = update(outbox).where(outbox.c.id == bindparam("said")).values(saying=bindparam("rest"))
_OPEN = update(chats).where(chats.c.chat == _CHAT).values(open_message=bindparam("message"), open_ask=bindparam("ask"))


def leave(tx: Connection, cipher: Cipher, chat: int, saying: Saying) -> None:
    """Leaves a saying in the outbox."""
    tx.execute(_LEAVE, {"chat": chat, "saying": _locked(cipher, saying)})


def waiting(database: Database) -> list[int]:
    """The chats that something is still to be said in."""
    with database.transaction() as tx:
        return list(tx.execute(select(outbox.c.chat).distinct()).scalars())


def next_due(database: Database, chat: int) -> Due | None:
    """The chat's oldest saying, if any."""
    with database.transaction() as tx:
        row = tx.execute(_NEXT, {"of_chat": chat}).one_or_none()
    if row is None:
        return None
    saying = _SAYING.validate_json(database.cipher.unlock(row.saying))
    return Due(row.id, chat, saying, row.open_message, row.open_ask or 0)


def strike_off(database: Database, due: Due, rest: Saying | None, opened: tuple[int, int] | None) -> None:
    """What was said is struck off; `rest` is what remains. `opened`: where new buttons stand, (message, ask)."""
    with database.transaction() as tx:
        if rest is None:
            tx.execute(_STRIKE, {"said": due.id})
        else:
            tx.execute(_LEAVE_REST, {"said": due.id, "rest": _locked(database.cipher, rest)})
        if opened:
            message, ask = opened
            tx.execute(_OPEN, {"of_chat": due.chat, "message": message, "ask": ask})


def drop_next(database: Database, chat: int) -> None:
    """The chat's oldest saying can't be said: it goes, so that what follows is not held up."""
    with database.transaction() as tx:
        oldest = select(func.min(outbox.c.id)).where(outbox.c.chat == chat).scalar_subquery()
        tx.execute(delete(outbox).where(outbox.c.id == oldest))


def block(database: Database, chat: int) -> None:
    """Telegram lets nothing be said in this chat any more."""
    with database.transaction() as tx:
        silence(tx, chat)


def silence(tx: Connection, chat: int) -> None:
    """What was to be said in this chat is gone; the place is kept."""
    tx.execute(delete(outbox).where(outbox.c.chat == chat))
    tx.execute(update(chats).where(chats.c.chat == chat).values(blocked=True))


def _locked(cipher: Cipher, saying: Saying) -> bytes:
    return cipher.lock(_SAYING.dump_json(saying).decode())
