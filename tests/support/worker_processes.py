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
from tests.support.fork_server import CONTEXT
from tests.support.postgresql import SECRET, address_of

# Below the ports that systems give to outgoing connections: none of those takes a worker's port while it is down.
PORTS = range(20_000, 30_000)
LAST = 20  # lines of each log that are shown when something fails
Settings = dict[str, str]


def settings_for(url: str, address: str, **more: str) -> Settings:
    """The settings of a worker that takes the look-alike for Telegram."""
    told = {"TELEGRAM_BOT_TOKEN": PREVIEW_TOKEN, "TELEGRAM_API_URL": url, "DATABASE_URL": address, "SECRET_KEY": SECRET}
    return told | more


class Worker:
    """One worker, started as often as it is killed. All its lives write to one log, and have one name in PostgreSQL."""

    def __init__(self, log: Path, settings: Settings, run: Callable[..., None] | None = None, *args: Any) -> None:
        self.log = log
        self.settings = settings | {"DATABASE_URL": named(settings["DATABASE_URL"], log.name)}
        self.run = (run or as_operators_do, *args)
        self.process: ForkServerProcess | None = None

    def start(self) -> None:
        self.process = CONTEXT.Process(target=_live, args=(str(self.log), self.settings, *self.run), daemon=True)
        self.process.start()

    @property
    def pid(self) -> int:
        assert self.process is not None
        assert self.process.pid is not None
        return self.process.pid

    @property
    def name(self) -> str:
        return self.log.name

    def freeze(self) -> None:
        """It does nothing more, and is still there: what it was at can be looked at."""
        assert self.process is not None
        assert self.process.is_alive(), f"a worker ended by itself:\n{self.log.read_text()}"
        os.kill(self.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """As a power cut does: nothing of it runs any more."""
        assert self.process is not None
        self.process.kill()
        self.process.join()

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@contextmanager
def working(*workers: Worker) -> Iterator[None]:
    """They work until the block ends, and are gone then in any case."""
    try:
        for worker in workers:
            worker.start()
        yield
    except BaseException:
        print(*(line for worker in workers for line in worker.lines()[-LAST:]), sep="\n")  # noqa: T201 - pytest shows it
        raise
    finally:
        for worker in workers:
            if worker.process:
                worker.process.kill()
                worker.process.join()


def named(address: str, name: str) -> str:
    """The address with the name that a worker's sessions have in PostgreSQL."""
    url = make_url(address)
    return (
        address if url.get_backend_name() == SQLITE else address_of(url.update_query_dict({"application_name": name}))
    )


def free_port(random: Random) -> int:
    """A port that a worker finds free again each time it is started."""
    while True:
        port = random.choice(PORTS)
        try:
            create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


def as_operators_do() -> None:
    """What `python -m bot run` does, once Python has come up."""
    sys.argv = ["connection-test", "run"]
    from bot.cli.app import main  # noqa: PLC0415 - in the process that was started

    main()


def _live(log: str, settings: Settings, run: Callable[..., None], *args: Any) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.environ.update(settings)
    Thread(target=_end_with_the_test, daemon=True).start()
    run(*args)


def _end_with_the_test() -> None:
    """A test process that was killed can't end its workers."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
