"""Migrations: an empty file and an old one both end up as the tables say, with every row."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine

from storage import migrating
from storage.database import open_database
from storage.faults import StorageUnusable
from storage.migrating import upgrade
from storage.tables import Remembered
from tests.storage.turning import Turning, rows

REVISIONS = [one.revision for one in ScriptDirectory(str(migrating.HERE)).walk_revisions()][::-1]


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{file}")
    yield made
    made.dispose()


def test_an_empty_file_becomes_what_the_tables_say(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Remembered.metadata) == []


def test_upgrading_twice_changes_nothing(engine: Engine, file: Path) -> None:
    upgrade(engine)
    before = rows(file, "select sql from sqlite_master")
    upgrade(engine)
    assert rows(file, "select sql from sqlite_master") == before


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_row_of_an_older_database_survives(engine: Engine, file: Path, revision: str) -> None:
    """Whatever a later migration does: the rows are made from the tables as they were at that revision."""
    upgrade(engine, revision)
    fill(file)
    before = contents(file)
    assert all(before.values()), "each table has a row"
    upgrade(engine)
    after = contents(file)
    for table, kept in before.items():
        assert len(after[table]) == len(kept)
        for row in kept:
            assert any(row.items() <= now.items() for now in after[table])
    assert rows(file, "pragma foreign_key_check") == []


def test_an_older_database_goes_on_where_it_was(engine: Engine, file: Path) -> None:
    """What a walk wrote at the first revision is read by this version."""
    database = open_database(f"sqlite:///{file}")
    Turning(database).to_check("they rang back")
    database.close()
    with closing(sqlite3.connect(file)) as connection, connection:
        for table in tables(file) - FIRST:  # what later revisions added
            connection.execute(f"drop table {table}")
        connection.execute("update alembic_version set version_num = '0001'")
    engine.dispose()
    database = open_database(f"sqlite:///{file}")
    try:
        turning = Turning(database)
        turning.numbers = iter(range(1000, 2000))
        turning.to_check()
        turning.send()
    finally:
        database.close()
    assert "they rang back" in rows(file, "select answers from responses")[0][0]


FIRST = {"chats", "runs", "answers", "outbox", "responses", "alembic_version"}


def test_what_fails_half_way_changes_nothing(engine: Engine, file: Path) -> None:
    upgrade(engine, REVISIONS[0])
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("insert into answers (run, question) values ('nobody', 'role')")
    with pytest.raises(StorageUnusable, match="would orphan 1 rows"):
        upgrade(engine)
    assert rows(file, "select version_num from alembic_version") == [(REVISIONS[0],)]


def tables(file: Path) -> set[str]:
    return {
        name
        for (name,) in rows(file, "select name from sqlite_master where type = 'table' and name not like 'sqlite%'")
    }


def columns(file: Path, table: str) -> list[tuple[str, str]]:
    return [(name, kind) for _, name, kind, *_ in rows(file, f"pragma table_info({table})")]


def contents(file: Path) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for table in tables(file) - {"alembic_version"}:
        names = [name for name, _ in columns(file, table)]
        found[table] = [dict(zip(names, row, strict=True)) for row in rows(file, f"select * from {table}")]
    return found


def fill(file: Path) -> None:
    """Two rows a table, with a value in every column; what refers to another table refers to its first row."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for table in tables(file) - {"alembic_version"}:
            names = [name for name, _ in columns(file, table)]
            marks = ", ".join("?" * len(names))
            for number in (1, 2):
                values = [value(kind, number) for _, kind in columns(file, table)]
                connection.execute(f"insert into {table} ({', '.join(names)}) values ({marks})", values)


def value(kind: str, number: int) -> object:
    """The same in every table, so that all references hold: ids are "1" and "2", or 1 and 2."""
    if "CHAR" in kind or kind == "TEXT":
        return str(number)
    return str(number).encode() if kind == "BLOB" else bool(number % 2) if kind == "BOOLEAN" else number
