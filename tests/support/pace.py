"""Things done at a steady rate."""

import asyncio
import time


class Pace:
    """Lets one thing be done at a time, so many a second. Who comes late does not hurry the next."""

    def __init__(self, rate: float) -> None:
        self.interval_seconds = 1 / rate
        self.next_time = time.monotonic()
        self.count = 0

    async def __call__(self) -> None:
        due_at = self.next_time = max(self.next_time + self.interval_seconds, time.monotonic())
        self.count += 1
        await asyncio.sleep(due_at - time.monotonic())
