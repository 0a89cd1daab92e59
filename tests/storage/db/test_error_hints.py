"""Each reason why a database cannot be used is reported with its own fix."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread

import pytest
from sqlalchemy.engine import make_url

from storage.db.database import open_database
from storage.db.readonly import connect_readonly
from storage.errors import StorageUnreadableError
from tests.support.postgresql import TEST_SECRET_KEY, connect_directly


def get_error(address: str) -> str:
    """The message for this address, which is the same at startup and on read-only access."""
    with pytest.raises(StorageUnreadableError) as startup_error:
        open_database(address, TEST_SECRET_KEY)
    with pytest.raises(StorageUnreadableError) as readonly_error, connect_readonly(address):
        pass
    assert str(startup_error.value) == str(readonly_error.value)
    return str(startup_error.value)


@pytest.mark.parametrize(
    ("address", "fix"),
    [
        (
            "postgresql://me:hush@127.0.0.1:1/bot",
            "check that PostgreSQL is running, and the host and the port in DATABASE_URL",
        ),
        ("postgresql://me:hush@no-such-host.invalid/bot", "check the host in DATABASE_URL, and the name server"),
        (
            "postgresql://me:hush@/bot?host=/nowhere",
            "check that PostgreSQL is running, and the folder of its socket in DATABASE_URL",
        ),
        ("postgresql://me:hush@127.0.0.1/bot?speed=9", "check the options after the ? in DATABASE_URL"),
    ],
)
def test_an_unreachable_server_is_reported_with_the_fix(address: str, fix: str) -> None:
    text = get_error(address)
    assert text.endswith(f"{fix}.")
    assert "hush" not in text


@contextmanager
def serve_refusals(code: str, server_message: str) -> Iterator[str]:
    """The address of a server that speaks PostgreSQL's protocol just far enough to refuse each connection."""
    fields = b"".join(
        kind + text.encode() + b"\0" for kind, text in ((b"S", "FATAL"), (b"C", code), (b"M", server_message))
    )
    with socket.create_server(("127.0.0.1", 0)) as server_socket:
        thread = Thread(target=_refuse, args=(server_socket, b"E" + (len(fields) + 5).to_bytes(4) + fields + b"\0"))
        thread.start()
        try:
            yield f"postgresql://me:hush@127.0.0.1:{server_socket.getsockname()[1]}/bot"
        finally:
            server_socket.shutdown(socket.SHUT_RDWR)
            thread.join()


def _refuse(server_socket: socket.socket, refusal: bytes) -> None:
    while True:
        try:
            client, _ = server_socket.accept()
        except OSError:
            return
        with client:
            while len(request := client.recv(4096)) == 8:  # the 8-byte request for encryption
                client.sendall(b"N")
            if request:
                client.sendall(refusal)


REFUSALS = [
    (
        "28P01",
        'password authentication failed for user "me"',
        "check the user and the password in DATABASE_URL, where % is written %25",
    ),
    ("28000", 'Peer authentication failed for user "me"', "or add a host and a password to DATABASE_URL"),
    (
        "28000",
        'no pg_hba.conf entry for host "127.0.0.1", user "me", database "bot", no encryption',
        "add ?sslmode=require to DATABASE_URL: the server may need TLS",
    ),
    (
        "28000",
        'no pg_hba.conf entry for host "127.0.0.1", user "me", database "bot", SSL encryption',
        "allow this user and this host in the server's pg_hba.conf",
    ),
    ("53300", "sorry, too many clients already", "raise the server's max_connections, or run fewer workers"),
    (
        "53300",
        "remaining connection slots are reserved for roles with the SUPERUSER attribute",
        "raise the server's max_connections, or run fewer workers",
    ),
    ("57P03", "the database system is starting up", "wait until the server is ready"),
    ("XX000", "something that nobody has thought of", "check that the database is running, and read its log"),
]


@pytest.mark.parametrize(("code", "server_message", "fix"), REFUSALS)
def test_a_server_s_refusal_is_reported_with_the_fix(code: str, server_message: str, fix: str) -> None:
    with serve_refusals(code, server_message) as address:
        text = get_error(address)
    assert server_message in text
    assert text.endswith(f"{fix}.")
    assert "hush" not in text


def test_missing_encryption_is_reported_with_the_fix() -> None:
    with serve_refusals("XX000", "") as address:
        assert get_error(f"{address}?sslmode=require").endswith(
            "enable TLS on the server, or remove sslmode from DATABASE_URL."
        )


def test_a_missing_database_or_user_is_reported_with_the_fix(postgresql_url: str) -> None:
    url = make_url(postgresql_url)
    missing_database = url.set(database="nowhere").render_as_string(hide_password=False)
    assert get_error(missing_database).endswith(
        "create the database with createdb, or correct its name in DATABASE_URL."
    )
    missing_user = url.set(username="nobody-here").render_as_string(hide_password=False)
    assert get_error(missing_user).endswith("create the user with createuser, or correct its name in DATABASE_URL.")


def test_a_user_without_free_connections_is_reported_with_the_fix(postgresql_url: str) -> None:
    url = make_url(postgresql_url)
    with closing(connect_directly(postgresql_url)) as connection:
        user = f"crowded_{url.database}"
        connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'hush' CONNECTION LIMIT 0".encode())
        try:
            limited_user = url.set(username=user, password="hush").render_as_string(hide_password=False)
            assert get_error(limited_user).endswith("raise the server's max_connections, or run fewer workers.")
        finally:
            connection.execute(f"DROP ROLE {user}".encode())
