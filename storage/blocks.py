"""Many rows, read a block at a time: as many of them are in memory."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.exc import DBAPIError

from storage.addresses import SQLITE

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
