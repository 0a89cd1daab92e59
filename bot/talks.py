"""Talks: one a chat at a time, chats side by side."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

Talk = Callable[[], Coroutine[Any, Any, None]]


class Talks:
    """The talks that are under way, by their chat."""

    def __init__(self) -> None:
        self._talking: dict[int, asyncio.Task[None]] = {}
        self._again: dict[int, Talk] = {}

    def __contains__(self, chat: int) -> bool:
        return chat in self._talking

    def wake(self, chat: int, talk: Talk, later: Talk) -> None:
        """Begins to talk; where a talk is under way, another one comes after it: `later`."""
        if chat in self._talking:
            self._again[chat] = later
            return
        task = asyncio.create_task(talk())
        self._talking[chat] = task
        task.add_done_callback(lambda _: self._done(chat))

    def end(self, chat: int) -> None:
        """The talk there, if there is one, is broken off."""
        if task := self._talking.get(chat):
            task.cancel()

    async def stop(self, patience: float) -> None:
        """Lets talks come to their end, but for so many seconds at the most; then breaks them off."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self._talking:
                    await asyncio.wait(list(self._talking.values()))
        self._again.clear()
        talking = list(self._talking.values())
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)

    def _done(self, chat: int) -> None:
        del self._talking[chat]
        if talk := self._again.pop(chat, None):
            self.wake(chat, talk, talk)
