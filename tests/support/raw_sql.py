"""What stands in a database, read and changed past our own code: with plain sqlite3, or plain psycopg."""

import sqlite3
from contextlib import closing
from typing import Any

from sqlalchemy.engine import make_url

from storage.db.database import Database
from tests.support.postgresql import connect_directly, render_url


def fetch_rows(database: Database | str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a query finds. `?` stands for a value in both kinds of database."""
    return _execute(database, query, values, has_result=True)


def execute_sql(database: Database | str, query: str, *values: object) -> None:
    """Changes the database behind our own code's back."""
    _execute(database, query, values, has_result=False)


def _execute(
    database: Database | str, query: str, values: tuple[object, ...], *, has_result: bool
) -> list[tuple[Any, ...]]:
    url = database.engine.url if isinstance(database, Database) else make_url(database)
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(url.database or "")) as file, file:
            return file.execute(query, values).fetchall()
    with closing(connect_directly(render_url(url))) as connection:
        found = connection.execute(query.replace("?", "%s").encode(), values)
        return found.fetchall() if has_result else []


def create_clinic_campaign(database: Database | str) -> None:
    """A second campaign, `clinic`, as `general` is."""
    copied_columns = (
        "flow, about, participation_key, is_closed, release_count, withdrawn_count, new_participants, "
        "asker, language, promise, welcome"
    )
    execute_sql(
        database, f"insert into campaigns (code, {copied_columns}) select 'clinic', {copied_columns} from campaigns"
    )
