"""Chats: locked for a turn, the updates that were taken in there, and let go when nothing is unfinished.

A chat that is let go leaves nothing behind, not even its number. The numbers of its latest updates stay, apart from
it, so that none is taken in twice.
"""

from datetime import UTC, datetime

from sqlalchemy import BindParameter, Connection, bindparam, delete, select, text, update

from flows.personal_data import KeptAct, KeptBeside
from storage.anonymity.participation import took_part
from storage.campaigns.coordinators import acts_of, find_coordinator
from storage.campaigns.repository import all_campaigns
from storage.db.encryption import Cipher
from storage.db.schema import chats, runs, set_aside, taken
from storage.db.statements import Ready
from storage.errors import StorageUnusable

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


# @@DOC What is kept with a chat's number beside its run, so that its person can be told all of it.
def kept_beside(tx: Connection, cipher: Cipher, chat: int, *, named: bool = False) -> KeptBeside:
    """The chat's row, what was set aside of it, the campaigns in which a mark says that it took part; and what is kept
    of a coordinator. `named`: the operator names this chat as one's.

    What is still to be said there is not told: it is said before this, or erased.
    """
    row = tx.execute(select(chats).where(chats.c.chat == chat)).one()
    aside = tx.execute(select(set_aside.c.content).where(set_aside.c.chat == chat).order_by(set_aside.c.id)).scalars()
    return KeptBeside(
        chat=chat,
        buttons=row.open_message,
        since=datetime.fromtimestamp(row.opened_at, UTC) if row.opened_at else None,
        updates=tuple(map(int, row.taken.split())),
        aside=tuple(_unlocked(cipher, content) for content in aside),
        took_part=tuple(one.code for one in all_campaigns(tx) if took_part(tx, cipher, one, chat)),
        coordinator=find_coordinator(tx, chat, named=named) is not None,
        acts=tuple(KeptAct(one.name, one.campaign, one.at) for one in acts_of(tx, chat)),
    )


def _unlocked(cipher: Cipher, content: bytes) -> str:
    """What was set aside; empty where its bytes are damaged."""
    try:
        return cipher.unlock(content)
    except StorageUnusable:
        return ""
