"""Erases what is over, at once and not by the clock: as a running bot does every hour."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.operating.findings import counted
from bot.turns import expire
from storage.database import Database
from storage.outbox import LONGEST_KEPT
from storage.overdue import overdue
from storage.retention import purge


def erase(database: Database, days: int) -> Iterator[str]:
    """Erases, and says how many of each."""
    before = int(time.time()) - LONGEST_KEPT
    chats = overdue(database, before)
    for chat in chats:
        expire(database, chat, before)
    purged = purge(database, datetime.now(UTC), timedelta(days=days))
    yield f"Erased what nobody has touched for {counted(days, 'day')}:"
    yield f"  {counted(purged.runs, 'unfinished walk')} with the answers in them"
    yield f"  {counted(purged.chats, 'chat')} that had fallen silent"
    yield f"  {counted(purged.set_aside, 'update')} set aside"
    yield f"Erased what could not be said within an hour, in {counted(len(chats), 'chat')}."
    yield "Responses are kept. Backups made earlier still hold what was erased."
