"""The emulator's queue of updates, as a polling bot sees it."""

import asyncio
from typing import Any

from bot.emulator import TelegramEmulator


def get_update_ids(updates: list[dict[str, Any]]) -> list[int]:
    return [update["update_id"] for update in updates]


async def wait_for_poll(emulator: TelegramEmulator) -> None:
    """Waits until the poll waits for updates, by giving way to the server on the same event loop."""
    async with asyncio.timeout(60):
        while emulator.updates.poller is None:  # noqa: ASYNC110 - one turn of the loop each, not a delay
            await asyncio.sleep(0)
