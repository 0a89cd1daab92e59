"""What coordinators did: who, what, with which campaign, when. No answers, and nobody who answers."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select

from storage.campaign_tables import audit
from storage.database import Database

OPERATOR = 0  # who used the command line
ITSELF = -1  # the running bot, by the clock: no person has such a number
DONE_TO = ("taken_out", "handed_over")  # to a coordinator, whose number stands behind it
LATELY = 600  # seconds


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done. `chat`: the coordinator's, `OPERATOR` or `ITSELF`. `campaign`: empty where none is.
    `whom`: the coordinator it was done to, by the operator.
    """

    at: datetime
    chat: int
    name: str
    campaign: str
    whom: int | None = None


def note_act(tx: Connection, chat: int, name: str, campaign: str = "", *, whom: int | None = None) -> None:
    """Notes that somebody did this, now. `whom`: to which coordinator, where it is one of `DONE_TO`."""
    at = int(datetime.now(UTC).timestamp())
    act = name if whom is None else f"{name} {whom}"
    tx.execute(insert(audit).values(at=at, chat=chat, act=act, campaign=campaign))


def has_done_lately(tx: Connection, chat: int, name: str) -> bool:
    """Whether this is the last thing that the coordinator of this chat did, some minutes ago at the most."""
    last = tx.execute(select(audit).where(audit.c.chat == chat).order_by(audit.c.id.desc()).limit(1)).one_or_none()
    return last is not None and last.act == name and datetime.now(UTC).timestamp() - last.at < LATELY


def all_acts(database: Database) -> list[Act]:
    """All that was done, oldest first."""
    with database.transaction() as tx:
        return _acts(tx)


def acts_of(tx: Connection, chat: int) -> list[Act]:
    """What this coordinator did, or was done to them, oldest first."""
    done_to = audit.c.act.in_([f"{name} {chat}" for name in DONE_TO])
    return _acts(tx, or_(audit.c.chat == chat, and_(audit.c.chat == OPERATOR, done_to)))


def _acts(tx: Connection, *of: ColumnElement[bool]) -> list[Act]:
    rows = tx.execute(select(audit).where(*of).order_by(audit.c.id)).all()
    return [_read(row) for row in rows]


def _read(row: Row[tuple[object, ...]]) -> Act:
    name, _, whom = row.act.partition(" ")
    return Act(datetime.fromtimestamp(row.at, UTC), row.chat, name, row.campaign, int(whom) if whom else None)
