"""The two ways that updates come in, each with its workers."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from bot.emulator import Lookalike
from tests.support.worker_processes import Worker, free_port, settings_for

TWICE = 0.3  # of all updates: Telegram may lose patience with one worker while it still works, and ask the next
Way = Callable[[Lookalike, str, str, Path], list[Worker]]


def polling(_: Lookalike, url: str, address: str, folder: Path) -> list[Worker]:
    """One worker asks for updates, another one stands by."""
    return [Worker(folder / name, settings_for(url, address)) for name in ("one", "two")]


def webhook(lookalike: Lookalike, url: str, address: str, folder: Path) -> list[Worker]:
    """Three workers behind a load balancer; many updates come to two of them at once."""
    random = Random()
    ports = [str(free_port(random)) for _ in range(3)]
    lookalike.spread = [f"http://127.0.0.1:{port}" for port in ports]
    lookalike.deliver_twice = lambda _: random.random() < TWICE
    here = {"WEBHOOK_URL": f"http://127.0.0.1:{ports[0]}/telegram"}
    return [Worker(folder / f"at_{port}", settings_for(url, address, PORT=port, **here)) for port in ports]


def complaints(workers: list[Worker], *expected: str) -> list[str]:
    """Lines in which workers complain, but for those that are expected: each begins on a new database."""
    known = ("[info", "a new database is begun", *expected)
    return [line for worker in workers for line in worker.lines() if not any(part in line for part in known)]
