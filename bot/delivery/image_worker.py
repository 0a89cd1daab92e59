"""Pictures and pages: one that was sent before goes by Telegram's name for it, any other is drawn."""

import asyncio
import signal
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Timer
from typing import Generic, TypeVar

import structlog

from bot.graphics.drawing import Drawing, draw, draw_result_card
from bot.graphics.result_card import ResultCard

# @@DOC A process of its own that draws: the bot goes on meanwhile. It is started when first needed, and once more where it
# @@ ends or hangs over a drawing.
# @@
# @@ It draws one thing at a time. It ends with the bot, however that ends: nobody is left at the other end of its pipe.
# @@
log = structlog.get_logger()
MAX_DRAWING_ATTEMPTS = 2
DRAWING_TIMEOUT_SECONDS = 30.0  # seconds for one drawing, which takes one
_SPAWN_CONTEXT = get_context("spawn")  # a fork would copy the locks of other threads as they are


class DrawingError(Exception):
    """Something could not be drawn."""


class DrawingProcess:
    """The process, and the one thread that talks with it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="painter")
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._is_stopped = False

    @property
    def pid(self) -> int | None:
        """The process that draws, if there is one."""
        return self._process.pid if self._process else None

    async def draw(self, drawing: Drawing) -> bytes:
        """A PNG or a PDF. Raises `Undrawn`."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._draw_with_retry, drawing)

    def stop(self) -> None:
        """Nothing is drawn any more; what is being drawn is left."""
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
            except (OSError, EOFError) as error:  # it was killed, or it hangs
                if not self._is_stopped:
                    log.warning("what draws has ended", error=type(error).__name__)
                self._end_process()
            else:
                if image:
                    return image
                break
        raise DrawingError

    def _request_drawing(self, drawing: Drawing) -> bytes:
        """Empty where it could not be drawn. Raises `OSError` or `EOFError` where the process ended over it."""
        if self._pipe is None:
            self._pipe, child_pipe = _SPAWN_CONTEXT.Pipe()
            self._process = _SPAWN_CONTEXT.Process(
                target=_serve_drawings, args=(child_pipe,), name="painter", daemon=True
            )
            self._process.start()
            child_pipe.close()  # else the end of the process would not end the pipe
        assert self._process
        # A process that stands still takes nothing in either, so that a large drawing would wait for it for ever.
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


def _serve_drawings(pipe: Connection) -> None:
    """The process: draws what it is asked for, until nobody asks any more. Signals are for the bot, which ends it."""
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, signal.SIG_IGN)
    try:
        while True:
            pipe.send_bytes(_draw_or_empty(pipe.recv()))
    except (EOFError, OSError):
        return


def _draw_or_empty(drawing: Drawing) -> bytes:
    try:
        return draw(drawing)
    except Exception:  # noqa: BLE001 - whatever it is, the next drawing may do better
        return b""


CachedValue = TypeVar("CachedValue")
MAX_CACHED_FILE_IDS, MAX_CACHED_IMAGES = (
    2_000,
    16,
)  # so many drawings are remembered: by name; whole, until they were sent


class BoundedCache(Generic[CachedValue]):
    """What was put in last, by what it is of: as much as is kept."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._values: OrderedDict[object, CachedValue] = OrderedDict()

    def get(self, key: object) -> CachedValue | None:
        return self._values.get(key)

    def put(self, key: object, value: CachedValue) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._max_size:
            self._values.popitem(last=False)

    def discard(self, key: object) -> None:
        self._values.pop(key, None)


class ImageWorker:
    """Draws one thing at a time: forty at once would all be late, and a restart would begin all of them anew.

    What is drawn the same is the same: no campaign, release or language can be taken for another.
    """

    def __init__(self) -> None:
        self._file_ids: BoundedCache[str] = BoundedCache(MAX_CACHED_FILE_IDS)
        self._images: BoundedCache[bytes] = BoundedCache(MAX_CACHED_IMAGES)
        self._drawing_process = DrawingProcess()
        self._lock = asyncio.Lock()

    def stop(self) -> None:
        """Nothing is drawn any more."""
        self._drawing_process.stop()

    def is_cached(self, drawing: Drawing) -> bool:
        """Whether it needs no drawing."""
        return bool(self._file_ids.get(drawing) or self._images.get(drawing))

    async def get_image(self, drawing: Drawing) -> str | bytes:
        """Telegram's name for it, or its bytes. Raises what drawing it raises."""
        async with self._lock:
            image = self._file_ids.get(drawing) or self._images.get(drawing)
            if image is None:
                image = await self._draw(drawing)
                self._images.put(drawing, image)
            return image

    async def _draw(self, drawing: Drawing) -> bytes:
        """A result card takes about 20 ms of CPU, and soon Telegram has a file id for each: a thread is enough."""
        if isinstance(drawing, ResultCard):
            return await asyncio.to_thread(draw_result_card, drawing)
        return await self._drawing_process.draw(drawing)

    def remember_file_id(self, drawing: Drawing, file_id: str) -> None:
        """Telegram knows it by that name from now on."""
        self._file_ids.put(drawing, file_id)
        self._images.discard(drawing)

    def forget(self, drawing: Drawing) -> None:
        """Perhaps its name no longer counts: next time it is drawn."""
        self._file_ids.discard(drawing)
        self._images.discard(drawing)
