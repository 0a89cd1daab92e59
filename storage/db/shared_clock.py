"""Moments that all workers share: when the bot was last well, when the next of many may be said, when it last tried to
write.
"""

from datetime import UTC, datetime

from sqlalchemy import BindParameter, bindparam, select, text, update

from storage.db.database import Database
from storage.db.schema import shared_clock
from storage.db.session import Session

LAST_HEALTHY, NEXT_BROADCAST, WRITE_PROBE = "well", "bulk", "tried"
BROADCAST_INTERVAL_MS = (
    40  # milliseconds between two of many: 25 a second. Telegram allows about 30 (core.telegram.org/bots/faq)
)
MAX_BOOKING_AHEAD_MS = 5_000  # milliseconds: nobody books that far ahead, so a clock was set back

_NAME_PARAM: BindParameter[str] = bindparam("of_name")
_LOCK_TIME = select(shared_clock.c.time_ms).where(shared_clock.c.name == _NAME_PARAM).with_for_update()
_INSERT_TIME = text("INSERT INTO shared_clock (name, time_ms) VALUES (:name, 0) ON CONFLICT DO NOTHING")
_SET_TIME = update(shared_clock).where(shared_clock.c.name == _NAME_PARAM).values(time_ms=bindparam("now_at"))


def load_last_healthy(database: Database) -> tuple[int, int]:
    """The seconds since the bot last said that it takes updates in (0: never), and that moment (since 1970)."""
    with database.transaction() as session:
        now_ms, healthy_ms = _current_time_ms(database, session), _lock_time(session, LAST_HEALTHY)
    return max(now_ms - healthy_ms, 0) // 1000 if healthy_ms else 0, healthy_ms // 1000


def record_healthy(database: Database) -> None:
    """The bot takes updates in, now."""
    with database.transaction() as session:
        _lock_time(session, LAST_HEALTHY)
        session.execute(_SET_TIME, {"of_name": LAST_HEALTHY, "now_at": _current_time_ms(database, session)})


def probe_write(database: Database) -> None:
    """Writes something, to find out whether that can be done. Raises `StorageAway` where it can't."""
    with database.transaction() as session:
        _lock_time(session, WRITE_PROBE)
        session.execute(_SET_TIME, {"of_name": WRITE_PROBE, "now_at": _current_time_ms(database, session)})


def book_broadcast_slot(database: Database) -> float:
    """Books the next place among what goes to many. Gives the seconds to wait for it."""
    with database.transaction() as session:
        now_ms, next_free_ms = _current_time_ms(database, session), _lock_time(session, NEXT_BROADCAST)
        booked_ms = next_free_ms if now_ms < next_free_ms < now_ms + MAX_BOOKING_AHEAD_MS else now_ms
        session.execute(_SET_TIME, {"of_name": NEXT_BROADCAST, "now_at": booked_ms + BROADCAST_INTERVAL_MS})
    return (booked_ms - now_ms) / 1000


def _lock_time(session: Session, name: str) -> int:
    time_ms = session.execute(_LOCK_TIME, {"of_name": name}).scalar_one_or_none()
    if time_ms is None:
        session.execute(_INSERT_TIME, {"name": name})
        time_ms = session.execute(_LOCK_TIME, {"of_name": name}).scalar_one()
    return int(time_ms)


def _current_time_ms(database: Database, session: Session) -> int:
    """Milliseconds since 1970, by the clock that all workers share: the server's, where there is one."""
    if database.is_embedded:
        return int(datetime.now(UTC).timestamp() * 1000)
    return int(session.execute(text("SELECT extract(epoch FROM clock_timestamp()) * 1000")).scalar_one())
