"""One worker asks Telegram for updates; another waits until that one is gone."""

import asyncio

import structlog

from bot.health import Health
from storage.claims import AGAIN, Claims
from storage.faults import StorageAway

log = structlog.get_logger()


async def my_turn(claims: Claims, health: Health | None = None) -> None:
    """Waits until no other worker asks Telegram for updates. Raises `StorageAway` where that can't be found out.

    `health`: told that we stand by; None where the database is not open yet.
    """
    if await claims.intake():
        return
    log.info("another worker is there already: this one waits until it is gone")
    try:
        _note(health, standing_by=True)
        while not await _is_gone(claims, health):  # noqa: ASYNC110 - another process's end: there is no event to await
            await asyncio.sleep(AGAIN)
    finally:
        _note(health, standing_by=False)
    log.info("the other worker is gone")


async def _is_gone(claims: Claims, health: Health | None) -> bool:
    """Whether the other worker is. One that stands by outlives the database's absence."""
    try:
        gone = await claims.intake()
        if health is not None:
            await health.absence.lasts()
    except StorageAway as fault:
        if health is not None:
            health.absence.noticed(fault)
        return False
    return gone


def _note(health: Health | None, *, standing_by: bool) -> None:
    if health is not None:
        health.standing_by = standing_by
