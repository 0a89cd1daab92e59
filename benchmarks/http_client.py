"""Compares the CPU per call to the Bot API of two HTTP clients: python-telegram-bot's own and this project's.

    python -m benchmarks.http_client

They take turns in one run. The emulator runs in a process of its own; only the bot's side is counted.
"""

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from telegram import Bot
from telegram.request import BaseRequest, HTTPXRequest

from bot.emulator import PREVIEW_TOKEN, TelegramEmulator, serve_emulator
from bot.telegram.http_client import AiohttpRequest

CALLS_PER_ROUND, CONCURRENT_CALLS, ROUND_COUNT, CHAT_ID = 600, 32, 5, 7


def serve_emulator_forever(pipe: Connection) -> None:
    """Serves the emulator until the parent process ends this one."""

    async def serve_until_ended() -> None:
        emulator = TelegramEmulator()
        emulator.type_text(CHAT_ID, "/start")
        async with serve_emulator(emulator) as address:
            pipe.send(address)
            await asyncio.Event().wait()

    asyncio.run(serve_until_ended())


async def measure_cpu_per_call(address: str, make_client: Callable[[], BaseRequest]) -> float:
    """Returns this process's CPU time for one sendMessage in milliseconds, with `CONCURRENT_CALLS` at once."""
    semaphore = asyncio.Semaphore(CONCURRENT_CALLS)
    async with Bot(
        PREVIEW_TOKEN, base_url=f"{address}/bot", request=make_client(), get_updates_request=make_client()
    ) as bot:

        async def send_one(number: int) -> None:
            async with semaphore:
                await bot.send_message(CHAT_ID, f"number {number}")

        await send_one(0)
        started_at = time.process_time()
        await asyncio.gather(*(send_one(number) for number in range(CALLS_PER_ROUND)))
        return (time.process_time() - started_at) * 1000 / CALLS_PER_ROUND


def main() -> None:
    """Prints the median, lowest and highest CPU time of each client in milliseconds, and the ratio of the medians."""
    parent_pipe, child_pipe = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve_emulator_forever, args=(child_pipe,), daemon=True)
    server.start()
    address = parent_pipe.recv()
    clients: dict[str, Callable[[], BaseRequest]] = {
        "httpx (the library's own)": lambda: HTTPXRequest(connection_pool_size=64),
        "aiohttp (bot.telegram)": AiohttpRequest,
    }
    figures: dict[str, list[float]] = {name: [] for name in clients}
    for _ in range(ROUND_COUNT):
        for name, client in clients.items():
            figures[name].append(asyncio.run(measure_cpu_per_call(address, client)))
    server.terminate()
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, values in figures.items():
        print(f"{name:<28} {medians[name]:.2f} ms  ({min(values):.2f} to {max(values):.2f})")
    first, second = medians.values()
    print(f"ratio {first / second:.1f}")


if __name__ == "__main__":
    main()
