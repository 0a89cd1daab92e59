"""Hears each statement that goes to PostgreSQL, whatever runs it: SQLAlchemy, or the driver itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from sqlalchemy import Engine, event

DriverConnection = psycopg.Connection[Any]


@contextmanager
def listen_to_statements(engine: Engine, callback: Callable[[DriverConnection, str, Any], None]) -> Iterator[None]:
    """Calls this before each statement, with the connection that it is for, and its values."""

    class Hearing(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **more: Any) -> Self:
            callback(self.connection, query, params)
            return super().execute(query, params, **more)

        def executemany(self, query: Any, params_seq: Any, **more: Any) -> None:
            callback(self.connection, query, params_seq[0])
            super().executemany(query, params_seq, **more)

    def listen(connection: DriverConnection, _: object) -> None:
        connection.cursor_factory = Hearing

    event.listen(engine, "connect", listen)
    engine.dispose()  # so that all connections are new ones
    try:
        yield
    finally:
        event.remove(engine, "connect", listen)
        engine.dispose()
