"""Workers of the bot, as processes that can be killed."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from socket import create_server
from threading import Thread
from typing import Any

from sqlalchemy.engine import make_url

from bot.emulator import PREVIEW_TOKEN
from storage.db.url import SQLITE
from tests.support.fork_server import FORK_SERVER
from tests.support.postgresql import TEST_SECRET_KEY, render_url

# Below the ports that systems give to outgoing connections: none of those takes a worker's port while it is down.
PORT_RANGE = range(20_000, 30_000)
SHOWN_LOG_LINES = 20  # lines of each log that are shown when something fails
Environment = dict[str, str]


def make_worker_environment(url: str, database_url: str, **more: str) -> Environment:
    """The settings of a worker that takes the look-alike for Telegram."""
    environment = {
        "TELEGRAM_BOT_TOKEN": PREVIEW_TOKEN,
        "TELEGRAM_API_URL": url,
        "DATABASE_URL": database_url,
        "SECRET_KEY": TEST_SECRET_KEY,
    }
    return environment | more


class WorkerProcess:
    """One worker, started as often as it is killed. All its lives write to one log, and have one name in PostgreSQL."""

    def __init__(
        self, log_file: Path, environment: Environment, target: Callable[..., None] | None = None, *args: Any
    ) -> None:
        self.log_file = log_file
        self.environment = environment | {
            "DATABASE_URL": with_application_name(environment["DATABASE_URL"], log_file.name)
        }
        self.target = (target or run_bot_command, *args)
        self.process: ForkServerProcess | None = None

    def start(self) -> None:
        self.process = FORK_SERVER.Process(
            target=_run_in_child, args=(str(self.log_file), self.environment, *self.target), daemon=True
        )
        self.process.start()

    @property
    def pid(self) -> int:
        assert self.process is not None
        assert self.process.pid is not None
        return self.process.pid

    @property
    def name(self) -> str:
        return self.log_file.name

    def freeze(self) -> None:
        """It does nothing more, and is still there: what it was at can be looked at."""
        assert self.process is not None
        assert self.process.is_alive(), f"a worker ended by itself:\n{self.log_file.read_text()}"
        os.kill(self.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """As a power cut does: nothing of it runs any more."""
        assert self.process is not None
        self.process.kill()
        self.process.join()

    def read_log_lines(self) -> list[str]:
        return self.log_file.read_text().splitlines() if self.log_file.exists() else []


@contextmanager
def run_workers(*workers: WorkerProcess) -> Iterator[None]:
    """They work until the block ends, and are gone then in any case."""
    try:
        for worker in workers:
            worker.start()
        yield
    except BaseException:
        print(*(line for worker in workers for line in worker.read_log_lines()[-SHOWN_LOG_LINES:]), sep="\n")  # noqa: T201 - pytest shows it
        raise
    finally:
        for worker in workers:
            if worker.process:
                worker.process.kill()
                worker.process.join()


def with_application_name(database_url: str, name: str) -> str:
    """The address with the name that a worker's sessions have in PostgreSQL."""
    url = make_url(database_url)
    return (
        database_url
        if url.get_backend_name() == SQLITE
        else render_url(url.update_query_dict({"application_name": name}))
    )


def find_free_port(random: Random) -> int:
    """A port that a worker finds free again each time it is started."""
    while True:
        port = random.choice(PORT_RANGE)
        try:
            create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


def run_bot_command() -> None:
    """What `python -m bot run` does, once Python has come up."""
    sys.argv = ["connection-test", "run"]
    from bot.cli.app import main  # noqa: PLC0415 - in the process that was started

    main()


def _run_in_child(log_path: str, environment: Environment, target: Callable[..., None], *args: Any) -> None:
    handle = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.environ.update(environment)
    Thread(target=_exit_with_parent, daemon=True).start()
    target(*args)


def _exit_with_parent() -> None:
    """A test process that was killed can't end its workers."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
