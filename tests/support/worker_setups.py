"""The two ways that updates come in, each with its workers."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from bot.emulator import TelegramEmulator
from tests.support.worker_processes import WorkerProcess, find_free_port, make_worker_environment

# Of all updates: Telegram may lose patience with one worker while it still works, and ask the next.
DUPLICATE_SHARE = 0.3
WorkerSetup = Callable[[TelegramEmulator, str, str, Path], list[WorkerProcess]]


def make_polling_workers(_: TelegramEmulator, url: str, address: str, folder: Path) -> list[WorkerProcess]:
    """One worker asks for updates, another one stands by."""
    return [WorkerProcess(folder / name, make_worker_environment(url, address)) for name in ("one", "two")]


def make_webhook_workers(emulator: TelegramEmulator, url: str, address: str, folder: Path) -> list[WorkerProcess]:
    """Three workers behind a load balancer; many updates come to two of them at once."""
    random = Random()
    ports = [str(find_free_port(random)) for _ in range(3)]
    emulator.worker_urls = [f"http://127.0.0.1:{port}" for port in ports]
    emulator.should_deliver_twice = lambda _: random.random() < DUPLICATE_SHARE
    webhook_settings = {"WEBHOOK_URL": f"http://127.0.0.1:{ports[0]}/telegram"}
    return [
        WorkerProcess(folder / f"at_{port}", make_worker_environment(url, address, PORT=port, **webhook_settings))
        for port in ports
    ]


def find_unexpected_log_lines(workers: list[WorkerProcess], *expected: str) -> list[str]:
    """Lines in which workers complain, but for those that are expected: each begins on a new database."""
    known = ("[info", "a new database was created", *expected)
    return [line for worker in workers for line in worker.read_log_lines() if not any(part in line for part in known)]
