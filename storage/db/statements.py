"""Statements of the way of an update: written with Core, built once, and run by the driver itself.

SQLAlchemy's own way costs ten times what the statement does with SQLite, and as much again as the driver does with
PostgreSQL.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from operator import attrgetter
from typing import Any

from sqlalchemy import Delete, Dialect, Insert, Select, TextClause, Update, text
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.sql.compiler import SQLCompiler

from storage.db.session import Session
from storage.db.url import SQLITE

Statement = Select[Any] | Insert | Update | Delete | TextClause
Values = Mapping[str, Any]
Row = Any  # its columns by name
_ROW_COUNT = attrgetter("rowcount")
CompiledStatement = tuple[
    str, tuple[str, ...], dict[str, Any]
]  # the text, the values in order, those that it holds itself


class PreparedStatement:
    """One statement, to be run in a transaction. Rows have their columns by name; a truth value may be 0 or 1, as
    SQLite has none. All methods raise what SQLAlchemy does.
    """

    def __init__(self, statement: Statement, *columns: str) -> None:
        """`columns`: those that an INSERT gives."""
        self._statement = statement
        self._columns = list(columns) or None
        self._compiled: dict[str, CompiledStatement] = {}  # by the kind of database
        self._row_type: Any = None

    def fetch_one(self, session: Session, values: Values) -> Any | None:
        """The row; None: there is none."""
        return self._execute(session, values, self._read_one)

    def fetch_all(self, session: Session, values: Values) -> list[Any]:
        """All rows."""
        rows: list[Any] = self._execute(session, values, self._read_all)
        return rows

    def execute(self, session: Session, values: Values) -> int:
        """Runs it. How many rows an UPDATE or a DELETE found."""
        return int(self._execute(session, values, _ROW_COUNT))

    def execute_many(self, session: Session, rows: Sequence[Values]) -> None:
        """Runs it with the values of each row."""
        dialect = session.connection.dialect
        sql, bind_names, fixed_values = self._compiled.get(dialect.name) or self._compile(dialect)
        driver: Any = session.connection.connection.driver_connection
        try:
            driver.cursor().executemany(sql, [_order_values(values, bind_names, fixed_values) for values in rows])
        except dialect.loaded_dbapi.Error as error:
            raise _wrap_driver_error(sql, error) from error

    def _execute(self, session: Session, values: Values, read_result: Callable[[Any], Any]) -> Any:
        """What is taken from the driver's cursor; sqlite3 looks for rows only then."""
        dialect = session.connection.dialect
        sql, bind_names, fixed_values = self._compiled.get(dialect.name) or self._compile(dialect)
        driver: Any = session.connection.connection.driver_connection
        try:
            return read_result(driver.execute(sql, _order_values(values, bind_names, fixed_values)))
        except dialect.loaded_dbapi.Error as error:  # a lost connection is noticed by SQLAlchemy as it rolls back
            raise _wrap_driver_error(sql, error) from error

    def _compile(self, dialect: Dialect) -> CompiledStatement:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._columns)
        assert isinstance(compiled, SQLCompiler)
        assert compiled.positional, "as engines are made by `postgresql`"
        self._compiled[dialect.name] = compiled.string, tuple(compiled.positiontup or ()), dict(compiled.params)
        return self._compiled[dialect.name]

    def _read_one(self, cursor: Any) -> Any | None:
        row = cursor.fetchone()
        return self._find_row_type(cursor)._make(row) if row else None

    def _read_all(self, cursor: Any) -> list[Any]:
        return [*map(self._find_row_type(cursor)._make, cursor.fetchall())]

    def _find_row_type(self, cursor: Any) -> Any:
        if self._row_type is None:
            self._row_type = namedtuple("row", [name for name, *_ in cursor.description])  # type: ignore[misc]  # noqa: PYI024 - its columns are only known here
        return self._row_type


def _order_values(values: Values, bind_names: tuple[str, ...], fixed_values: Mapping[str, Any]) -> list[Any]:
    return [values[name] if name in values else fixed_values[name] for name in bind_names]


def _wrap_driver_error(sql: str, error: Exception) -> Exception:
    return DBAPIError.instance(sql, None, error, Exception, hide_parameters=True)


_SAVEPOINT, _ROLL_BACK_TO_SAVEPOINT, _RELEASE_SAVEPOINT = (
    PreparedStatement(text(said)) for said in ("SAVEPOINT part", "ROLLBACK TO part", "RELEASE part")
)


@contextmanager
def savepoint(session: Session) -> Iterator[Session]:
    """A part of a transaction: whatever is raised undoes it alone."""
    _SAVEPOINT.execute(session, {})
    try:
        yield session
    except BaseException:
        with suppress(PendingRollbackError):  # the connection is lost, and all of the transaction undone
            _ROLL_BACK_TO_SAVEPOINT.execute(session, {})
            _RELEASE_SAVEPOINT.execute(session, {})
        raise
    _RELEASE_SAVEPOINT.execute(session, {})


# @@DOC Many rows, read a block at a time: as many of them are in memory.
BATCH_ROWS = 200  # rows
STREAMING_OPTIONS = {"stream_results": True, "yield_per": 1_000}  # each time is a way to the server


def fetch_batches(session: Session, query: Select[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows, of columns that the driver gives as they are: numbers, text, bytes. Raises what SQLAlchemy does.

    With SQLite they are fetched by the driver itself: what SQLAlchemy makes of a row takes as long as reading it.
    """
    if session.connection.dialect.name != SQLITE:
        yield from session.execute(query, execution_options=STREAMING_OPTIONS).partitions()
        return
    cursor = session.execute(query).cursor  # not closed: who stops half-way may let go of it after the connection
    try:
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield rows
    except sqlite3.Error as error:
        raise DBAPIError.instance(None, None, error, sqlite3.Error, hide_parameters=True) from error
