"""CPU per call to the Bot API: python-telegram-bot's own HTTP client against ours, in one run, taking turns.

    python -m benchmarks.http_client

The look-alike runs in a process of its own; only the bot's side is counted. Prints a line a client and the ratio.
"""

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from telegram import Bot
from telegram.request import BaseRequest, HTTPXRequest

from bot.emulator import PREVIEW_TOKEN, Lookalike, serving
from bot.telegram.http_client import AioRequest

CALLS, AT_ONCE, ROUNDS, CHAT = 600, 32, 5, 7


def serve(pipe: Connection) -> None:
    """The look-alike, until its parent ends it."""

    async def forever() -> None:
        lookalike = Lookalike()
        lookalike.types(CHAT, "/start")
        async with serving(lookalike) as address:
            pipe.send(address)
            await asyncio.Event().wait()

    asyncio.run(forever())


async def cpu_per_call(address: str, client: Callable[[], BaseRequest]) -> float:
    """Milliseconds of this process's CPU for one sendMessage, with 32 under way at once."""
    gate = asyncio.Semaphore(AT_ONCE)
    async with Bot(PREVIEW_TOKEN, base_url=f"{address}/bot", request=client(), get_updates_request=client()) as bot:

        async def one(number: int) -> None:
            async with gate:
                await bot.send_message(CHAT, f"number {number}")

        await one(0)
        began = time.process_time()
        await asyncio.gather(*(one(number) for number in range(CALLS)))
        return (time.process_time() - began) * 1000 / CALLS


def main() -> None:
    """Runs both clients in turn, and prints the medians."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    address = ours.recv()
    clients: dict[str, Callable[[], BaseRequest]] = {
        "httpx (the library's own)": lambda: HTTPXRequest(connection_pool_size=64),
        "aiohttp (bot.request)": AioRequest,
    }
    figures: dict[str, list[float]] = {name: [] for name in clients}
    for _ in range(ROUNDS):
        for name, client in clients.items():
            figures[name].append(asyncio.run(cpu_per_call(address, client)))
    server.terminate()
    medians = {name: statistics.median(each) for name, each in figures.items()}
    for name, each in figures.items():
        print(f"{name:<28} {medians[name]:.2f} ms  ({min(each):.2f} to {max(each):.2f})")
    first, second = medians.values()
    print(f"ratio {first / second:.1f}")


if __name__ == "__main__":
    main()
