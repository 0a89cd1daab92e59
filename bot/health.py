"""How the bot is: what it knows of Telegram, the database and the outbox; and the pages that say so."""

import asyncio
import time
from dataclasses import dataclass, field
from math import isfinite

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.absence import Absence
from bot.metrics import OLDEST_UNSAID, REGISTRY, UNSAID
from storage.database import Database
from storage.faults import StorageAway
from storage.unsaid import unsaid

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
