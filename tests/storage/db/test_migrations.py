"""Migrations turn an empty database and an old one into the current schema, and keep every row."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree, ignore_patterns
from threading import Barrier
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, inspect
from sqlalchemy.exc import DBAPIError

from storage.db import migrate, postgresql, schema_age, sqlite
from storage.db.database import Database, open_database
from storage.db.migrate import upgrade_schema
from storage.db.schema import BaseRow
from storage.db.schema_age import list_revisions
from storage.db.url import parse_url
from storage.errors import StorageUnreadableError
from tests.support.postgresql import TEST_SECRET_KEY, create_database, get_test_server, render_url
from tests.support.raw_sql import execute_sql, fetch_rows
from tests.support.stored_chat import StoredChat
from tests.support.stored_responses import load_comments

REVISIONS = [one.revision for one in ScriptDirectory(str(schema_age.MIGRATIONS_FOLDER)).walk_revisions()][::-1]
LATER_REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "{}"
down_revision = "{}"


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("outbox_entries", sa.Column("later", sa.Integer))
    op.execute("update chats set seen_at = 1000")
    {}
"""
WORKERS = 6
Contents = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, database_file: Path) -> Iterator[str]:
    """The address of a database without any migration."""
    if request.param == "sqlite":
        yield f"sqlite:///{database_file}"
        return
    with create_database(get_test_server().url) as url:
        yield render_url(url)


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    """The engine that migrations are run with."""
    url = parse_url(empty_database_url)
    kind = sqlite if url.get_backend_name() == "sqlite" else postgresql
    with kind.migration_engine(url) as created:
        yield created


@pytest.fixture
def add_later_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Adds a revision after the newest one that creates a table and a column, changes rows, and ends with this line."""

    def add(last_line: str) -> None:
        folder = copytree(schema_age.MIGRATIONS_FOLDER, tmp_path / "migrations", ignore=ignore_patterns("__pycache__"))
        revision = f"{len(REVISIONS) + 1:04}"
        (folder / "versions" / f"{revision}_later.py").write_text(
            LATER_REVISION.format(revision, REVISIONS[-1], last_line)
        )
        for module in (migrate, schema_age):
            monkeypatch.setattr(module, "MIGRATIONS_FOLDER", folder)

    return add


def test_an_empty_database_is_migrated_to_the_current_schema(engine: Engine) -> None:
    upgrade_schema(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), BaseRow.metadata) == []


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    upgrade_schema(engine)
    before = describe_tables(engine)
    upgrade_schema(engine)
    assert describe_tables(engine) == before
    assert set(before) == {*BaseRow.metadata.tables, "alembic_version"}


@pytest.mark.parametrize("revision", REVISIONS)
def test_migrations_keep_every_row_of_an_older_database(engine: Engine, revision: str) -> None:
    """Rows are generated from the tables at that revision, so later migrations are covered too."""
    upgrade_schema(engine, revision)
    fill(engine)
    before = read_contents(engine)
    assert all(before.values()), "each table has a row"
    upgrade_schema(engine)
    after = read_contents(engine)
    for table, rows_before in before.items():
        assert len(after[table]) == len(rows_before)
        for row in rows_before:
            assert any(row.items() <= row_after.items() for row_after in after[table])


def test_a_run_in_an_older_database_can_be_continued(empty_database_url: str, engine: Engine, tmp_path: Path) -> None:
    """Rows of a run at the first revision are read by this version."""
    older_database = open_database(f"sqlite:///{tmp_path / 'older.db'}", TEST_SECRET_KEY)
    StoredChat(older_database).walk_to_review("they rang back")
    upgrade_schema(engine, REVISIONS[0])
    for table in ("chats", "runs", "answers"):
        copy(older_database, engine, table)
    older_database.close()
    database = open_database(empty_database_url, TEST_SECRET_KEY)
    try:
        stored_chat = StoredChat(database)
        stored_chat.update_ids = iter(range(1000, 2000))
        stored_chat.walk_to_review()
        stored_chat.submit()
        assert load_comments(database)["informed_why"] == ["they rang back"]
    finally:
        database.close()


def test_workers_that_start_at_once_migrate_a_new_database_once() -> None:
    """All start at once on a database without tables: one migrates, the others wait."""
    barrier = Barrier(WORKERS, timeout=60)

    def start(address: str, chat: int) -> None:
        barrier.wait()
        database = open_database(address, TEST_SECRET_KEY)
        try:
            StoredChat(database, chat).walk_to_review()
        finally:
            database.close()

    with create_database(get_test_server().url) as url, ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(start, [render_url(url)] * WORKERS, range(1, WORKERS + 1)))
        assert fetch_rows(render_url(url), "select version_num from alembic_version") == [(REVISIONS[-1],)]
        assert fetch_rows(render_url(url), "select count(*) from encryption_keys") == [(1,)]
        assert fetch_rows(render_url(url), "select count(*) from runs") == [(WORKERS,)]


def test_the_upgrade_lock_cannot_collide_with_a_chat_lock() -> None:
    """The upgrade lock consists of two numbers, chat locks of one."""
    select_locks = (
        "select classid, objid, objsubid from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
    )
    with create_database(get_test_server().url) as url, postgresql.migration_engine(url) as engine:
        upgrade_locks: list[tuple[int, ...]] = []

        def record_locks(connection: Connection) -> None:
            upgrade_locks.extend(tuple(row) for row in connection.exec_driver_sql(select_locks))

        event.listen(engine, "commit", record_locks)
        upgrade_schema(engine)
    assert upgrade_locks == [(postgresql.LOCK_NAMESPACE, postgresql.UPGRADE_LOCK, 2)], (
        "objsubid 2 means a lock of two numbers"
    )


def test_a_failed_migration_changes_nothing(
    engine: Engine, empty_database_url: str, add_later_revision: Callable[[str], None]
) -> None:
    """The last step of the upgrade adds a column that exists already."""
    upgrade_schema(engine)
    fill(engine)
    before = describe_tables(engine), read_contents(engine)
    add_later_revision('op.add_column("chats", sa.Column("opened_at", sa.BigInteger))')
    with pytest.raises(DBAPIError, match=r"already exists|duplicate column"):
        upgrade_schema(engine)
    assert (describe_tables(engine), read_contents(engine)) == before
    assert fetch_rows(empty_database_url, "select version_num from alembic_version") == [(REVISIONS[-1],)]


def test_a_migration_that_would_leave_orphans_changes_nothing(
    database_file: Path, add_later_revision: Callable[[str], None]
) -> None:
    """In SQLite, migrations run with foreign keys off, so orphans are found at the end. PostgreSQL prevents them."""
    with sqlite.migration_engine(parse_url(f"sqlite:///{database_file}")) as engine:
        upgrade_schema(engine)
        fill(engine)
        before = describe_tables(engine), read_contents(engine)
        add_later_revision('op.execute("delete from runs")')
        with pytest.raises(StorageUnreadableError, match="would orphan 2 rows"):
            upgrade_schema(engine)
        assert (describe_tables(engine), read_contents(engine)) == before
    version = fetch_rows(f"sqlite:///{database_file}", "select version_num from alembic_version")
    assert version == [(REVISIONS[-1],)]


def describe_tables(engine: Engine) -> dict[str, dict[str, str]]:
    """{table: {column: type}}, as the database reports it."""
    found = inspect(engine)
    tables = found.get_table_names()
    return {table: {one["name"]: str(one["type"]) for one in found.get_columns(table)} for table in tables}


def read_contents(engine: Engine) -> Contents:
    rows_before = {table: columns for table, columns in describe_tables(engine).items() if table != "alembic_version"}
    address = render_url(engine.url)
    return {
        table: [
            dict(zip(columns, row, strict=True))
            for row in fetch_rows(address, f"select {quote_names(columns)} from {table}")
        ]
        for table, columns in rows_before.items()
    }


def fill(engine: Engine) -> None:
    """Two rows per table with a value in every column; references point to the first row of the other table."""
    referenced = ["campaigns", "chats", "runs", "answers"]  # referenced tables first
    tables = read_contents(engine).keys()
    for table in sorted(tables, key=lambda name: referenced.index(name) if name in referenced else len(referenced)):
        for number in (1, 2):
            insert(
                engine, table, {name: make_value(kind, number) for name, kind in describe_tables(engine)[table].items()}
            )


def copy(source: Database, to: Engine, table: str) -> None:
    for row in read_contents(source.engine)[table]:
        kinds = describe_tables(to)[table]
        insert(to, table, {name: bool(row[name]) if kinds[name] == "BOOLEAN" else row[name] for name in kinds})


def insert(engine: Engine, table: str, row: dict[str, object]) -> None:
    placeholders = ", ".join("?" * len(row))
    execute_sql(
        render_url(engine.url), f"insert into {table} ({quote_names(row)}) values ({placeholders})", *row.values()
    )


def quote_names(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def make_value(kind: str, number: int) -> object:
    """The same values in every table, so that all references hold: IDs are "1" and "2", or 1 and 2."""
    if "CHAR" in kind or kind == "TEXT":
        return str(number)
    return str(number).encode() if kind in {"BLOB", "BYTEA"} else bool(number % 2) if kind == "BOOLEAN" else number


def test_revisions_listed_by_file_equal_alembic_s() -> None:
    assert list_revisions() == REVISIONS
