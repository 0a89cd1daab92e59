"""What coordinators did: who, what, with which campaign, when. No answers, and nobody who answers."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, insert, select

from storage.campaign_tables import audit
from storage.database import Database

OPERATOR = 0  # who used the command line
LATELY = 600  # seconds


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done. `chat` is the coordinator's; 0: the command line. `campaign` is empty where none is."""

    at: datetime
    chat: int
    name: str
    campaign: str


def note_act(tx: Connection, chat: int, name: str, campaign: str = "") -> None:
    """Notes that somebody did this, now."""
    at = int(datetime.now(UTC).timestamp())
    tx.execute(insert(audit).values(at=at, chat=chat, act=name, campaign=campaign))


def has_done_lately(tx: Connection, chat: int, name: str) -> bool:
    """Whether this is the last thing that the coordinator of this chat did, some minutes ago at the most."""
    last = tx.execute(select(audit).where(audit.c.chat == chat).order_by(audit.c.id.desc()).limit(1)).one_or_none()
    return last is not None and last.act == name and datetime.now(UTC).timestamp() - last.at < LATELY


def all_acts(database: Database) -> list[Act]:
    """All that was done, oldest first."""
    with database.transaction() as tx:
        return _acts(tx)


def acts_of(tx: Connection, chat: int) -> list[Act]:
    """What this coordinator did, oldest first."""
    return _acts(tx, audit.c.chat == chat)


def _acts(tx: Connection, *of: ColumnElement[bool]) -> list[Act]:
    rows = tx.execute(select(audit).where(*of).order_by(audit.c.id)).all()
    return [Act(datetime.fromtimestamp(row.at, UTC), row.chat, row.act, row.campaign) for row in rows]
