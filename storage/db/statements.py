"""Prepared statements: built with SQLAlchemy Core, compiled once, and executed by the database driver itself.

This is the fast path of a turn. The plain one is `Session.execute`: with SQLite, SQLAlchemy's own work costs ten times
what the statement costs, and with PostgreSQL as much again as the driver (`benchmarks/database_driver.py`).
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from operator import attrgetter, methodcaller
from typing import Any

from sqlalchemy import Delete, Dialect, Insert, Select, TextClause, Update, text
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.sql.compiler import SQLCompiler

from storage.db.session import Session
from storage.db.url import SQLITE

BATCH_ROWS = 200  # rows in memory at a time, with SQLite
STREAMING_OPTIONS = {"stream_results": True, "yield_per": 1_000}  # each batch is a round trip to the server

Statement = Select[Any] | Insert | Update | Delete | TextClause
Values = Mapping[str, Any]
Row = Any  # its columns are attributes
CompiledStatement = tuple[str, tuple[str, ...], dict[str, Any]]  # SQL, parameter names in order, values set in it

_FETCH_ONE, _FETCH_ALL, _GET_ROW_COUNT = methodcaller("fetchone"), methodcaller("fetchall"), attrgetter("rowcount")


class PreparedStatement:
    """One statement, compiled once for each kind of database.

    Rows have their columns as attributes. SQLite has no booleans: its rows hold 0 or 1. All methods raise the errors
    of SQLAlchemy (`DBAPIError`), without the values.
    """

    def __init__(self, statement: Statement, *columns: str) -> None:
        """`columns`: the columns that an INSERT sets."""
        self._statement = statement
        self._columns = list(columns) or None
        self._compiled: dict[str, CompiledStatement] = {}  # by the name of the dialect
        self._row_type: Any = None

    def fetch_one(self, session: Session, values: Values) -> Any | None:
        """Returns the first row, or None."""
        row = self._run(session, values, _FETCH_ONE)
        return self._row_type._make(row) if row else None

    def fetch_all(self, session: Session, values: Values) -> list[Any]:
        """Returns all rows."""
        rows = self._run(session, values, _FETCH_ALL)
        return [*map(self._row_type._make, rows)]

    def execute(self, session: Session, values: Values) -> int:
        """Returns the number of rows that an INSERT, UPDATE or DELETE changed."""
        return int(self._run(session, values, _GET_ROW_COUNT))

    def execute_many(self, session: Session, rows: Sequence[Values]) -> None:
        """Executes the statement once for the values of each row."""
        dialect = session.connection.dialect
        sql, names, fixed_values = self._compiled.get(dialect.name) or self._compile(dialect)
        driver: Any = session.connection.connection.driver_connection
        try:
            driver.cursor().executemany(sql, [[*map({**fixed_values, **row}.__getitem__, names)] for row in rows])
        except dialect.loaded_dbapi.Error as error:
            raise _make_error(sql, error) from error

    def _run(self, session: Session, values: Values, read_result: Callable[[Any], Any]) -> Any:
        """Executes the statement, and returns what `read_result` makes of the driver's cursor."""
        dialect = session.connection.dialect
        sql, names, fixed_values = self._compiled.get(dialect.name) or self._compile(dialect)
        driver: Any = session.connection.connection.driver_connection
        try:
            cursor = driver.execute(sql, [*map({**fixed_values, **values}.__getitem__, names)])
            result = read_result(cursor)  # sqlite3 steps through the rows only here, and may raise here
        except dialect.loaded_dbapi.Error as error:  # SQLAlchemy notices a lost connection when it rolls back
            raise _make_error(sql, error) from error
        if self._row_type is None and cursor.description:
            self._row_type = _make_row_type(cursor)
        return result

    def _compile(self, dialect: Dialect) -> CompiledStatement:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._columns)
        assert isinstance(compiled, SQLCompiler)
        assert compiled.positional, "postgresql.ENGINE_OPTIONS set the style of parameters"
        self._compiled[dialect.name] = compiled.string, tuple(compiled.positiontup or ()), dict(compiled.params)
        return self._compiled[dialect.name]


_SAVEPOINT = PreparedStatement(text("SAVEPOINT part"))
_ROLL_BACK_TO_SAVEPOINT = PreparedStatement(text("ROLLBACK TO part"))
_RELEASE_SAVEPOINT = PreparedStatement(text("RELEASE part"))


@contextmanager
def savepoint(session: Session) -> Iterator[Session]:
    """A savepoint in the transaction: any exception undoes what was done in it, and nothing else."""
    _SAVEPOINT.execute(session, {})
    try:
        yield session
    except BaseException:
        with suppress(PendingRollbackError):  # the connection is lost, and the whole transaction is undone
            _ROLL_BACK_TO_SAVEPOINT.execute(session, {})
            _RELEASE_SAVEPOINT.execute(session, {})
        raise
    _RELEASE_SAVEPOINT.execute(session, {})


def fetch_batches(session: Session, query: Select[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    """Yields the rows in batches, so that memory does not grow with them. Raises SQLAlchemy's `DBAPIError`.

    Columns must be of types that the driver itself returns: numbers, text, bytes. With SQLite the driver fetches the
    rows: SQLAlchemy's work on a row takes as long as reading it.
    """
    if session.connection.dialect.name != SQLITE:
        yield from session.execute(query, execution_options=STREAMING_OPTIONS).partitions()
        return
    cursor = session.execute(query).cursor  # not closed here: a caller may drop this generator after the connection
    try:
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield rows
    except sqlite3.Error as error:
        raise DBAPIError.instance(None, None, error, sqlite3.Error, hide_parameters=True) from error


def _make_row_type(cursor: Any) -> Any:
    columns = [name for name, *_ in cursor.description]
    return namedtuple("row", columns)  # noqa: PYI024 - the columns are only known here


def _make_error(sql: str, error: Exception) -> Exception:
    return DBAPIError.instance(sql, None, error, Exception, hide_parameters=True)
