"""Statements of the way of an update: written with Core, built once, and with SQLite run by the driver itself.

There, SQLAlchemy's own way costs ten times what the statement does; with PostgreSQL the way to the server costs more
than either.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Select, TextClause, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from storage.addresses import SQLITE

Statement = Select[Any] | Insert | Update | Delete | TextClause
Values = Mapping[str, Any]


class Ready:
    """One statement, to be run in a transaction. Rows have their columns by name; a truth value may be 0 or 1, as
    SQLite has none. All methods raise what SQLAlchemy does.
    """

    def __init__(self, statement: Statement, *columns: str) -> None:
        """`columns`: those that an INSERT gives."""
        self._statement = statement
        self._columns = list(columns) or None
        self._sql = ""
        self._binds: tuple[str, ...] = ()
        self._fixed: dict[str, Any] = {}
        self._row: Any = None

    def one(self, tx: Connection, values: Values) -> Any | None:
        """The row; None: there is none."""
        if tx.dialect.name != SQLITE:
            return tx.execute(self._statement, values).one_or_none()
        cursor = self._run(tx, values)
        row = cursor.fetchone()
        return self._named(cursor)._make(row) if row else None

    def all(self, tx: Connection, values: Values) -> list[Any]:
        """All rows."""
        if tx.dialect.name != SQLITE:
            return list(tx.execute(self._statement, values).all())
        cursor = self._run(tx, values)
        return [*map(self._named(cursor)._make, cursor.fetchall())]

    def run(self, tx: Connection, values: Values) -> int:
        """Runs it. How many rows an UPDATE or a DELETE found."""
        if tx.dialect.name != SQLITE:
            return tx.execute(self._statement, values).rowcount
        return self._run(tx, values).rowcount

    def each(self, tx: Connection, rows: Sequence[Values]) -> None:
        """Runs it with the values of each row."""
        if tx.dialect.name != SQLITE:
            tx.execute(self._statement, rows)
            return
        driver = self._driver(tx)
        try:
            driver.executemany(self._sql, map(self._given, rows))
        except sqlite3.Error as fault:
            raise self._said_by_sqlalchemy(fault) from fault

    def _run(self, tx: Connection, values: Values) -> sqlite3.Cursor:
        driver = self._driver(tx)
        try:
            return driver.execute(self._sql, self._given(values))
        except sqlite3.Error as fault:
            raise self._said_by_sqlalchemy(fault) from fault

    def _driver(self, tx: Connection) -> sqlite3.Connection:
        if not self._sql:
            self._build(tx)
        return tx.connection.driver_connection  # type: ignore[return-value]  # whatever it drives

    def _given(self, values: Values) -> list[Any]:
        return [values[name] if name in values else self._fixed[name] for name in self._binds]

    def _said_by_sqlalchemy(self, fault: sqlite3.Error) -> Exception:
        return DBAPIError.instance(self._sql, None, fault, sqlite3.Error, hide_parameters=True)

    def _build(self, tx: Connection) -> None:
        built = self._statement.compile(dialect=tx.dialect, column_keys=self._columns)
        assert isinstance(built, SQLCompiler)
        self._binds, self._fixed = tuple(built.positiontup or ()), dict(built.params)
        self._sql = built.string

    def _named(self, cursor: sqlite3.Cursor) -> Any:
        if self._row is None:
            self._row = namedtuple("row", [name for name, *_ in cursor.description])  # type: ignore[misc]  # noqa: PYI024 - its columns are only known here
        return self._row
