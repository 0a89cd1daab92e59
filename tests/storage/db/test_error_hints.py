"""What a database has against being used is said with the fix that mends it: one for each."""

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


def said(address: str) -> str:
    """What is said of it, by the bot that starts and by what only looks: the same."""
    with pytest.raises(StorageUnreadableError) as starting:
        open_database(address, TEST_SECRET_KEY)
    with pytest.raises(StorageUnreadableError) as only_looking, connect_readonly(address):
        pass
    assert str(starting.value) == str(only_looking.value)
    return str(starting.value)


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
def test_a_server_that_is_not_there(address: str, fix: str) -> None:
    text = said(address)
    assert text.endswith(f"{fix}.")
    assert "hush" not in text


@contextmanager
def refusing(code: str, words: str) -> Iterator[str]:
    """The address of a server that speaks PostgreSQL's protocol just far enough to let nobody in."""
    fields = b"".join(kind + text.encode() + b"\0" for kind, text in ((b"S", "FATAL"), (b"C", code), (b"M", words)))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=_refuse, args=(listening, b"E" + (len(fields) + 5).to_bytes(4) + fields + b"\0"))
        thread.start()
        try:
            yield f"postgresql://me:hush@127.0.0.1:{listening.getsockname()[1]}/bot"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _refuse(listening: socket.socket, refusal: bytes) -> None:
    while True:
        try:
            caller, _ = listening.accept()
        except OSError:
            return
        with caller:
            while len(asked := caller.recv(4096)) == 8:  # whether there is encryption: 8 bytes
                caller.sendall(b"N")
            if asked:
                caller.sendall(refusal)


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


@pytest.mark.parametrize(("code", "words", "fix"), REFUSALS)
def test_a_server_that_lets_nobody_in(code: str, words: str, fix: str) -> None:
    with refusing(code, words) as address:
        text = said(address)
    assert words in text
    assert text.endswith(f"{fix}.")
    assert "hush" not in text


def test_encryption_that_is_not_offered() -> None:
    with refusing("XX000", "") as address:
        assert said(f"{address}?sslmode=require").endswith(
            "enable TLS on the server, or remove sslmode from DATABASE_URL."
        )


def test_a_database_and_a_user_that_are_not_there(postgresql_url: str) -> None:
    url = make_url(postgresql_url)
    nowhere = url.set(database="nowhere").render_as_string(hide_password=False)
    assert said(nowhere).endswith("create the database with createdb, or correct its name in DATABASE_URL.")
    nobody = url.set(username="nobody-here").render_as_string(hide_password=False)
    assert said(nobody).endswith("create the user with createuser, or correct its name in DATABASE_URL.")


def test_a_user_who_has_no_connection_left(postgresql_url: str) -> None:
    url = make_url(postgresql_url)
    with closing(connect_directly(postgresql_url)) as connection:
        user = f"crowded_{url.database}"
        connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'hush' CONNECTION LIMIT 0".encode())
        try:
            crowded = url.set(username=user, password="hush").render_as_string(hide_password=False)
            assert said(crowded).endswith("raise the server's max_connections, or run fewer workers.")
        finally:
            connection.execute(f"DROP ROLE {user}".encode())
