"""The bot as a process of its own, as an operator runs it."""

import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from bot.emulator import PREVIEW_TOKEN
from tests.support.fork_server import CONTEXT

PATIENCE = 60  # seconds until a process must have ended, on a machine that has much else to do
KEPT = {"PATH", "HOME", "LANG", "SYSTEMROOT", "COVERAGE_PROCESS_START"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, and what it wrote."""

    code: int
    out: str
    err: str


async def start(folder: Path, *arguments: str, **settings: str) -> Process:
    """`python -m bot …` in an empty environment but for these settings, in this folder."""
    command = [sys.executable, "-m", "bot", *arguments]
    return await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment(settings), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )


async def ended(process: Process) -> Ended:
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def run(folder: Path, *arguments: str, typed: str = "", **settings: str) -> Ended:
    """The same to its end, but that Python and what it imports are up already: that takes longer than most commands."""
    with tempfile.TemporaryDirectory() as told:
        streams = [Path(told, name) for name in ("in", "out", "err")]
        streams[0].write_text(typed)
        process = CONTEXT.Process(target=_run, args=(folder, streams, environment(settings), arguments))
        code = await asyncio.to_thread(_to_its_end, process)
        return Ended(code, streams[1].read_text(), streams[2].read_text())


def environment(settings: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in KEPT} | settings


def _to_its_end(process: ForkServerProcess) -> int:
    process.start()
    process.join(PATIENCE)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError
    return process.exitcode


def _run(folder: Path, streams: Sequence[Path], environment: dict[str, str], arguments: Sequence[str]) -> None:
    os.chdir(folder)
    for number, stream in enumerate(streams):
        os.dup2(os.open(stream, os.O_RDWR | os.O_CREAT), number)
    sys.stdin = os.fdopen(0)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # TMPDIR counts anew
    sys.argv = ["connection-test", *arguments]
    from bot.cli.app import main  # noqa: PLC0415 - in the process that was started

    main()


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
