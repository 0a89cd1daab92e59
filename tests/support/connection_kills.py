"""A PostgreSQL session that is killed within its transaction."""

from contextlib import closing

import psycopg
from sqlalchemy import Connection

from tests.support.postgresql import connect_directly, render_url
from tests.support.statement_listener import DriverConnection


def kill_transaction_session(connection: Connection) -> None:
    """Ends the session behind this transaction, from another one."""
    mine = connection.connection.driver_connection
    assert isinstance(mine, psycopg.Connection)
    kill_session(render_url(connection.engine.url), mine)


def kill_session(address: str, mine: DriverConnection) -> None:
    with closing(connect_directly(address)) as other:
        other.execute("select pg_terminate_backend(%s, 10000)", [mine.info.backend_pid])
