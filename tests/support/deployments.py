"""The ways in which the bot is run: what keeps its database, and how updates come to it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy.engine import make_url

from tests.support import raw_sql
from tests.support.postgresql import SECRET, migrated, plainly, server
from tests.support.sqlite import with_key
from tests.support.worker_processes import free_port

SQLITE, POSTGRESQL, WEBHOOK = WAYS = ("sqlite", "postgresql", "webhook")
TABLES = ("chats", "outbox", "moments")  # no work can do without one of them
PATH = "/telegram-sends-here"


@dataclass(frozen=True, slots=True)
class Way:
    """One way, with a database of its own. `settings`: what else the bot is to be told."""

    name: str
    address: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """Where SQLite keeps it."""
        assert self.name == SQLITE
        return Path(make_url(self.address).database or "")

    @property
    def address_of_webhook(self) -> str:
        return str(self.settings["webhook_url"])

    @property
    def pages(self) -> str:
        """Where the bot's own pages are."""
        return f"http://127.0.0.1:{self.settings['port']}"

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return raw_sql.rows(self.address, query, *values)

    def change(self, query: str, *values: object) -> None:
        raw_sql.change(self.address, query, *values)

    @contextmanager
    def away(self) -> Iterator[None]:
        """The database can't be used meanwhile: every use of it fails at once, as on a failing disk or server."""
        if self.name == SQLITE:
            for table in TABLES:
                self.change(f"alter table {table} rename to {table}_away")
        else:
            self._admit(False)
        try:
            yield
        finally:
            if self.name == SQLITE:
                for table in TABLES:
                    self.change(f"alter table {table}_away rename to {table}")
            else:
                self._admit(True)

    def _admit(self, admitted: bool) -> None:
        name = make_url(self.address).database
        with plainly(server().url.render_as_string(hide_password=False)) as connection:
            connection.execute(f"alter database {name} allow_connections {admitted}".encode())
            if not admitted:
                connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])

    @contextmanager
    def turns_fail(self, chat: int) -> Iterator[None]:
        """Each turn of this chat fails meanwhile, and not because the database is away."""
        said = f"create trigger spoilt before insert on outbox{{}} when (new.chat = {chat}) {{}}"
        if self.name == SQLITE:
            self.change(said.format("", "begin select raise(abort, 'spoilt'); end"))
        else:
            raising = "begin raise exception using errcode = 'check_violation'; end"
            self.change(f"create function spoil() returns trigger language plpgsql as $$ {raising} $$")
            self.change(said.format(" for each row", "execute function spoil()"))
        try:
            yield
        finally:
            self.change("drop trigger spoilt" if self.name == SQLITE else "drop function spoil() cascade")


def on_file(file: Path) -> Way:
    """SQLite in this file, and polling: what an operator gets who sets nothing."""
    return Way(SQLITE, f"sqlite:///{file}")


@contextmanager
def way(name: str, folder: Path) -> Iterator[Way]:
    """That way, with a new database."""
    if name == SQLITE:
        yield Way(SQLITE, with_key(folder / "bot.db"))
        return
    with migrated() as address:
        more = listening_on(free_port(Random())) if name == WEBHOOK else {}
        yield Way(name, address, {"secret_key": SECRET, **more})


def listening_on(port: int) -> dict[str, Any]:
    return {"port": port, "webhook_url": f"http://127.0.0.1:{port}{PATH}"}
