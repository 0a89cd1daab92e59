"""Pictures of results: one that was sent before goes by Telegram's name for it, any other is drawn."""

import asyncio

from bot.pictures.card import Card, draw_card


class Drawn:
    """Draws one picture at a time: forty at once would all be late, and a restart would begin all of them anew."""

    def __init__(self) -> None:
        self._names: dict[Card, str] = {}
        self._turn = asyncio.Lock()

    async def picture(self, card: Card) -> str | bytes:
        """Telegram's name for the picture, or its bytes."""
        async with self._turn:
            name = self._names.get(card)
            return await asyncio.to_thread(draw_card, card) if name is None else name

    def was_sent(self, card: Card, name: str) -> None:
        """Telegram knows this picture by that name from now on."""
        self._names[card] = name

    def was_refused(self, card: Card) -> None:
        """Perhaps its name no longer counts: next time it is drawn."""
        self._names.pop(card, None)
