"""Chats: locked for a turn, with the updates that were processed in them, and deleted once no run is unfinished.

A deleted chat leaves nothing behind, not even its number. The ids of its latest updates stay, apart from it, so that
no update is processed twice. Relies on `storage.db.statements`, as every turn runs most of these statements.
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

MAX_RECENT_UPDATES = 128  # one request to Telegram brings at most 100 updates, which can come again
UPDATE_RETENTION_DAYS = 2  # Telegram delivers an update again for 24 hours (core.telegram.org/bots/api#getting-updates)
SECONDS_PER_DAY = 86_400

_WANTED_CHAT_ID: BindParameter[int] = bindparam("wanted_chat_id")
_LOCK_CHAT = PreparedStatement(
    select(chats.c.recent_update_ids).where(chats.c.chat_id == _WANTED_CHAT_ID).with_for_update()
)
_INSERT_CHAT = PreparedStatement(
    text(
        "INSERT INTO chats (chat_id, recent_update_ids, open_prompt, opened_at, is_blocked, seen_at)"
        " VALUES (:chat_id, '', 0, 0, :is_blocked, 0) ON CONFLICT DO NOTHING"
    )
)
_RECORD_UPDATE = PreparedStatement(
    update(chats)
    .where(chats.c.chat_id == _WANTED_CHAT_ID)
    .values(recent_update_ids=bindparam("new_recent_update_ids"), is_blocked=False, seen_at=bindparam("now"))
)
_DELETE_IDLE_CHAT = PreparedStatement(
    delete(chats)
    .where(chats.c.chat_id == _WANTED_CHAT_ID, ~select(runs.c.id).where(runs.c.chat_id == _WANTED_CHAT_ID).exists())
    .returning(chats.c.open_message_id, chats.c.open_prompt)
)
_FIND_PROCESSED_UPDATE = PreparedStatement(
    select(processed_updates.c.update_id).where(processed_updates.c.update_id == bindparam("wanted_update_id"))
)
_INSERT_PROCESSED_UPDATE = PreparedStatement(
    text("INSERT INTO processed_updates (update_id, day) VALUES (:update_id, :day) ON CONFLICT DO NOTHING")
)


def lock_chat(session: Session, chat_id: int) -> str:
    """Locks the chat until the transaction ends, so that its turns run one at a time. Creates it if necessary.

    Returns the ids of the updates that were processed last, separated by spaces.
    """
    while (row := _LOCK_CHAT.fetch_one(session, {"wanted_chat_id": chat_id})) is None:
        # In a loop: another turn may delete the chat before this one has locked it.
        _INSERT_CHAT.execute(session, {"chat_id": chat_id, "is_blocked": False})
    return str(row.recent_update_ids)


def lock_chat_for_update(session: Session, chat_id: int, update_id: int) -> bool:
    """Locks the chat for an update. Returns False if the update was processed before: then nothing is left to do."""
    if str(update_id) in lock_chat(session, chat_id).split():
        return False
    is_new = _FIND_PROCESSED_UPDATE.fetch_one(session, {"wanted_update_id": update_id}) is None
    if not is_new:
        delete_idle_chat(session, chat_id)  # which locking it created
    return is_new


def record_update(session: Session, chat_id: int, update_id: int) -> None:
    """Records that this update is processed. Its chat has not blocked the bot."""
    recent_update_ids = " ".join([*lock_chat(session, chat_id).split(), str(update_id)][-MAX_RECENT_UPDATES:])
    now = int(datetime.now(UTC).timestamp())
    values = {"wanted_chat_id": chat_id, "new_recent_update_ids": recent_update_ids, "now": now}
    _RECORD_UPDATE.execute(session, values)


def delete_idle_chat(session: Session, chat_id: int) -> tuple[int, int] | None:
    """Deletes the chat, unless it has an unfinished run. Returns its open prompt: message id and number."""
    day, recent_update_ids = _current_day_number(), lock_chat(session, chat_id).split()
    deleted = _DELETE_IDLE_CHAT.fetch_one(session, {"wanted_chat_id": chat_id})
    if deleted is None:
        return None
    if recent_update_ids:
        rows = [{"update_id": int(update_id), "day": day} for update_id in recent_update_ids]
        _INSERT_PROCESSED_UPDATE.execute_many(session, rows)
    return (deleted.open_message_id, deleted.open_prompt) if deleted.open_message_id else None


def delete_old_update_ids(session: Session) -> None:
    """Deletes the ids of updates that Telegram does not deliver again."""
    oldest_day = _current_day_number() - UPDATE_RETENTION_DAYS
    session.execute(delete(processed_updates).where(processed_updates.c.day < oldest_day))


def load_chat_data(session: Session, chat_id: int, *, is_configured: bool = False) -> ChatData:
    """Loads what is stored with the number of a chat besides its run, for a request for personal data.

    `is_configured`: COORDINATOR_IDS lists this chat. The outbox is left out: it is sent before the reply, or deleted.
    """
    row = session.execute(select(chats).where(chats.c.chat_id == chat_id)).one()
    query = select(dead_letters.c.content).where(dead_letters.c.chat_id == chat_id).order_by(dead_letters.c.id)
    encrypted_updates = session.execute(query).scalars().all()
    joined_campaigns = [item.code for item in load_campaigns(session) if has_participated(session, item, chat_id)]
    return ChatData(
        chat_id=chat_id,
        open_message_id=row.open_message_id,
        opened_at=datetime.fromtimestamp(row.opened_at, UTC) if row.opened_at else None,
        update_ids=tuple(map(int, row.recent_update_ids.split())),
        dead_letters=tuple(_decrypt_or_empty(session.cipher, content) for content in encrypted_updates),
        joined_campaigns=tuple(joined_campaigns),
        is_coordinator=find_coordinator(session, chat_id, is_configured=is_configured) is not None,
        coordinator_actions=tuple(
            CoordinatorActionData(entry.action, entry.campaign, entry.happened_at)
            for entry in load_audit_entries_of(session, chat_id)
        ),
    )


def _current_day_number() -> int:
    """Days since 1970, in UTC."""
    return int(datetime.now(UTC).timestamp()) // SECONDS_PER_DAY


def _decrypt_or_empty(cipher: Cipher, encrypted: bytes) -> str:
    try:
        return cipher.decrypt(encrypted)
    except StorageUnreadableError:  # damaged
        return ""
