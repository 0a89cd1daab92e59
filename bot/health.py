"""How the bot is: what it knows of Telegram, the database and the outbox; and the pages that say so."""

import asyncio
import time
from dataclasses import dataclass, field
from math import isfinite

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.metrics import OLDEST_UNSAID, REGISTRY, UNSAID
from storage.conversations.outbox import unsaid
from storage.db.database import Database
from storage.db.shared_clock import try_out
from storage.errors import StorageAway

# @@DOC The database's absence: since when it can't be used, and why. One log line when it goes, one when it is back.
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


SILENT = 120.0  # seconds without a word of Telegram's: it is away, or we are
OVERDUE = 300.0  # seconds that somebody has waited for a word of ours
PATIENCE = 3.0  # seconds that the database may take to answer


@dataclass(slots=True)
class Health:
    """What one worker knows of how it is."""

    database: Database
    absence: Absence = field(init=False)
    heard_at: float = float("-inf")  # monotonic
    said: str = ""  # why Telegram could not deliver, in its words
    standing_by: bool = False  # another worker asks Telegram for updates

    def __post_init__(self) -> None:
        self.absence = Absence(self.database)

    def heard(self, *, more: bool = False) -> None:
        """Telegram answered, and all of it was kept. `more`: there may be more of it waiting."""
        if not more:
            self.heard_at = time.monotonic()
            self.said = ""

    def undelivered(self, said: str) -> None:
        """Updates wait, and Telegram says why it could not deliver one."""
        self.said = said

    @property
    def silent_for(self) -> float:
        """Seconds since Telegram was heard."""
        return time.monotonic() - self.heard_at

    async def faults(self) -> dict[str, str]:
        """What is wrong now, in a few words each; empty where all is well."""
        if self.absence.since is not None:
            return {"database": self.absence.why}
        try:
            async with asyncio.timeout(PATIENCE):
                oldest = await self.count_unsaid()
        except StorageAway as fault:
            return {"database": str(fault)}
        except TimeoutError:
            return {"database": "does not answer"}
        return {} if self.standing_by else self._faults_at_work(oldest)

    def _faults_at_work(self, oldest: float) -> dict[str, str]:
        found = {}
        if self.silent_for > SILENT:
            heard = "not heard for two minutes" if isfinite(self.heard_at) else "not heard yet"
            found["telegram"] = f"{heard}: it could not deliver ({self.said})" if self.said else heard
        if oldest > OVERDUE:
            found["outbox"] = f"somebody has waited for {oldest:.0f} seconds"
        return found

    async def count_unsaid(self) -> float:
        """Counts what waits in the outbox, for the metrics; gives the age of the oldest in seconds."""
        many, since = await self.database.hop(unsaid)
        oldest = max(time.time() - since, 0.0) if since else 0.0
        UNSAID.set(many)
        OLDEST_UNSAID.set(oldest)
        return oldest

    def routes(self) -> list[Route]:
        """/healthz: the process lives. /readyz: it can do its work. /metrics: what it has counted."""

        async def healthz(_: Request) -> Response:
            return JSONResponse({"alive": True})

        async def readyz(_: Request) -> Response:
            faults = await self.faults()
            standing_by = {"standing_by": True} if self.standing_by else {}
            return JSONResponse({"ready": not faults, **standing_by, **faults}, 503 if faults else 200)

        async def metrics(_: Request) -> Response:
            return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

        return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
