"""Statements that are ready: the same rows, the same faults as SQLAlchemy's own way, on both kinds of database."""

from collections.abc import Callable

import pytest
from sqlalchemy import bindparam, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from storage.db.database import Database
from storage.db.schema import processed_updates
from storage.db.statements import PreparedStatement

ADD = PreparedStatement(insert(processed_updates), "update_id", "day")
FIND = PreparedStatement(
    select(processed_updates.c.update_id, processed_updates.c.day)
    .where(processed_updates.c.update_id == bindparam("of_number"))
    .limit(1)
)
ALL = PreparedStatement(
    select(processed_updates).where(processed_updates.c.day > 1).order_by(processed_updates.c.update_id)
)
MOVE = PreparedStatement(
    update(processed_updates).where(processed_updates.c.day == bindparam("of_day")).values(day=bindparam("to_day"))
)
GONE = PreparedStatement(
    delete(processed_updates)
    .where(processed_updates.c.update_id == bindparam("of_number"))
    .returning(processed_updates.c.day)
)


@pytest.fixture
def three_rows(database: Database) -> Database:
    with database.transaction() as session:
        for number in (1, 2, 3):
            ADD.execute(session, {"update_id": number, "day": number})
    return database


def test_rows_have_their_columns_by_name(three_rows: Database) -> None:
    with three_rows.transaction() as session:
        found = FIND.fetch_one(session, {"of_number": 2})
        assert found
        assert (found.update_id, found.day) == (2, 2)
        assert FIND.fetch_one(session, {"of_number": 9}) is None
        assert [row.update_id for row in ALL.fetch_all(session, {})] == [
            2,
            3,
        ]  # what the statement itself holds is given to it


def test_it_says_how_many_rows_were_written(three_rows: Database) -> None:
    with three_rows.transaction() as session:
        assert MOVE.execute(session, {"of_day": 3, "to_day": 1}) == 1
        assert MOVE.execute(session, {"of_day": 1, "to_day": 5}) == 2
        assert MOVE.execute(session, {"of_day": 3, "to_day": 5}) == 0


def test_what_is_erased_is_told(three_rows: Database) -> None:
    with three_rows.transaction() as session:
        gone = GONE.fetch_one(session, {"of_number": 3})
    assert gone
    assert gone.day == 3
    with three_rows.transaction() as session:
        assert GONE.fetch_one(session, {"of_number": 3}) is None


def test_faults_are_sqlalchemy_s_and_quote_no_values(three_rows: Database) -> None:
    with three_rows.transaction() as session, pytest.raises(IntegrityError) as fault:
        ADD.execute(session, {"update_id": 3, "day": 987_654})
    assert "987654" not in str(fault.value)


@pytest.mark.parametrize("take", [PreparedStatement.fetch_one, PreparedStatement.fetch_all])
def test_a_fault_that_shows_only_in_a_later_row_is_sqlalchemy_s_too(
    sqlite_database: Database, take: Callable[..., object]
) -> None:
    """SQLite looks for rows as they are fetched: a damaged page may stand under any of them."""
    rows = PreparedStatement(text("SELECT json(said) AS said FROM (SELECT :first AS said UNION ALL SELECT '{')"))
    with sqlite_database.transaction() as session, pytest.raises(OperationalError):
        take(rows, session, {"first": "1" if take is PreparedStatement.fetch_all else "{"})
