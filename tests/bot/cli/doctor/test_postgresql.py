"""What the doctor sees of a PostgreSQL server."""

import asyncio
from contextlib import closing
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.cli.doctor import database as doctor_database
from bot.cli.doctor.findings import Mark
from bot.settings import Settings
from storage.conversations.locks import claims_on
from storage.db.database import Database, open_database
from storage.db.readonly import open_existing
from tests.bot.cli.conftest import changed
from tests.support.cli import about, to_mend
from tests.support.postgresql import SECRET, plainly


async def test_a_server_that_is_not_there(on_server: Settings) -> None:
    away = changed(on_server, database_url="postgresql://me:hush@127.0.0.1:1/bot")
    [found] = await to_mend(away)
    assert (found.subject, "Connection refused" in found.text, "hush" in found.text) == ("database", True, False)


async def test_a_server_needs_a_key_from_the_settings(on_server: Settings) -> None:
    [found] = await to_mend(changed(on_server, secret_key=None))
    assert (found.subject, "SECRET_KEY is not set" in found.text) == ("settings", True)


async def test_another_key_than_the_server_s(on_server: Settings) -> None:
    [found] = await to_mend(changed(on_server, secret_key="k" * 40))
    assert (found.subject, "another key" in found.text) == ("key", True)


async def test_a_server_that_can_only_be_read(on_server: Settings, server: str) -> None:
    with closing(plainly(server)) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    [found] = await to_mend(on_server)
    assert (found.subject, "read-only" in found.text) == ("database", True)


async def test_a_user_who_may_not_write(on_server: Settings, server: str) -> None:
    with closing(plainly(server)) as connection:
        user = f"reader_{connection.info.dbname}"
        connection.execute(
            f"CREATE ROLE {user} LOGIN PASSWORD 'hush'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}".encode()
        )
        url = changed_user(server, user)
        [found] = await to_mend(changed(on_server, database_url=url))
        assert (found.subject, f"{user} may not write" in found.text) == ("database", True)
        connection.execute("DROP TABLE alembic_version")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        [found] = await to_mend(changed(on_server, database_url=url))
        assert (found.subject, f'GRANT CREATE ON SCHEMA public TO "{user}"' in found.text) == ("database", True)
        connection.execute(f"DROP OWNED BY {user}; DROP ROLE {user}".encode())


FULL = """
    CREATE FUNCTION no_room() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE EVENT TRIGGER full_disk ON ddl_command_start EXECUTE FUNCTION no_room();
"""


async def test_a_server_without_room_is_found_by_trying(on_server: Settings, server: str) -> None:
    with closing(plainly(server)) as connection:
        connection.execute(FULL.encode())
        [found] = await to_mend(on_server)
        assert (found.subject, found.text.split("): ")[1]) == ("database", "make room on the server's disk.")
        assert [one.mark for one in await about(on_server, "connections")] == [Mark.WELL], "it looked on"


async def test_trying_leaves_nothing_and_asks_nothing_that_is_not_allowed(on_server: Settings, server: str) -> None:
    with closing(plainly(server)) as connection:
        name, user = connection.info.dbname, f"writer_{connection.info.dbname}"
        connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'hush'; GRANT pg_write_all_data TO {user}".encode())
        connection.execute(f"GRANT pg_read_all_data TO {user}; REVOKE TEMP ON DATABASE {name} FROM PUBLIC".encode())
        assert await to_mend(changed(on_server, database_url=changed_user(server, user))) == []
        assert await to_mend(on_server) == []
        assert connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'trial'").fetchone() == (0,)
        connection.execute(f"DROP OWNED BY {user}; DROP ROLE {user}".encode())


def changed_user(server: str, user: str) -> str:
    return make_url(server).set(username=user, password="hush").render_as_string(hide_password=False)


async def test_a_busy_worker_takes_as_many_connections_as_it_is_said_to(server: str) -> None:
    here = "backend_type = 'client backend' AND datname = current_database()"
    ours = text(f"SELECT count(*) FROM pg_stat_activity WHERE {here}")
    together = Barrier(8, timeout=60)

    def work(database: Database) -> int:
        with database.transaction() as tx:
            tx.execute(ours)
            together.wait()
            found = int(tx.execute(ours).scalar_one())
            together.wait()
            return found

    database, claims = open_database(server, SECRET), claims_on(server)
    packer = open_existing(server, SECRET)
    try:
        assert await claims.speak(7)
        with database.snapshot() as reading, packer.snapshot() as packing:
            for connection in (reading, packing):
                connection.execute(ours)
            seen = await asyncio.gather(*(database.hop(work) for _ in range(40)))
    finally:
        await claims.close()
        database.close()
        packer.close()
    assert seen[-1] == doctor_database.ONE_WORKER


async def test_few_connections_and_no_pg_dump_are_noted(on_server: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_database, "ONE_WORKER", 10_000)
    [found] = await about(on_server, "connections")
    assert (found.mark, "raise max_connections" in found.text) == (Mark.NOTE, True)
    monkeypatch.setenv("PATH", "/nowhere")
    [found] = await about(on_server, "backup")
    assert (found.mark, "postgresql-client-" in found.text) == (Mark.NOTE, True)
