"""What is kept with a chat's number beside its run, so that its person can be told all of it."""

from datetime import UTC, datetime

from sqlalchemy import Connection, select

from flows.kept import KeptAct, KeptBeside
from storage.audit import acts_of
from storage.campaigns import all_campaigns
from storage.cipher import Cipher
from storage.coordinators import find_coordinator
from storage.faults import StorageUnusable
from storage.sealed.participation import took_part
from storage.tables import chats, set_aside


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
