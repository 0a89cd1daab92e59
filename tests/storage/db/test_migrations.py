"""Migrations: an empty database and an old one both end up as the tables say, with every row."""

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
    """The address of a database that no migration has touched."""
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
    with kind.migration_engine(url) as made:
        yield made


@pytest.fixture
def add_later_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Adds a revision after the newest one: it makes a table and a column, changes rows, and ends with this line."""

    def add(last_line: str) -> None:
        folder = copytree(schema_age.MIGRATIONS_FOLDER, tmp_path / "migrations", ignore=ignore_patterns("__pycache__"))
        revision = f"{len(REVISIONS) + 1:04}"
        (folder / "versions" / f"{revision}_later.py").write_text(
            LATER_REVISION.format(revision, REVISIONS[-1], last_line)
        )
        for module in (migrate, schema_age):
            monkeypatch.setattr(module, "MIGRATIONS_FOLDER", folder)

    return add


def test_an_empty_database_becomes_what_the_tables_say(engine: Engine) -> None:
    upgrade_schema(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), BaseRow.metadata) == []


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    upgrade_schema(engine)
    before = described(engine)
    upgrade_schema(engine)
    assert described(engine) == before
    assert set(before) == {*BaseRow.metadata.tables, "alembic_version"}


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_row_of_an_older_database_survives(engine: Engine, revision: str) -> None:
    """Whatever a later migration does: the rows are made from the tables as they were at that revision."""
    upgrade_schema(engine, revision)
    fill(engine)
    before = contents(engine)
    assert all(before.values()), "each table has a row"
    upgrade_schema(engine)
    after = contents(engine)
    for table, kept in before.items():
        assert len(after[table]) == len(kept)
        for row in kept:
            assert any(row.items() <= now.items() for now in after[table])


def test_an_older_database_goes_on_where_it_was(empty_database_url: str, engine: Engine, tmp_path: Path) -> None:
    """What a walk wrote at the first revision is read by this version."""
    walked = open_database(f"sqlite:///{tmp_path / 'walked.db'}", TEST_SECRET_KEY)
    StoredChat(walked).walk_to_review("they rang back")
    upgrade_schema(engine, REVISIONS[0])
    for table in ("chats", "runs", "answers"):
        copy(walked, engine, table)
    walked.close()
    database = open_database(empty_database_url, TEST_SECRET_KEY)
    try:
        stored_chat = StoredChat(database)
        stored_chat.update_ids = iter(range(1000, 2000))
        stored_chat.walk_to_review()
        stored_chat.submit()
        assert load_comments(database)["informed_why"] == ["they rang back"]
    finally:
        database.close()


def test_many_workers_that_start_on_one_new_database_all_get_it_ready() -> None:
    """All begin at once on a PostgreSQL without a table: one migrates, the others wait for it."""
    together = Barrier(WORKERS, timeout=60)

    def start(address: str, chat: int) -> None:
        together.wait()
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


def test_an_upgrade_does_not_wait_for_a_chat_of_whatever_number() -> None:
    """A lock of two numbers is none of a chat's: they have one."""
    held = "select classid, objid, objsubid from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
    with create_database(get_test_server().url) as url, postgresql.migration_engine(url) as engine:
        seen: list[tuple[int, ...]] = []

        def look(connection: Connection) -> None:
            seen.extend(tuple(row) for row in connection.exec_driver_sql(held))

        event.listen(engine, "commit", look)
        upgrade_schema(engine)
    assert seen == [(postgresql.LOCK_NAMESPACE, postgresql.UPGRADE_LOCK, 2)], "objsubid 2: a lock of two numbers"


def test_what_fails_half_way_changes_nothing(
    engine: Engine, empty_database_url: str, add_later_revision: Callable[[str], None]
) -> None:
    """A column of that name is in the way of the last thing that the upgrade does."""
    upgrade_schema(engine)
    fill(engine)
    before = described(engine), contents(engine)
    add_later_revision('op.add_column("chats", sa.Column("opened_at", sa.BigInteger))')
    with pytest.raises(DBAPIError, match=r"already exists|duplicate column"):
        upgrade_schema(engine)
    assert (described(engine), contents(engine)) == before
    assert fetch_rows(empty_database_url, "select version_num from alembic_version") == [(REVISIONS[-1],)]


def test_what_would_leave_orphans_changes_nothing(
    database_file: Path, add_later_revision: Callable[[str], None]
) -> None:
    """SQLite is handed over with its foreign keys off, so an orphan shows at the end; PostgreSQL has no orphans."""
    with sqlite.migration_engine(parse_url(f"sqlite:///{database_file}")) as engine:
        upgrade_schema(engine)
        fill(engine)
        before = described(engine), contents(engine)
        add_later_revision('op.execute("delete from runs")')
        with pytest.raises(StorageUnreadableError, match="would orphan 2 rows"):
            upgrade_schema(engine)
        assert (described(engine), contents(engine)) == before
    version = fetch_rows(f"sqlite:///{database_file}", "select version_num from alembic_version")
    assert version == [(REVISIONS[-1],)]


def described(engine: Engine) -> dict[str, dict[str, str]]:
    """{table: {column: type}}, as the database itself tells it."""
    found = inspect(engine)
    tables = found.get_table_names()
    return {table: {one["name"]: str(one["type"]) for one in found.get_columns(table)} for table in tables}


def contents(engine: Engine) -> Contents:
    kept = {table: columns for table, columns in described(engine).items() if table != "alembic_version"}
    address = render_url(engine.url)
    return {
        table: [
            dict(zip(columns, row, strict=True))
            for row in fetch_rows(address, f"select {quoted(columns)} from {table}")
        ]
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
    execute_sql(render_url(engine.url), f"insert into {table} ({quoted(row)}) values ({marks})", *row.values())


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def value(kind: str, number: int) -> object:
    """The same in every table, so that all references hold: ids are "1" and "2", or 1 and 2."""
    if "CHAR" in kind or kind == "TEXT":
        return str(number)
    return str(number).encode() if kind in {"BLOB", "BYTEA"} else bool(number % 2) if kind == "BOOLEAN" else number


def test_the_revisions_that_are_known_by_their_files_are_alembic_s() -> None:
    assert list_revisions() == REVISIONS
