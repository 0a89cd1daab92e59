"""Releases what is due, at once and not by the clock: as a running bot does every minute."""

from collections.abc import Iterator

from bot.operating.findings import counted
from storage.database import Database
from storage.sealed.earlier import seal_earlier
from storage.sealed.releases import release_due


def make_visible(database: Database, size: int, campaign: str | None) -> Iterator[str]:
    """Releases, and says what. How many wait is not said: it would tell when somebody sends. Raises `StorageFault`."""
    seal_earlier(database)
    released = release_due(database, size, campaign)
    for one in released:
        yield f"{one.campaign}: release {one.number}, {counted(one.responses, 'response')}."
    if not released:
        yield f"Nothing is due: a release needs {size} new responses of one campaign."
