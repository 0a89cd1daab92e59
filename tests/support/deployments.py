"""The ways in which the bot is run: what keeps its database, and how updates come to it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy.engine import make_url

from tests.support import raw_sql
from tests.support.postgresql import TEST_SECRET_KEY, connect_directly, create_migrated_database, get_test_server
from tests.support.sqlite import create_database_with_key
from tests.support.worker_processes import find_free_port

SQLITE, POSTGRESQL, WEBHOOK = DEPLOYMENTS = ("sqlite", "postgresql", "webhook")
ESSENTIAL_TABLES = ("chats", "outbox_entries", "shared_clock")  # no work can do without one of them
WEBHOOK_PATH = "/telegram-sends-here"


@dataclass(frozen=True, slots=True)
class Deployment:
    """One way, with a database of its own. `settings`: what else the bot is to be told."""

    name: str
    database_url: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def database_file(self) -> Path:
        """Where SQLite keeps it."""
        assert self.name == SQLITE
        return Path(make_url(self.database_url).database or "")

    @property
    def webhook_url(self) -> str:
        return str(self.settings["webhook_url"])

    @property
    def pages_url(self) -> str:
        """Where the bot's own pages are."""
        return f"http://127.0.0.1:{self.settings['port']}"

    def fetch_rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return raw_sql.fetch_rows(self.database_url, query, *values)

    def execute_sql(self, query: str, *values: object) -> None:
        raw_sql.execute_sql(self.database_url, query, *values)

    @contextmanager
    def make_database_unavailable(self) -> Iterator[None]:
        """The database can't be used meanwhile: every use of it fails at once, as on a failing disk or server."""
        if self.name == SQLITE:
            for table in ESSENTIAL_TABLES:
                self.execute_sql(f"alter table {table} rename to {table}_away")
        else:
            self._allow_connections(False)
        try:
            yield
        finally:
            if self.name == SQLITE:
                for table in ESSENTIAL_TABLES:
                    self.execute_sql(f"alter table {table}_away rename to {table}")
            else:
                self._allow_connections(True)

    def _allow_connections(self, is_allowed: bool) -> None:
        name = make_url(self.database_url).database
        with connect_directly(get_test_server().url.render_as_string(hide_password=False)) as connection:
            connection.execute(f"alter database {name} allow_connections {is_allowed}".encode())
            if not is_allowed:
                connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])

    @contextmanager
    def make_turns_fail(self, chat_id: int) -> Iterator[None]:
        """Each turn of this chat fails meanwhile, and not because the database is away."""
        create_trigger = (
            f"create trigger spoilt before insert on outbox_entries{{}} when (new.chat_id = {chat_id}) {{}}"
        )
        if self.name == SQLITE:
            self.execute_sql(create_trigger.format("", "begin select raise(abort, 'spoilt'); end"))
        else:
            trigger_body = "begin raise exception using errcode = 'check_violation'; end"
            self.execute_sql(f"create function spoil() returns trigger language plpgsql as $$ {trigger_body} $$")
            self.execute_sql(create_trigger.format(" for each row", "execute function spoil()"))
        try:
            yield
        finally:
            self.execute_sql("drop trigger spoilt" if self.name == SQLITE else "drop function spoil() cascade")


def make_sqlite_deployment(file: Path) -> Deployment:
    """SQLite in this file, and polling: what an operator gets who sets nothing."""
    return Deployment(SQLITE, f"sqlite:///{file}")


@contextmanager
def create_deployment(name: str, folder: Path) -> Iterator[Deployment]:
    """That way, with a new database."""
    if name == SQLITE:
        yield Deployment(SQLITE, create_database_with_key(folder / "bot.db"))
        return
    with create_migrated_database() as address:
        more = make_webhook_settings(find_free_port(Random())) if name == WEBHOOK else {}
        yield Deployment(name, address, {"secret_key": TEST_SECRET_KEY, **more})


def make_webhook_settings(port: int) -> dict[str, Any]:
    return {"port": port, "webhook_url": f"http://127.0.0.1:{port}{WEBHOOK_PATH}"}
