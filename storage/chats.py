"""Chats: locked for a turn, the updates that were taken in there, and let go when nothing is unfinished.

A chat that is let go leaves nothing behind, not even its number. The numbers of its latest updates stay, apart from
it, so that none is taken in twice.
"""

from datetime import UTC, datetime

from sqlalchemy import BindParameter, Connection, bindparam, delete, select, text, update

from storage.ready import Ready
from storage.tables import chats, runs, taken

REMEMBERED = 128  # updates remembered a chat: one question of ours can bring at most 100 again
DAYS = 2  # Telegram delivers an update again for 24 hours (core.telegram.org/bots/api#getting-updates)
DAY = 86_400

# The statements of every turn are built once: building them costs more than running them.
_CHAT: BindParameter[int] = bindparam("of_chat")
_LOCK = Ready(select(chats.c.taken).where(chats.c.chat == _CHAT).with_for_update())
_MEET = Ready(
    text(
        "INSERT INTO chats (chat, taken, open_ask, blocked, seen_at) VALUES (:chat, '', 0, :no, 0)"
        " ON CONFLICT DO NOTHING"
    )
)
_NOTE = Ready(
    update(chats)
    .where(chats.c.chat == _CHAT)
    .values(taken=bindparam("now_taken"), blocked=False, seen_at=bindparam("now"))
)
_LET_GO = Ready(
    delete(chats)
    .where(chats.c.chat == _CHAT, ~select(runs.c.id).where(runs.c.chat == _CHAT).exists())
    .returning(chats.c.open_message, chats.c.open_ask)
)
_THERE = Ready(select(taken.c.number).where(taken.c.number == bindparam("of_number")))
_KEEP = Ready(text("INSERT INTO taken (number, day) VALUES (:number, :day) ON CONFLICT DO NOTHING"))


def lock_chat(tx: Connection, chat: int) -> str:
    """Keeps all other turns of this chat waiting until the transaction ends. Gives the updates taken in lately."""
    while (found := _LOCK.one(tx, {"of_chat": chat})) is None:
        _MEET.run(tx, {"chat": chat, "no": False})  # it may be let go again before we have it
    return str(found.taken)


def was_taken(tx: Connection, chat: int, number: int) -> bool:
    """Whether this update was taken in before. Locks the chat; one that was let go stays so if it was."""
    if str(number) in lock_chat(tx, chat).split():
        return True
    there = _THERE.one(tx, {"of_number": number}) is not None
    if there:
        let_go(tx, chat)
    return there


def note_update(tx: Connection, chat: int, number: int) -> None:
    """Remembers that this update was taken in; whoever writes has not blocked the bot."""
    updates = " ".join([*lock_chat(tx, chat).split(), str(number)][-REMEMBERED:])
    _NOTE.run(tx, {"of_chat": chat, "now_taken": updates, "now": int(datetime.now(UTC).timestamp())})


def let_go(tx: Connection, chat: int) -> tuple[int, int] | None:
    """Erases the chat, unless a run is unfinished there.

    Gives where its newest buttons stood, (message, ask).
    """
    day, updates = _today(), lock_chat(tx, chat).split()
    gone = _LET_GO.all(tx, {"of_chat": chat})
    if not gone:
        return None
    if updates:
        _KEEP.each(tx, [{"number": int(number), "day": day} for number in updates])
    return (gone[0].open_message, gone[0].open_ask) if gone[0].open_message else None


def forget_taken(tx: Connection) -> None:
    """Numbers that Telegram does not deliver again are erased."""
    tx.execute(delete(taken).where(taken.c.day < _today() - DAYS))


def _today() -> int:
    """Days since 1970, by UTC."""
    return int(datetime.now(UTC).timestamp()) // DAY
