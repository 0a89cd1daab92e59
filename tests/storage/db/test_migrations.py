"""Migrations: an empty database and an old one both end up as the tables say, with every row."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, inspect

from storage.db import migrate, postgresql, sqlite
from storage.db.database import Database, open_database
from storage.db.migrate import upgrade
from storage.db.readonly import known_revisions
from storage.db.schema import Remembered
from storage.db.url import readable
from storage.errors import StorageUnusable
from tests.support.postgresql import SECRET, address_of, new_database, server
from tests.support.raw_sql import change, rows
from tests.support.stored_chat import Turning
from tests.support.stored_responses import said

REVISIONS = [one.revision for one in ScriptDirectory(str(migrate.HERE)).walk_revisions()][::-1]
WORKERS = 6
Contents = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, file: Path) -> Iterator[str]:
    """The address of a database that no migration has touched."""
    if request.param == "sqlite":
        yield f"sqlite:///{file}"
        return
    with new_database(server().url) as url:
        yield address_of(url)


@pytest.fixture
def engine(empty: str) -> Iterator[Engine]:
    """The engine that migrations are run with."""
    url = readable(empty)
    kind = sqlite if url.get_backend_name() == "sqlite" else postgresql
    with kind.migrating(url) as made:
        yield made


def test_an_empty_database_becomes_what_the_tables_say(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Remembered.metadata) == []


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    before = described(engine)
    upgrade(engine)
    assert described(engine) == before
    assert set(before) == {*Remembered.metadata.tables, "alembic_version"}


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_row_of_an_older_database_survives(engine: Engine, revision: str) -> None:
    """Whatever a later migration does: the rows are made from the tables as they were at that revision."""
    upgrade(engine, revision)
    fill(engine)
    before = contents(engine)
    assert all(before.values()), "each table has a row"
    upgrade(engine)
    after = contents(engine)
    for table, kept in before.items():
        assert len(after[table]) == len(kept)
        for row in kept:
            assert any(row.items() <= now.items() for now in after[table])


def test_an_older_database_goes_on_where_it_was(empty: str, engine: Engine, tmp_path: Path) -> None:
    """What a walk wrote at the first revision is read by this version."""
    walked = open_database(f"sqlite:///{tmp_path / 'walked.db'}", SECRET)
    Turning(walked).to_check("they rang back")
    upgrade(engine, REVISIONS[0])
    for table in ("chats", "runs", "answers"):
        copy(walked, engine, table)
    walked.close()
    database = open_database(empty, SECRET)
    try:
        turning = Turning(database)
        turning.numbers = iter(range(1000, 2000))
        turning.to_check()
        turning.send()
        assert said(database)["informed_why"] == ["they rang back"]
    finally:
        database.close()


def test_in_the_comments_of_an_older_database_nothing_is_hidden(engine: Engine) -> None:
    upgrade(engine, "0006")
    fill(engine)
    upgrade(engine)
    assert [row["hidden"] for row in contents(engine)["comments"]] == ["[]", "[]"]


def test_many_workers_that_start_on_one_new_database_all_get_it_ready() -> None:
    """All begin at once on a PostgreSQL without a table: one migrates, the others wait for it."""
    together = Barrier(WORKERS, timeout=60)

    def start(address: str, chat: int) -> None:
        together.wait()
        database = open_database(address, SECRET)
        try:
            Turning(database, chat).to_check()
        finally:
            database.close()

    with new_database(server().url) as url, ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(start, [address_of(url)] * WORKERS, range(1, WORKERS + 1)))
        assert rows(address_of(url), "select version_num from alembic_version") == [(REVISIONS[-1],)]
        assert rows(address_of(url), "select count(*) from keys") == [(1,)]
        assert rows(address_of(url), "select count(*) from runs") == [(WORKERS,)]


def test_an_upgrade_does_not_wait_for_a_chat_of_whatever_number() -> None:
    """A lock of two numbers is none of a chat's: they have one."""
    held = "select classid, objid, objsubid from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
    with new_database(server().url) as url, postgresql.migrating(url) as engine:
        seen: list[tuple[int, ...]] = []

        def look(connection: Connection) -> None:
            seen.extend(tuple(row) for row in connection.exec_driver_sql(held))

        event.listen(engine, "commit", look)
        upgrade(engine)
    assert seen == [(postgresql.BOT, postgresql.UPGRADING, 2)], "objsubid 2: a lock of two numbers"


def test_what_fails_half_way_changes_nothing(engine: Engine, empty: str) -> None:
    """SQLite is handed over with its foreign keys off, so an orphan shows at the end; PostgreSQL has no orphans."""
    upgrade(engine, REVISIONS[0])
    if engine.dialect.name == "sqlite":
        change(empty, "insert into answers (run, question) values ('nobody', 'role')")
        with pytest.raises(StorageUnusable, match="would orphan 1 rows"):
            upgrade(engine)
    else:
        change(empty, "alter table chats add column opened_at text")  # the column of the last revision is in the way
        with pytest.raises(Exception, match="already exists"):
            upgrade(engine)
    assert rows(empty, "select version_num from alembic_version") == [(REVISIONS[0],)]
    assert "keys" not in described(engine)
    assert "left_at" not in described(engine)["outbox"]


def described(engine: Engine) -> dict[str, dict[str, str]]:
    """{table: {column: type}}, as the database itself tells it."""
    found = inspect(engine)
    tables = found.get_table_names()
    return {table: {one["name"]: str(one["type"]) for one in found.get_columns(table)} for table in tables}


def contents(engine: Engine) -> Contents:
    kept = {table: columns for table, columns in described(engine).items() if table != "alembic_version"}
    address = address_of(engine.url)
    return {
        table: [dict(zip(columns, row, strict=True)) for row in rows(address, f"select {quoted(columns)} from {table}")]
        for table, columns in kept.items()
    }


def fill(engine: Engine) -> None:
    """Two rows a table, with a value in every column; what refers to another table refers to its first row."""
    first = ["campaigns", "chats", "runs", "answers"]  # what others refer to comes before them
    tables = contents(engine).keys()
    for table in sorted(tables, key=lambda name: first.index(name) if name in first else len(first)):
        for number in (1, 2):
            insert(engine, table, {name: value(kind, number) for name, kind in described(engine)[table].items()})


def copy(source: Database, to: Engine, table: str) -> None:
    for row in contents(source.engine)[table]:
        kinds = described(to)[table]
        insert(to, table, {name: bool(row[name]) if kinds[name] == "BOOLEAN" else row[name] for name in kinds})


def insert(engine: Engine, table: str, row: dict[str, object]) -> None:
    marks = ", ".join("?" * len(row))
    change(address_of(engine.url), f"insert into {table} ({quoted(row)}) values ({marks})", *row.values())


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def value(kind: str, number: int) -> object:
    """The same in every table, so that all references hold: ids are "1" and "2", or 1 and 2."""
    if "CHAR" in kind or kind == "TEXT":
        return str(number)
    return str(number).encode() if kind in {"BLOB", "BYTEA"} else bool(number % 2) if kind == "BOOLEAN" else number


def test_the_revisions_that_are_known_by_their_files_are_alembic_s() -> None:
    assert known_revisions() == REVISIONS
