"""What the doctor sees of a PostgreSQL server: whether it can be written, has connections left, can be backed up."""

from collections.abc import Iterator

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bot.operating.findings import Finding, mend, note, well
from storage.addresses import shown
from storage.backup import dump_version, wanted_dump
from storage.fixes import with_fix
from storage.looking import Age
from storage.postgresql import THREADS

# Connections: one each of its threads, of what reads results, of its claims, and of the process that writes a download
# (an upgrade is over before).
ONE_WORKER = THREADS + 3
MAKES = "SELECT current_schema() IS NOT NULL AND has_schema_privilege(current_schema(), 'CREATE')"
WRITES = """
    SELECT bool_and(has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
        AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))
    FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
"""
TEMPORARY = "SELECT has_database_privilege(current_database(), 'TEMP')"
A_MEGABYTE = "CREATE TEMPORARY TABLE trial AS SELECT repeat('x', 1000) FROM generate_series(1, 1000)"
LEFT = """
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true), '0')::int
         - (SELECT sum(numbackends) FROM pg_stat_database) + 1
"""


def about_server(url: URL, connection: Connection, age: Age) -> Iterator[Finding]:
    """One line each."""
    version = int((connection.dialect.server_version_info or (0,))[0])
    yield _about_writing(url, connection, version, age)
    left = int(connection.execute(text(LEFT)).scalar_one())
    yield _about_connections(left)
    yield _about_dump(version)


def _about_writing(url: URL, connection: Connection, version: int, age: Age) -> Finding:
    if connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one():
        fix = "name the primary in DATABASE_URL (with several hosts: ?target_session_attrs=read-write)"
        return mend("database", f"{shown(url)} is a standby, which can only be read: {fix}.")
    if connection.execute(text("SHOW transaction_read_only")).scalar_one() == "on":
        return mend("database", f"{shown(url)} is set to read-only: see default_transaction_read_only.")
    user = connection.execute(text("SELECT current_user")).scalar_one()
    if age in {Age.NONE, Age.OLDER} and not connection.execute(text(MAKES)).scalar_one():
        fix = f'GRANT CREATE ON SCHEMA public TO "{user}"'
        return mend("database", f"the user {user} may not make tables there: {fix}; or let {user} own the database.")
    if age is not Age.NONE and not connection.execute(text(WRITES)).scalar_one():
        return mend("database", f"the user {user} may not write all tables: let {user} own them.")
    try:
        _try_writing(connection)
    except DBAPIError as fault:
        return mend("database", f"in {shown(url)} not even a megabyte can be written {with_fix(fault)}")
    return well("database", f"{shown(url)}, PostgreSQL {version}, can be read and written.")


def _try_writing(connection: Connection) -> None:
    """Writes a megabyte that nobody else sees, and takes it back. Who may not is not asked to. Raises `DBAPIError`."""
    if connection.execute(text(TEMPORARY)).scalar_one():
        with connection.begin_nested() as trial:
            connection.execute(text(A_MEGABYTE))
            trial.rollback()


def _about_connections(left: int) -> Finding:
    if left < ONE_WORKER:
        fix = "raise max_connections, or run fewer workers"
        return note("connections", f"{left} are left, and one more worker may take {ONE_WORKER}: {fix}.")
    return well("connections", f"{left} are left.")


def _about_dump(version: int) -> Finding:
    here = dump_version()
    if here is None:
        return note("backup", f"there is no pg_dump here, so `backup` can't work here: {wanted_dump(version)}.")
    if here < version:
        return note("backup", f"pg_dump {here} can't back up PostgreSQL {version}: {wanted_dump(version)}.")
    return well("backup", f"pg_dump {here} is here.")
