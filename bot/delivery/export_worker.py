"""Writes exports one at a time, each in a process of its own and in a temporary folder.

A process can be killed when it takes too long, and does not slow down turns. A thread cannot be killed, and shares the
interpreter and the memory with every turn (decision 0051).
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

from bot.delivery.export_job import EXPORT_FILE_NAME, ExportJob

log = structlog.get_logger()
MAX_EXPORT_BYTES = int(FileSizeLimit.FILESIZE_UPLOAD)  # Telegram's limit for bots
EXPORT_TIMEOUT_SECONDS = 900.0  # a million responses take one minute
EXPORT_FAILED_MESSAGE = "an export could not be written"
EXPORT_FOLDER_PREFIX = "connection-test-download-"
ABANDONED_FOLDER_AGE_SECONDS = 86_400  # an older folder belongs to a bot that was killed
FAILURE_REASONS = frozenset({"no_release", "too_many", "write_failed", "unavailable"})  # that the process reports

ProgressCallback = Callable[[int], None]


class ExportFailedError(Exception):
    """An export could not be made. `reason`: one of `FAILURE_REASONS`, `too_large` or `other`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ExportWorker:
    """Writes exports of one database.

    `release_size` is the smallest number of responses shown together; `configured_coordinators` are the chats that the
    operator has listed.
    """

    def __init__(
        self, database_url: str, secret: str | None, release_size: int, configured_coordinators: Collection[int] = ()
    ) -> None:
        self.configured_coordinators = configured_coordinators
        self._database_url = database_url
        self._secret = secret
        self._release_size = release_size
        self._lock = asyncio.Lock()

    async def write_export(self, campaign_code: str, export_format: str, on_progress: ProgressCallback) -> bytes:
        """Returns a campaign's export. Calls `on_progress` with the percentage of rows. Raises `ExportFailedError`."""
        job = ExportJob(self._database_url, self._secret, self._release_size, campaign_code, export_format)
        async with self._lock:
            try:
                _delete_abandoned_folders()
                with tempfile.TemporaryDirectory(prefix=EXPORT_FOLDER_PREFIX) as folder:
                    await self._run_process(folder, job, on_progress)
                    return await asyncio.to_thread(_read_file, Path(folder) / EXPORT_FILE_NAME)
            except OSError as error:
                folder_name = str(error.filename or tempfile.tempdir)
                log.warning(EXPORT_FAILED_MESSAGE, folder=folder_name, reason=error.strerror)
                raise ExportFailedError("write_failed") from error

    async def _run_process(self, folder: str, job: ExportJob, on_progress: ProgressCallback) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.delivery.export_process", folder, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
        try:
            async with asyncio.timeout(EXPORT_TIMEOUT_SECONDS):
                outcome = await _follow_process(process, job, on_progress)
        except TimeoutError:
            outcome = "hung"
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)  # Process.kill() would poll, and hide its end from asyncio
            await process.wait()
        if outcome != "done":
            log.warning(EXPORT_FAILED_MESSAGE, folder=folder, reason=outcome or "the process was killed")
            reason = outcome.partition(" ")[0]
            raise ExportFailedError(reason if reason in FAILURE_REASONS else "other")


async def _follow_process(process: Process, job: ExportJob, on_progress: ProgressCallback) -> str:
    """Sends the job and reads the progress. Returns the last line; an empty one if the process was killed."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(asdict(job)).encode())
    process.stdin.close()
    last_line = ""
    async for line in process.stdout:
        last_line = line.decode().strip()
        if last_line.isdecimal():
            on_progress(int(last_line))
    return "" if last_line.isdecimal() else last_line


def _read_file(file: Path) -> bytes:
    if file.stat().st_size > MAX_EXPORT_BYTES:
        raise ExportFailedError("too_large")
    return file.read_bytes()


def _delete_abandoned_folders() -> None:
    """Deletes what a bot that was killed has left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{EXPORT_FOLDER_PREFIX}*"):
        with suppress(FileNotFoundError):  # another worker has just finished with it
            if time.time() - folder.stat().st_mtime > ABANDONED_FOLDER_AGE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
