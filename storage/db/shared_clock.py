"""Moments that all workers share: when the bot was last well, when the next of many may be said, when it last tried to
write.
"""

from datetime import UTC, datetime

from sqlalchemy import BindParameter, Connection, bindparam, select, text, update

from storage.db.database import Database
from storage.db.schema import moments

WELL, BULK, TRIED = "well", "bulk", "tried"
PACE = 40  # milliseconds between two of many: 25 a second. Telegram allows about 30 (core.telegram.org/bots/faq)
FAR = 5_000  # milliseconds: nobody books that far ahead, so a clock was set back

_NAME: BindParameter[str] = bindparam("of_name")
_LOCK = select(moments.c.at).where(moments.c.name == _NAME).with_for_update()
_BEGIN = text("INSERT INTO moments (name, at) VALUES (:name, 0) ON CONFLICT DO NOTHING")
_SET = update(moments).where(moments.c.name == _NAME).values(at=bindparam("now_at"))


def last_well(database: Database) -> tuple[int, int]:
    """The seconds since the bot last said that it takes updates in (0: never), and that moment (since 1970)."""
    with database.transaction() as tx:
        now, before = _now(database, tx), _locked(tx, WELL)
    return max(now - before, 0) // 1000 if before else 0, before // 1000


def well_now(database: Database) -> None:
    """The bot takes updates in, now."""
    with database.transaction() as tx:
        _locked(tx, WELL)
        tx.execute(_SET, {"of_name": WELL, "now_at": _now(database, tx)})


def try_out(database: Database) -> None:
    """Writes something, to find out whether that can be done. Raises `StorageAway` where it can't."""
    with database.transaction() as tx:
        _locked(tx, TRIED)
        tx.execute(_SET, {"of_name": TRIED, "now_at": _now(database, tx)})


def book(database: Database) -> float:
    """Books the next place among what goes to many. Gives the seconds to wait for it."""
    with database.transaction() as tx:
        now, free = _now(database, tx), _locked(tx, BULK)
        mine = free if now < free < now + FAR else now
        tx.execute(_SET, {"of_name": BULK, "now_at": mine + PACE})
    return (mine - now) / 1000


def _locked(tx: Connection, name: str) -> int:
    found = tx.execute(_LOCK, {"of_name": name}).scalar_one_or_none()
    if found is None:
        tx.execute(_BEGIN, {"name": name})
        found = tx.execute(_LOCK, {"of_name": name}).scalar_one()
    return int(found)


def _now(database: Database, tx: Connection) -> int:
    """Milliseconds since 1970, by the clock that all workers share: the server's, where there is one."""
    if database.embedded:
        return int(datetime.now(UTC).timestamp() * 1000)
    return int(tx.execute(text("SELECT extract(epoch FROM clock_timestamp()) * 1000")).scalar_one())
