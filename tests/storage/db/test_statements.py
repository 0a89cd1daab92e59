"""Prepared statements return the same rows and raise the same errors as SQLAlchemy, on both kinds of database."""

from collections.abc import Callable

import pytest
from sqlalchemy import bindparam, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from storage.db.database import Database
from storage.db.schema import processed_updates
from storage.db.statements import PreparedStatement

INSERT_ROW = PreparedStatement(insert(processed_updates), "update_id", "day")
SELECT_ONE = PreparedStatement(
    select(processed_updates.c.update_id, processed_updates.c.day)
    .where(processed_updates.c.update_id == bindparam("of_number"))
    .limit(1)
)
SELECT_LATER = PreparedStatement(
    select(processed_updates).where(processed_updates.c.day > 1).order_by(processed_updates.c.update_id)
)
UPDATE_DAY = PreparedStatement(
    update(processed_updates).where(processed_updates.c.day == bindparam("of_day")).values(day=bindparam("to_day"))
)
DELETE_ONE = PreparedStatement(
    delete(processed_updates)
    .where(processed_updates.c.update_id == bindparam("of_number"))
    .returning(processed_updates.c.day)
)


@pytest.fixture
def three_rows(database: Database) -> Database:
    with database.transaction() as session:
        for number in (1, 2, 3):
            INSERT_ROW.execute(session, {"update_id": number, "day": number})
    return database


def test_rows_have_columns_by_name(three_rows: Database) -> None:
    with three_rows.transaction() as session:
        found_row = SELECT_ONE.fetch_one(session, {"of_number": 2})
        assert found_row
        assert (found_row.update_id, found_row.day) == (2, 2)
        assert SELECT_ONE.fetch_one(session, {"of_number": 9}) is None
        assert [row.update_id for row in SELECT_LATER.fetch_all(session, {})] == [
            2,
            3,
        ]  # the statement's own constant is bound


def test_execute_returns_the_number_of_rows(three_rows: Database) -> None:
    with three_rows.transaction() as session:
        assert UPDATE_DAY.execute(session, {"of_day": 3, "to_day": 1}) == 1
        assert UPDATE_DAY.execute(session, {"of_day": 1, "to_day": 5}) == 2
        assert UPDATE_DAY.execute(session, {"of_day": 3, "to_day": 5}) == 0


def test_deleted_rows_can_be_returned(three_rows: Database) -> None:
    with three_rows.transaction() as session:
        deleted = DELETE_ONE.fetch_one(session, {"of_number": 3})
    assert deleted
    assert deleted.day == 3
    with three_rows.transaction() as session:
        assert DELETE_ONE.fetch_one(session, {"of_number": 3}) is None


def test_errors_are_sqlalchemy_s_without_values(three_rows: Database) -> None:
    with three_rows.transaction() as session, pytest.raises(IntegrityError) as error_info:
        INSERT_ROW.execute(session, {"update_id": 3, "day": 987_654})
    assert "987654" not in str(error_info.value)


@pytest.mark.parametrize("fetch", [PreparedStatement.fetch_one, PreparedStatement.fetch_all])
def test_an_error_while_fetching_rows_is_sqlalchemy_s(sqlite_database: Database, fetch: Callable[..., object]) -> None:
    """SQLite reads rows as they are fetched, so a damaged page may fail any of them."""
    rows = PreparedStatement(text("SELECT json(said) AS said FROM (SELECT :first AS said UNION ALL SELECT '{')"))
    with sqlite_database.transaction() as session, pytest.raises(OperationalError):
        fetch(rows, session, {"first": "1" if fetch is PreparedStatement.fetch_all else "{"})
