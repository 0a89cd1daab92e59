"""Things done at a steady rate."""

import asyncio
import time


class Pace:
    """Lets one thing be done at a time, so many a second. Who comes late does not hurry the next."""

    def __init__(self, rate: float) -> None:
        self.gap = 1 / rate
        self.next = time.monotonic()
        self.given = 0

    async def __call__(self) -> None:
        mine = self.next = max(self.next + self.gap, time.monotonic())
        self.given += 1
        await asyncio.sleep(mine - time.monotonic())
