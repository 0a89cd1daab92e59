"""A process of its own that draws: the bot goes on meanwhile. It is started when first needed, and once more where it
ends or hangs over a drawing.

It draws one thing at a time. It ends with the bot, however that ends: nobody is left at the other end of its pipe.
"""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Timer

import structlog

from bot.pictures.drawing import Drawing, draw

log = structlog.get_logger()
TRIES = 2
PATIENCE = 30.0  # seconds for one drawing, which takes one
_SPAWN = get_context("spawn")  # a fork would copy the locks of other threads as they are


class Undrawn(Exception):
    """Something could not be drawn."""


class Painter:
    """The process, and the one thread that talks with it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="painter")
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._stopped = False

    @property
    def pid(self) -> int | None:
        """The process that draws, if there is one."""
        return self._process.pid if self._process else None

    async def draw(self, drawing: Drawing) -> bytes:
        """A PNG or a PDF. Raises `Undrawn`."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._draw, drawing)

    def stop(self) -> None:
        """Nothing is drawn any more; what is being drawn is left."""
        self._stopped = True
        if self._process:
            self._process.kill()
        self._thread.shutdown(cancel_futures=True)
        self._end()

    def _draw(self, drawing: Drawing) -> bytes:
        for _ in range(TRIES):
            if self._stopped:
                break
            try:
                drawn = self._ask(drawing)
            except (OSError, EOFError) as fault:  # it was killed, or it hangs
                if not self._stopped:
                    log.warning("what draws has ended", error=type(fault).__name__)
                self._end()
            else:
                if drawn:
                    return drawn
                break
        raise Undrawn

    def _ask(self, drawing: Drawing) -> bytes:
        """Empty where it could not be drawn. Raises `OSError` or `EOFError` where the process ended over it."""
        if self._pipe is None:
            self._pipe, theirs = _SPAWN.Pipe()
            self._process = _SPAWN.Process(target=_work, args=(theirs,), name="painter", daemon=True)
            self._process.start()
            theirs.close()  # else the end of the process would not end the pipe
        assert self._process
        # A process that stands still takes nothing in either, so that a large drawing would wait for it for ever.
        patience = Timer(PATIENCE, self._process.kill)
        patience.start()
        try:
            self._pipe.send(drawing)
            return self._pipe.recv_bytes()
        finally:
            patience.cancel()

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.join()
        if self._pipe:
            self._pipe.close()
        self._process = self._pipe = None


def _work(pipe: Connection) -> None:
    """The process: draws what it is asked for, until nobody asks any more. Signals are for the bot, which ends it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    try:
        while True:
            pipe.send_bytes(_drawn(pipe.recv()))
    except (EOFError, OSError):
        return


def _drawn(drawing: Drawing) -> bytes:
    try:
        return draw(drawing)
    except Exception:  # noqa: BLE001 - whatever it is, the next drawing may do better
        return b""
