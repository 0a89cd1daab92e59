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

from bot.graphics.drawing import Drawing, draw
from bot.graphics.result_card import Card, draw_card

# @@DOC A process of its own that draws: the bot goes on meanwhile. It is started when first needed, and once more where it
# @@ ends or hangs over a drawing.
# @@
# @@ It draws one thing at a time. It ends with the bot, however that ends: nobody is left at the other end of its pipe.
# @@
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


Value = TypeVar("Value")
MOST_NAMES, MOST_BYTES = 2_000, 16  # so many drawings are remembered: by name; whole, until they were sent


class Newest(Generic[Value]):
    """What was put in last, by what it is of: as much as is kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[object, Value] = OrderedDict()

    def get(self, of: object) -> Value | None:
        return self._kept.get(of)

    def put(self, of: object, value: Value) -> None:
        self._kept[of] = value
        self._kept.move_to_end(of)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, of: object) -> None:
        self._kept.pop(of, None)


class Drawn:
    """Draws one thing at a time: forty at once would all be late, and a restart would begin all of them anew.

    What is drawn the same is the same: no campaign, release or language can be taken for another.
    """

    def __init__(self) -> None:
        self._names: Newest[str] = Newest(MOST_NAMES)
        self._bytes: Newest[bytes] = Newest(MOST_BYTES)
        self._painter = Painter()
        self._turn = asyncio.Lock()

    def stop(self) -> None:
        """Nothing is drawn any more."""
        self._painter.stop()

    def is_known(self, drawing: Drawing) -> bool:
        """Whether it needs no drawing."""
        return bool(self._names.get(drawing) or self._bytes.get(drawing))

    async def picture(self, drawing: Drawing) -> str | bytes:
        """Telegram's name for it, or its bytes. Raises what drawing it raises."""
        async with self._turn:
            known = self._names.get(drawing) or self._bytes.get(drawing)
            if known is None:
                known = await self._draw(drawing)
                self._bytes.put(drawing, known)
            return known

    async def _draw(self, drawing: Drawing) -> bytes:
        """A card takes a fifth of a second, and soon all of them have names: no process is started for those."""
        if isinstance(drawing, Card):
            return await asyncio.to_thread(draw_card, drawing)
        return await self._painter.draw(drawing)

    def was_sent(self, drawing: Drawing, name: str) -> None:
        """Telegram knows it by that name from now on."""
        self._names.put(drawing, name)
        self._bytes.drop(drawing)

    def was_refused(self, drawing: Drawing) -> None:
        """Perhaps its name no longer counts: next time it is drawn."""
        self._names.drop(drawing)
        self._bytes.drop(drawing)
