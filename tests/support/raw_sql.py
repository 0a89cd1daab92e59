"""What stands in a database, read and changed past our own code: with plain sqlite3, or plain psycopg."""

import sqlite3
from contextlib import closing
from typing import Any

from sqlalchemy.engine import make_url

from storage.db.database import Database
from tests.support.postgresql import address_of, plainly


def rows(database: Database | str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a query finds. `?` stands for a value in both kinds of database."""
    return _said(database, query, values, wanted=True)


def change(database: Database | str, query: str, *values: object) -> None:
    """Changes the database behind our own code's back."""
    _said(database, query, values, wanted=False)


def _said(database: Database | str, query: str, values: tuple[object, ...], *, wanted: bool) -> list[tuple[Any, ...]]:
    url = database.engine.url if isinstance(database, Database) else make_url(database)
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(url.database or "")) as file, file:
            return file.execute(query, values).fetchall()
    with closing(plainly(address_of(url))) as connection:
        found = connection.execute(query.replace("?", "%s").encode(), values)
        return found.fetchall() if wanted else []


def open_clinic(kept: Database | str) -> None:
    """A second campaign, `clinic`, as `general` is."""
    same = "flow, about, key, closed, releases, taken_back, people, asker, language, promise, welcome"
    change(kept, f"insert into campaigns (code, {same}) select 'clinic', {same} from campaigns")
