"""`doctor` checks a PostgreSQL server."""

import asyncio
from contextlib import closing
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.cli.doctor import database as doctor_database
from bot.cli.doctor.findings import FindingStatus
from bot.settings import Settings
from storage.conversations.locks import create_locks
from storage.db.database import Database, open_database
from storage.db.readonly import open_existing
from tests.support.cli import find_findings, find_problems, replace_settings
from tests.support.postgresql import TEST_SECRET_KEY, connect_directly


async def test_an_unreachable_server_is_reported_without_its_password(postgresql_settings: Settings) -> None:
    unreachable = replace_settings(postgresql_settings, database_url="postgresql://me:hush@127.0.0.1:1/bot")
    [found] = await find_problems(unreachable)
    assert (found.subject, "Connection refused" in found.text, "hush" in found.text) == ("database", True, False)


async def test_a_missing_secret_key_is_reported(postgresql_settings: Settings) -> None:
    [found] = await find_problems(replace_settings(postgresql_settings, secret_key=None))
    assert (found.subject, "SECRET_KEY is not set" in found.text) == ("settings", True)


async def test_a_key_other_than_the_database_s_is_reported(postgresql_settings: Settings) -> None:
    [found] = await find_problems(replace_settings(postgresql_settings, secret_key="k" * 40))
    assert (found.subject, "another key" in found.text) == ("key", True)


async def test_a_read_only_server_is_reported(postgresql_settings: Settings, postgresql_url: str) -> None:
    with closing(connect_directly(postgresql_url)) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    [found] = await find_problems(postgresql_settings)
    assert (found.subject, "read-only" in found.text) == ("database", True)


async def test_a_user_without_write_permission_is_reported(postgresql_settings: Settings, postgresql_url: str) -> None:
    with closing(connect_directly(postgresql_url)) as connection:
        user = f"reader_{connection.info.dbname}"
        connection.execute(
            f"CREATE ROLE {user} LOGIN PASSWORD 'hush'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}".encode()
        )
        url = replace_user(postgresql_url, user)
        [found] = await find_problems(replace_settings(postgresql_settings, database_url=url))
        assert (found.subject, f"{user} may not write" in found.text) == ("database", True)
        connection.execute("DROP TABLE alembic_version")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        [found] = await find_problems(replace_settings(postgresql_settings, database_url=url))
        assert (found.subject, f'GRANT CREATE ON SCHEMA public TO "{user}"' in found.text) == ("database", True)
        connection.execute(f"DROP OWNED BY {user}; DROP ROLE {user}".encode())


RAISE_DISK_FULL = """
    CREATE FUNCTION no_room() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE EVENT TRIGGER full_disk ON ddl_command_start EXECUTE FUNCTION no_room();
"""


async def test_a_server_with_a_full_disk_is_found_by_creating_a_table(
    postgresql_settings: Settings, postgresql_url: str
) -> None:
    with closing(connect_directly(postgresql_url)) as connection:
        connection.execute(RAISE_DISK_FULL.encode())
        [found] = await find_problems(postgresql_settings)
        assert (found.subject, found.text.split("): ")[1]) == ("database", "free space on the server's disk.")
        assert [one.status for one in await find_findings(postgresql_settings, "connections")] == [FindingStatus.OK], (
            "the remaining checks still run"
        )


async def test_the_write_check_leaves_nothing_and_needs_no_extra_permission(
    postgresql_settings: Settings, postgresql_url: str
) -> None:
    with closing(connect_directly(postgresql_url)) as connection:
        name, user = connection.info.dbname, f"writer_{connection.info.dbname}"
        connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'hush'; GRANT pg_write_all_data TO {user}".encode())
        connection.execute(f"GRANT pg_read_all_data TO {user}; REVOKE TEMP ON DATABASE {name} FROM PUBLIC".encode())
        assert (
            await find_problems(replace_settings(postgresql_settings, database_url=replace_user(postgresql_url, user)))
            == []
        )
        assert await find_problems(postgresql_settings) == []
        assert connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'trial'").fetchone() == (0,)
        connection.execute(f"DROP OWNED BY {user}; DROP ROLE {user}".encode())


def replace_user(server: str, user: str) -> str:
    return make_url(server).set(username=user, password="hush").render_as_string(hide_password=False)


async def test_a_busy_worker_uses_the_documented_number_of_connections(postgresql_url: str) -> None:
    own_connections = "backend_type = 'client backend' AND datname = current_database()"
    count_connections = text(f"SELECT count(*) FROM pg_stat_activity WHERE {own_connections}")
    barrier = Barrier(8, timeout=60)

    def work(database: Database) -> int:
        with database.transaction() as session:
            session.execute(count_connections)
            barrier.wait()
            found = int(session.execute(count_connections).scalar_one())
            barrier.wait()
            return found

    database, claims = open_database(postgresql_url, TEST_SECRET_KEY), create_locks(postgresql_url)
    export_database = open_existing(postgresql_url, TEST_SECRET_KEY)
    try:
        assert await claims.acquire_chat(7)
        with database.snapshot() as read_connection, export_database.snapshot() as export_connection:
            for connection in (read_connection, export_connection):
                connection.execute(count_connections)
            counts = await asyncio.gather(*(database.run_in_thread(work) for _ in range(40)))
    finally:
        await claims.close()
        database.close()
        export_database.close()
    assert counts[-1] == doctor_database.CONNECTIONS_PER_WORKER


async def test_too_few_connections_and_a_missing_pg_dump_are_warnings(
    postgresql_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_database, "CONNECTIONS_PER_WORKER", 10_000)
    [found] = await find_findings(postgresql_settings, "connections")
    assert (found.status, "raise max_connections" in found.text) == (FindingStatus.WARNING, True)
    monkeypatch.setenv("PATH", "/nowhere")
    [found] = await find_findings(postgresql_settings, "backup")
    assert (found.status, "postgresql-client-" in found.text) == (FindingStatus.WARNING, True)
