"""Pictures and pages: one that was sent before goes by Telegram's name for it, any other is drawn."""

import asyncio
from collections import OrderedDict
from typing import Generic, TypeVar

from bot.painter import Painter
from bot.pictures.card import Card, draw_card
from bot.pictures.drawing import Drawing

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
