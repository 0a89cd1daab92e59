"""The database's absence: since when it can't be used, and why. One log line when it goes, one when it is back."""

import time

import structlog

from storage.database import Database
from storage.faults import StorageAway
from storage.moments import try_out

log = structlog.get_logger()


class Absence:
    """What one worker knows of it. It is over once something was written: a disk that is full can still be read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.since: float | None = None  # monotonic; None: the database is there
        self.why = ""  # the newest reason: one thing may be mended, and another come to light

    def noticed(self, fault: StorageAway) -> None:
        """The database could not be used. The fault's text is the database's own: values are never put into it."""
        self.why = str(fault)
        if self.since is None:
            self.since = time.monotonic()
            log.error("the database is away", why=self.why)

    def ended(self) -> None:
        """Something was written."""
        if self.since is not None:
            log.info("the database is back", after=round(time.monotonic() - self.since, 1))
            self.since = None

    async def lasts(self) -> bool:
        """Whether the database is still away. Tries to write, if it was."""
        if self.since is None:
            return False
        try:
            await self._database.hop(try_out)
        except StorageAway as fault:
            self.noticed(fault)
            return True
        self.ended()
        return False
