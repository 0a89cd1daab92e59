"""Work that is submitted to a group commit."""

from sqlalchemy import text

from storage.db.database import Database

STORED_NUMBERS_SQL = "select update_id from processed_updates order by update_id"


class WorkError(Exception):
    """What a piece of work raises of its own."""


def store_number(database: Database, number: int, fails: Exception | None = None) -> int:
    """A piece of work: keeps a number; where it fails, it has written before."""
    with database.nested() as session:
        session.execute(text("insert into processed_updates (update_id, day) values (:number, 0)"), {"number": number})
        if fails:
            raise fails
    return number
