"""Statements that are ready: the same rows, the same faults as SQLAlchemy's own way, on both kinds of database."""

from collections.abc import Callable

import pytest
from sqlalchemy import bindparam, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from storage.db.database import Database
from storage.db.schema import taken
from storage.db.statements import Ready

ADD = Ready(insert(taken), "number", "day")
FIND = Ready(select(taken.c.number, taken.c.day).where(taken.c.number == bindparam("of_number")).limit(1))
ALL = Ready(select(taken).where(taken.c.day > 1).order_by(taken.c.number))
MOVE = Ready(update(taken).where(taken.c.day == bindparam("of_day")).values(day=bindparam("to_day")))
GONE = Ready(delete(taken).where(taken.c.number == bindparam("of_number")).returning(taken.c.day))


@pytest.fixture
def three(database: Database) -> Database:
    with database.transaction() as tx:
        for number in (1, 2, 3):
            ADD.run(tx, {"number": number, "day": number})
    return database


def test_rows_have_their_columns_by_name(three: Database) -> None:
    with three.transaction() as tx:
        found = FIND.one(tx, {"of_number": 2})
        assert found
        assert (found.number, found.day) == (2, 2)
        assert FIND.one(tx, {"of_number": 9}) is None
        assert [row.number for row in ALL.all(tx, {})] == [2, 3]  # what the statement itself holds is given to it


def test_it_says_how_many_rows_were_written(three: Database) -> None:
    with three.transaction() as tx:
        assert MOVE.run(tx, {"of_day": 3, "to_day": 1}) == 1
        assert MOVE.run(tx, {"of_day": 1, "to_day": 5}) == 2
        assert MOVE.run(tx, {"of_day": 3, "to_day": 5}) == 0


def test_what_is_erased_is_told(three: Database) -> None:
    with three.transaction() as tx:
        gone = GONE.one(tx, {"of_number": 3})
    assert gone
    assert gone.day == 3
    with three.transaction() as tx:
        assert GONE.one(tx, {"of_number": 3}) is None


def test_faults_are_sqlalchemy_s_and_quote_no_values(three: Database) -> None:
    with three.transaction() as tx, pytest.raises(IntegrityError) as fault:
        ADD.run(tx, {"number": 3, "day": 987_654})
    assert "987654" not in str(fault.value)


@pytest.mark.parametrize("take", [Ready.one, Ready.all])
def test_a_fault_that_shows_only_in_a_later_row_is_sqlalchemy_s_too(
    on_file: Database, take: Callable[..., object]
) -> None:
    """SQLite looks for rows as they are fetched: a damaged page may stand under any of them."""
    rows = Ready(text("SELECT json(said) AS said FROM (SELECT :first AS said UNION ALL SELECT '{')"))
    with on_file.transaction() as tx, pytest.raises(OperationalError):
        take(rows, tx, {"first": "1" if take is Ready.all else "{"})
