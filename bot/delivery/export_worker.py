"""Downloads, written while the bot goes on: each by a process of its own, one at a time, in a folder that goes with it.

A thread of ours could not be ended, and would share its processor and its memory with every turn.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import structlog
from telegram.constants import FileSizeLimit

from bot.delivery.export_process import NAME, Order

log = structlog.get_logger()
MOST_BYTES = int(FileSizeLimit.FILESIZE_UPLOAD)  # of a file that a bot may send
PATIENCE = 900.0  # seconds for one download; a million responses take one minute
UNWRITTEN = "a download could not be written"
PREFIX = "connection-test-download-"
LEFT = 86_400  # seconds after which a folder belongs to a bot that was killed
WHY = frozenset({"early", "too_many", "no_room", "away"})  # and `too_large`, `other`

Watch = Callable[[int], None]


class Unpacked(Exception):
    """A download could not be made. `why`: one of `WHY`, `too_large`, `other`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Packing:
    """Writes downloads of one database. `size` responses at least make a release. `named`: the operator's coordinators,
    whose they may be.
    """

    def __init__(self, address: str, secret: str | None, size: int, named: Collection[int] = ()) -> None:
        self.named = named
        self._address = address
        self._secret = secret
        self._size = size
        self._turn = asyncio.Lock()

    async def pack(self, code: str, kind: str, watch: Watch) -> bytes:
        """A campaign's download. `watch` is told how many hundredths are written. Raises `Unpacked`."""
        async with self._turn:
            try:
                _forget_left()
                with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
                    await self._write(folder, Order(self._address, self._secret, self._size, code, kind), watch)
                    return await asyncio.to_thread(_content, Path(folder) / NAME)
            except OSError as fault:
                log.warning(UNWRITTEN, folder=str(fault.filename or tempfile.tempdir), said=fault.strerror)
                raise Unpacked("no_room") from fault

    async def _write(self, folder: str, order: Order, watch: Watch) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.delivery.export_process", folder, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
        try:
            async with asyncio.timeout(PATIENCE):
                said = await _heard(process, order, watch)
        except TimeoutError:
            said = "hung"
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)  # Process.kill() looks first, and takes its end from asyncio
            await process.wait()
        if said != "done":
            log.warning(UNWRITTEN, folder=folder, said=said or "nothing: it was killed")
            why = said.partition(" ")[0]
            raise Unpacked(why if why in WHY else "other")


async def _heard(process: Process, order: Order, watch: Watch) -> str:
    """Tells the process what to write; listens to how far it is. Its last word."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(asdict(order)).encode())
    process.stdin.close()
    said = ""
    async for line in process.stdout:
        said = line.decode().strip()
        if said.isdecimal():
            watch(int(said))
    return "" if said.isdecimal() else said


def _content(file: Path) -> bytes:
    if file.stat().st_size > MOST_BYTES:
        raise Unpacked("too_large")
    return file.read_bytes()


def _forget_left() -> None:
    """What a bot that was killed has left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError):  # another worker's, which is ready just now
            if time.time() - folder.stat().st_mtime > LEFT:
                shutil.rmtree(folder, ignore_errors=True)
