"""Hears each statement that goes to PostgreSQL, whatever runs it: SQLAlchemy, or the driver itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from sqlalchemy import Engine, event

Driver = psycopg.Connection[Any]


@contextmanager
def hearing(engine: Engine, hears: Callable[[Driver, str, Any], None]) -> Iterator[None]:
    """Calls this before each statement, with the connection that it is for, and its values."""

    class Hearing(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **more: Any) -> Self:
            hears(self.connection, query, params)
            return super().execute(query, params, **more)

        def executemany(self, query: Any, params_seq: Any, **more: Any) -> None:
            hears(self.connection, query, params_seq[0])
            super().executemany(query, params_seq, **more)

    def listen(connection: Driver, _: object) -> None:
        connection.cursor_factory = Hearing

    event.listen(engine, "connect", listen)
    engine.dispose()  # so that all connections are new ones
    try:
        yield
    finally:
        event.remove(engine, "connect", listen)
        engine.dispose()
