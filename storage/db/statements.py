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

from sqlalchemy import Connection, Delete, Insert, Select, TextClause, Update, text
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.sql.compiler import SQLCompiler

from storage.db.url import SQLITE

Statement = Select[Any] | Insert | Update | Delete | TextClause
Values = Mapping[str, Any]
Row = Any  # its columns by name
_ROWS = attrgetter("rowcount")
Built = tuple[str, tuple[str, ...], dict[str, Any]]  # the text, the values in order, those that it holds itself


class Ready:
    """One statement, to be run in a transaction. Rows have their columns by name; a truth value may be 0 or 1, as
    SQLite has none. All methods raise what SQLAlchemy does.
    """

    def __init__(self, statement: Statement, *columns: str) -> None:
        """`columns`: those that an INSERT gives."""
        self._statement = statement
        self._columns = list(columns) or None
        self._built: dict[str, Built] = {}  # by the kind of database
        self._row: Any = None

    def one(self, tx: Connection, values: Values) -> Any | None:
        """The row; None: there is none."""
        return self._run(tx, values, self._first)

    def all(self, tx: Connection, values: Values) -> list[Any]:
        """All rows."""
        found: list[Any] = self._run(tx, values, self._every)
        return found

    def run(self, tx: Connection, values: Values) -> int:
        """Runs it. How many rows an UPDATE or a DELETE found."""
        return int(self._run(tx, values, _ROWS))

    def each(self, tx: Connection, rows: Sequence[Values]) -> None:
        """Runs it with the values of each row."""
        sql, binds, fixed = self._built.get(tx.dialect.name) or self._build(tx)
        driver: Any = tx.connection.driver_connection
        try:
            driver.cursor().executemany(sql, [_given(values, binds, fixed) for values in rows])
        except tx.dialect.loaded_dbapi.Error as fault:
            raise _said_by_sqlalchemy(sql, fault) from fault

    def _run(self, tx: Connection, values: Values, taken: Callable[[Any], Any]) -> Any:
        """What is taken from the driver's cursor; sqlite3 looks for rows only then."""
        sql, binds, fixed = self._built.get(tx.dialect.name) or self._build(tx)
        driver: Any = tx.connection.driver_connection
        try:
            return taken(driver.execute(sql, _given(values, binds, fixed)))
        except tx.dialect.loaded_dbapi.Error as fault:  # a lost connection is noticed by SQLAlchemy as it rolls back
            raise _said_by_sqlalchemy(sql, fault) from fault

    def _build(self, tx: Connection) -> Built:
        built = self._statement.compile(dialect=tx.dialect, column_keys=self._columns)
        assert isinstance(built, SQLCompiler)
        assert built.positional, "as engines are made by `postgresql`"
        self._built[tx.dialect.name] = built.string, tuple(built.positiontup or ()), dict(built.params)
        return self._built[tx.dialect.name]

    def _first(self, cursor: Any) -> Any | None:
        row = cursor.fetchone()
        return self._named(cursor)._make(row) if row else None

    def _every(self, cursor: Any) -> list[Any]:
        return [*map(self._named(cursor)._make, cursor.fetchall())]

    def _named(self, cursor: Any) -> Any:
        if self._row is None:
            self._row = namedtuple("row", [name for name, *_ in cursor.description])  # type: ignore[misc]  # noqa: PYI024 - its columns are only known here
        return self._row


def _given(values: Values, binds: tuple[str, ...], fixed: Mapping[str, Any]) -> list[Any]:
    return [values[name] if name in values else fixed[name] for name in binds]


def _said_by_sqlalchemy(sql: str, fault: Exception) -> Exception:
    return DBAPIError.instance(sql, None, fault, Exception, hide_parameters=True)


_PART, _UNDO, _DONE = (Ready(text(said)) for said in ("SAVEPOINT part", "ROLLBACK TO part", "RELEASE part"))


@contextmanager
def part_of(tx: Connection) -> Iterator[Connection]:
    """A part of a transaction: whatever is raised undoes it alone."""
    _PART.run(tx, {})
    try:
        yield tx
    except BaseException:
        with suppress(PendingRollbackError):  # the connection is lost, and all of the transaction undone
            _UNDO.run(tx, {})
            _DONE.run(tx, {})
        raise
    _DONE.run(tx, {})


# @@DOC Many rows, read a block at a time: as many of them are in memory.
AT_ONCE = 200  # rows
STREAMED = {"stream_results": True, "yield_per": 1_000}  # each time is a way to the server


def in_blocks(tx: Connection, wanted: Select[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows, of columns that the driver gives as they are: numbers, text, bytes. Raises what SQLAlchemy does.

    With SQLite they are fetched by the driver itself: what SQLAlchemy makes of a row takes as long as reading it.
    """
    if tx.dialect.name != SQLITE:
        yield from tx.execute(wanted, execution_options=STREAMED).partitions()
        return
    cursor = tx.execute(wanted).cursor  # not closed: who stops half-way may let go of it after the connection
    try:
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows
    except sqlite3.Error as fault:
        raise DBAPIError.instance(None, None, fault, sqlite3.Error, hide_parameters=True) from fault
