"""Draws pictures and PDFs: one at a time, most of them in a process of its own.

The process starts with the first drawing. It is started again, once per drawing, if it ends or hangs over one. It ends
by itself when the bot does, because the other end of its pipe closes (decision 0047).
"""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Timer

import structlog
from cachetools import LRUCache

from bot.delivery.file_ids import FileIds
from bot.graphics.drawing import Drawing, draw, draw_result_card
from bot.graphics.result_card import ResultCard
from storage.db.database import Database

log = structlog.get_logger()
MAX_DRAWING_ATTEMPTS = 2
DRAWING_TIMEOUT_SECONDS = 30.0  # a drawing takes about one second
MAX_CACHED_IMAGES = 16  # drawn, and not yet accepted by Telegram
_SPAWN_CONTEXT = get_context("spawn")  # a fork would copy the locks of other threads in their current state


class DrawingError(Exception):
    """Something could not be drawn."""


class ImageWorker:
    """Provides pictures and PDFs: as file ids if Telegram has stored them, else as bytes.

    One drawing at a time: forty at once would all be late, and a restart would begin all of them again.
    """

    def __init__(self, database: Database) -> None:
        self.file_ids = FileIds(database)
        self._images: LRUCache[Drawing, bytes] = LRUCache(MAX_CACHED_IMAGES)
        self._drawing_process = DrawingProcess()
        self._lock = asyncio.Lock()

    async def stop(self) -> None:
        """Ends a drawing that is under way, and saves file ids."""
        self._drawing_process.stop()
        await self.file_ids.save()

    def is_drawn(self, drawing: Drawing) -> bool:
        return drawing in self._images

    async def draw(self, drawing: Drawing) -> bytes:
        """Returns a PNG or a PDF. Raises `DrawingError`, or for a result card whatever drawing it raises."""
        async with self._lock:
            image = self._images.get(drawing)
            if image is None:
                image = self._images[drawing] = await self._draw(drawing)
            return image

    def discard(self, drawing: Drawing) -> None:
        """Drops the bytes of a drawing."""
        self._images.pop(drawing, None)

    async def _draw(self, drawing: Drawing) -> bytes:
        # A result card takes about 20 ms of CPU, and Telegram soon knows all of them: no process is started for it.
        if isinstance(drawing, ResultCard):
            return await asyncio.to_thread(draw_result_card, drawing)
        return await self._drawing_process.draw(drawing)


class DrawingProcess:
    """The process that draws, and the one thread that talks to it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="painter")
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._is_stopped = False

    @property
    def pid(self) -> int | None:
        """The id of the process, if it runs."""
        return self._process.pid if self._process else None

    async def draw(self, drawing: Drawing) -> bytes:
        """Returns a PNG or a PDF. Raises `DrawingError`."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._draw_with_retry, drawing)

    def stop(self) -> None:
        """Ends the process, with a drawing that is under way."""
        self._is_stopped = True
        if self._process:
            self._process.kill()
        self._thread.shutdown(cancel_futures=True)
        self._end_process()

    def _draw_with_retry(self, drawing: Drawing) -> bytes:
        for _ in range(MAX_DRAWING_ATTEMPTS):
            if self._is_stopped:
                break
            try:
                image = self._request_drawing(drawing)
            except (OSError, EOFError) as error:  # the process was killed, by us if it hung
                if not self._is_stopped:
                    log.warning("the drawing process ended", error=type(error).__name__)
                self._end_process()
            else:
                if image:
                    return image
                break
        raise DrawingError

    def _request_drawing(self, drawing: Drawing) -> bytes:
        """Returns empty bytes for what cannot be drawn. Raises `OSError` or `EOFError` if the process ends over it."""
        if self._process is None or self._pipe is None:
            self._process, self._pipe = _start_process()
        # A process that hangs does not read either: a large drawing would wait for it without end.
        kill_timer = Timer(DRAWING_TIMEOUT_SECONDS, self._process.kill)
        kill_timer.start()
        try:
            self._pipe.send(drawing)
            return self._pipe.recv_bytes()
        finally:
            kill_timer.cancel()

    def _end_process(self) -> None:
        if self._process:
            self._process.kill()
            self._process.join()
        if self._pipe:
            self._pipe.close()
        self._process = self._pipe = None


def _start_process() -> tuple[SpawnProcess, Connection]:
    pipe, child_pipe = _SPAWN_CONTEXT.Pipe()
    process = _SPAWN_CONTEXT.Process(target=_serve_drawings, args=(child_pipe,), name="painter", daemon=True)
    process.start()
    child_pipe.close()  # else the end of the process would not close the pipe
    return process, pipe


def _serve_drawings(pipe: Connection) -> None:
    """The process: draws what comes through the pipe until the pipe closes."""
    for signal_number in (signal.SIGINT, signal.SIGTERM):  # the bot handles them, and ends this process
        signal.signal(signal_number, signal.SIG_IGN)
    try:
        while True:
            pipe.send_bytes(_draw_or_empty(pipe.recv()))
    except (EOFError, OSError):
        return


def _draw_or_empty(drawing: Drawing) -> bytes:
    try:
        return draw(drawing)
    except Exception:  # noqa: BLE001 - whatever it is, the next drawing may succeed
        return b""
