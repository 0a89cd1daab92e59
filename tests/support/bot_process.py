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
from tests.support.fork_server import FORK_SERVER

PROCESS_TIMEOUT_SECONDS = 60  # seconds until a process must have ended, on a machine that has much else to do
INHERITED_VARIABLES = {"PATH", "HOME", "LANG", "SYSTEMROOT", "COVERAGE_PROCESS_START"}


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """How a process ended, and what it wrote."""

    exit_code: int
    stdout: str
    stderr: str


async def start_process(folder: Path, *arguments: str, **settings: str) -> Process:
    """`python -m bot …` in an empty environment but for these settings, in this folder."""
    command = [sys.executable, "-m", "bot", *arguments]
    return await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=build_environment(settings), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )


async def wait_for_exit(process: Process) -> ProcessResult:
    async with asyncio.timeout(PROCESS_TIMEOUT_SECONDS):
        out, err = await process.communicate()
    assert process.returncode is not None
    return ProcessResult(process.returncode, out.decode(), err.decode())


async def run_command(folder: Path, *arguments: str, stdin_text: str = "", **settings: str) -> ProcessResult:
    """The same to its end, but that Python and what it imports are up already: that takes longer than most commands."""
    with tempfile.TemporaryDirectory() as stream_folder:
        streams = [Path(stream_folder, name) for name in ("in", "out", "err")]
        streams[0].write_text(stdin_text)
        process = FORK_SERVER.Process(target=_run_main, args=(folder, streams, build_environment(settings), arguments))
        code = await asyncio.to_thread(_join_process, process)
        return ProcessResult(code, streams[1].read_text(), streams[2].read_text())


def build_environment(settings: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in INHERITED_VARIABLES} | settings


def _join_process(process: ForkServerProcess) -> int:
    process.start()
    process.join(PROCESS_TIMEOUT_SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError
    return process.exitcode


def _run_main(folder: Path, streams: Sequence[Path], environment: dict[str, str], arguments: Sequence[str]) -> None:
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


def make_process_settings(url: str, file: Path) -> dict[str, str]:
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
async def run_in_background(folder: Path, *arguments: str, **settings: str) -> AsyncIterator[Process]:
    """A process beside the test; gone at the end in any case."""
    process = await start_process(folder, *arguments, **settings)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
