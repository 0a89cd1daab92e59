"""Chats: locked for a turn, the updates that were taken in there, and let go when nothing is unfinished.

A chat that is let go leaves nothing behind, not even its number. The numbers of its latest updates stay, apart from
it, so that none is taken in twice.
"""

from datetime import UTC, datetime

from sqlalchemy import BindParameter, bindparam, delete, select, text, update

from flows.personal_data import ChatData, CoordinatorActionData
from storage.anonymity.participation import has_participated
from storage.campaigns.coordinators import find_coordinator, load_audit_entries_of
from storage.campaigns.repository import load_campaigns
from storage.db.encryption import Cipher
from storage.db.schema import chats, dead_letters, processed_updates, runs
from storage.db.session import Session
from storage.db.statements import PreparedStatement
from storage.errors import StorageUnreadableError

MAX_RECENT_UPDATES = 128  # updates remembered a chat: one question of ours can bring at most 100 again
UPDATE_RETENTION_DAYS = 2  # Telegram delivers an update again for 24 hours (core.telegram.org/bots/api#getting-updates)
SECONDS_PER_DAY = 86_400

# The statements of every turn are built once: building them costs more than running them.
_CHAT_ID_PARAM: BindParameter[int] = bindparam("of_chat")
_LOCK_CHAT = PreparedStatement(
    select(chats.c.recent_update_ids).where(chats.c.chat_id == _CHAT_ID_PARAM).with_for_update()
)
_INSERT_CHAT = PreparedStatement(
    text(
        "INSERT INTO chats (chat_id, recent_update_ids, open_prompt, opened_at, is_blocked, seen_at) VALUES (:chat_id, '', 0, 0, :no, 0)"
        " ON CONFLICT DO NOTHING"
    )
)
_RECORD_UPDATE = PreparedStatement(
    update(chats)
    .where(chats.c.chat_id == _CHAT_ID_PARAM)
    .values(recent_update_ids=bindparam("now_taken"), is_blocked=False, seen_at=bindparam("now"))
)
_DELETE_IDLE_CHAT = PreparedStatement(
    delete(chats)
    .where(chats.c.chat_id == _CHAT_ID_PARAM, ~select(runs.c.id).where(runs.c.chat_id == _CHAT_ID_PARAM).exists())
    .returning(chats.c.open_message_id, chats.c.open_prompt)
)
_FIND_PROCESSED_UPDATE = PreparedStatement(
    select(processed_updates.c.update_id).where(processed_updates.c.update_id == bindparam("of_number"))
)
_INSERT_PROCESSED_UPDATE = PreparedStatement(
    text("INSERT INTO processed_updates (update_id, day) VALUES (:update_id, :day) ON CONFLICT DO NOTHING")
)


def lock_chat(session: Session, chat_id: int) -> str:
    """Keeps all other turns of this chat waiting until the transaction ends. Gives the updates taken in lately."""
    while (row := _LOCK_CHAT.fetch_one(session, {"of_chat": chat_id})) is None:
        _INSERT_CHAT.execute(session, {"chat_id": chat_id, "no": False})  # it may be let go again before we have it
    return str(row.recent_update_ids)


def is_update_processed(session: Session, chat_id: int, update_id: int) -> bool:
    """Whether this update was taken in before. Locks the chat; one that was let go stays so if it was."""
    if str(update_id) in lock_chat(session, chat_id).split():
        return True
    is_processed = _FIND_PROCESSED_UPDATE.fetch_one(session, {"of_number": update_id}) is not None
    if is_processed:
        delete_idle_chat(session, chat_id)
    return is_processed


def record_update(session: Session, chat_id: int, update_id: int) -> None:
    """Remembers that this update was taken in; whoever writes has not blocked the bot."""
    recent_update_ids = " ".join([*lock_chat(session, chat_id).split(), str(update_id)][-MAX_RECENT_UPDATES:])
    _RECORD_UPDATE.execute(
        session, {"of_chat": chat_id, "now_taken": recent_update_ids, "now": int(datetime.now(UTC).timestamp())}
    )


def delete_idle_chat(session: Session, chat_id: int) -> tuple[int, int] | None:
    """Erases the chat, unless a run is unfinished there.

    Gives where its newest buttons stood, (message, ask).
    """
    day, recent_update_ids = _current_day_number(), lock_chat(session, chat_id).split()
    deleted_rows = _DELETE_IDLE_CHAT.fetch_all(session, {"of_chat": chat_id})
    if not deleted_rows:
        return None
    if recent_update_ids:
        _INSERT_PROCESSED_UPDATE.execute_many(
            session, [{"update_id": int(update_id), "day": day} for update_id in recent_update_ids]
        )
    return (deleted_rows[0].open_message_id, deleted_rows[0].open_prompt) if deleted_rows[0].open_message_id else None


def delete_old_update_ids(session: Session) -> None:
    """Numbers that Telegram does not deliver again are erased."""
    session.execute(
        delete(processed_updates).where(processed_updates.c.day < _current_day_number() - UPDATE_RETENTION_DAYS)
    )


def _current_day_number() -> int:
    """Days since 1970, by UTC."""
    return int(datetime.now(UTC).timestamp()) // SECONDS_PER_DAY


# @@DOC What is kept with a chat's number beside its run, so that its person can be told all of it.
def load_chat_data(session: Session, chat_id: int, *, is_configured: bool = False) -> ChatData:
    """The chat's row, what was set aside of it, the campaigns in which a mark says that it took part; and what is kept
    of a coordinator. `named`: the operator names this chat as one's.

    What is still to be said there is not told: it is said before this, or erased.
    """
    row = session.execute(select(chats).where(chats.c.chat_id == chat_id)).one()
    encrypted_updates = session.execute(
        select(dead_letters.c.content).where(dead_letters.c.chat_id == chat_id).order_by(dead_letters.c.id)
    ).scalars()
    return ChatData(
        chat_id=chat_id,
        open_message_id=row.open_message_id,
        opened_at=datetime.fromtimestamp(row.opened_at, UTC) if row.opened_at else None,
        update_ids=tuple(map(int, row.recent_update_ids.split())),
        dead_letters=tuple(_decrypt_or_empty(session.cipher, content) for content in encrypted_updates),
        joined_campaigns=tuple(
            item.code for item in load_campaigns(session) if has_participated(session, item, chat_id)
        ),
        is_coordinator=find_coordinator(session, chat_id, is_configured=is_configured) is not None,
        coordinator_actions=tuple(
            CoordinatorActionData(one.action, one.campaign, one.happened_at)
            for one in load_audit_entries_of(session, chat_id)
        ),
    )


def _decrypt_or_empty(cipher: Cipher, encrypted: bytes) -> str:
    """What was set aside; empty where its bytes are damaged."""
    try:
        return cipher.decrypt(encrypted)
    except StorageUnreadableError:
        return ""
