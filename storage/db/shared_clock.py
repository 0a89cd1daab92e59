"""Times that all workers share: when the bot was last healthy, and when the next broadcast may be sent.

They are rows of the table `shared_clock`, in milliseconds since 1970, by the clock of the database server.
"""

from datetime import UTC, datetime

from sqlalchemy import BindParameter, bindparam, select, text, update

from storage.db.database import Database
from storage.db.schema import shared_clock
from storage.db.session import Session

LAST_HEALTHY, NEXT_BROADCAST, WRITE_PROBE = "last_healthy", "next_broadcast", "write_probe"
BROADCAST_INTERVAL_MS = 40  # 25 messages a second: Telegram allows about 30 (core.telegram.org/bots/faq)
MAX_BOOKING_AHEAD_MS = 5_000  # a slot further ahead than this means that a clock was set back

_NAME_PARAM: BindParameter[str] = bindparam("wanted_name")
_LOCK_TIME = select(shared_clock.c.time_ms).where(shared_clock.c.name == _NAME_PARAM).with_for_update()
_INSERT_TIME = text("INSERT INTO shared_clock (name, time_ms) VALUES (:name, 0) ON CONFLICT DO NOTHING")
_SET_TIME = update(shared_clock).where(shared_clock.c.name == _NAME_PARAM).values(time_ms=bindparam("new_time_ms"))


def load_last_healthy(database: Database) -> tuple[int, int]:
    """Returns how many seconds ago the bot was last healthy, and when that was (since 1970). Both are 0 for never."""
    with database.transaction() as session:
        now_ms, healthy_ms = _current_time_ms(database, session), _lock_time(session, LAST_HEALTHY)
    return max(now_ms - healthy_ms, 0) // 1000 if healthy_ms else 0, healthy_ms // 1000


def record_healthy(database: Database) -> None:
    """Records that the bot is processing updates now."""
    _set_to_now(database, LAST_HEALTHY)


def probe_write(database: Database) -> None:
    """Tries to write. Raises `StorageUnavailableError` where that fails."""
    _set_to_now(database, WRITE_PROBE)


def book_broadcast_slot(database: Database) -> float:
    """Books the next slot for one message of a broadcast, and returns the seconds until then."""
    with database.transaction() as session:
        now_ms, next_free_ms = _current_time_ms(database, session), _lock_time(session, NEXT_BROADCAST)
        booked_ms = next_free_ms if now_ms < next_free_ms < now_ms + MAX_BOOKING_AHEAD_MS else now_ms
        _set_time(session, NEXT_BROADCAST, booked_ms + BROADCAST_INTERVAL_MS)
    return (booked_ms - now_ms) / 1000


def _set_to_now(database: Database, name: str) -> None:
    with database.transaction() as session:
        _lock_time(session, name)
        _set_time(session, name, _current_time_ms(database, session))


def _lock_time(session: Session, name: str) -> int:
    values = {"wanted_name": name}
    time_ms = session.execute(_LOCK_TIME, values).scalar_one_or_none()
    if time_ms is None:
        session.execute(_INSERT_TIME, {"name": name})
        time_ms = session.execute(_LOCK_TIME, values).scalar_one()
    return int(time_ms)


def _set_time(session: Session, name: str, time_ms: int) -> None:
    session.execute(_SET_TIME, {"wanted_name": name, "new_time_ms": time_ms})


def _current_time_ms(database: Database, session: Session) -> int:
    if database.is_embedded:
        return int(datetime.now(UTC).timestamp() * 1000)
    return int(session.execute(text("SELECT extract(epoch FROM clock_timestamp()) * 1000")).scalar_one())
