"""The bot as a process of its own, as an operator runs it."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.preview import PREVIEW_TOKEN

KEPT = {"PATH", "HOME", "LANG", "SYSTEMROOT", "COVERAGE_PROCESS_START"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, and what it wrote."""

    code: int
    out: str
    err: str


async def start(folder: Path, *arguments: str, **settings: str) -> Process:
    """`python -m bot …` in an empty environment but for these settings, in this folder."""
    environment = {name: value for name, value in os.environ.items() if name in KEPT}
    command = [sys.executable, "-m", "bot", *arguments]
    return await asyncio.create_subprocess_exec(
        *command, cwd=folder, env={**environment, **settings}, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )


async def ended(process: Process, typed: str = "") -> Ended:
    async with asyncio.timeout(30):
        out, err = await process.communicate(typed.encode())
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def run(folder: Path, *arguments: str, typed: str = "", **settings: str) -> Ended:
    return await ended(await start(folder, *arguments, **settings), typed)


def on_telegram(url: str, file: Path) -> dict[str, str]:
    """The settings of a bot that takes the look-alike for Telegram. Only what is wrong is logged: nobody reads along,
    and a pipe that is full would stop the bot.
    """
    address = f"sqlite:///{file}"
    return {
        "TELEGRAM_BOT_TOKEN": PREVIEW_TOKEN,
        "TELEGRAM_API_URL": url,
        "DATABASE_URL": address,
        "LOG_LEVEL": "warning",
    }


@asynccontextmanager
async def beside(folder: Path, *arguments: str, **settings: str) -> AsyncIterator[Process]:
    """A process beside the test; gone at the end in any case."""
    process = await start(folder, *arguments, **settings)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
