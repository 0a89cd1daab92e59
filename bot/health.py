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

from bot.metrics import OLDEST_OUTBOX_ENTRY_SECONDS, OUTBOX_ENTRIES, REGISTRY
from storage.conversations.backlog import measure_backlog
from storage.db.database import Database
from storage.db.shared_clock import probe_write
from storage.errors import StorageUnavailableError

# @@DOC The database's absence: since when it can't be used, and why. One log line when it goes, one when it is back.
log = structlog.get_logger()


class DatabaseOutage:
    """What one worker knows of it. It is over once something was written: a disk that is full can still be read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.started_at: float | None = None  # monotonic; None: the database is there
        self.reason = ""  # the newest reason: one thing may be mended, and another come to light

    def record_failure(self, error: StorageUnavailableError) -> None:
        """The database could not be used. The fault's text is the database's own: values are never put into it."""
        self.reason = str(error)
        if self.started_at is None:
            self.started_at = time.monotonic()
            log.error("the database is away", why=self.reason)

    def record_recovery(self) -> None:
        """Something was written."""
        if self.started_at is not None:
            log.info("the database is back", after=round(time.monotonic() - self.started_at, 1))
            self.started_at = None

    async def is_ongoing(self) -> bool:
        """Whether the database is still away. Tries to write, if it was."""
        if self.started_at is None:
            return False
        try:
            await self._database.run_in_thread(probe_write)
        except StorageUnavailableError as error:
            self.record_failure(error)
            return True
        self.record_recovery()
        return False


MAX_TELEGRAM_SILENCE_SECONDS = 120.0  # seconds without a word of Telegram's: it is away, or we are
MAX_OUTBOX_AGE_SECONDS = 300.0  # seconds that somebody has waited for a word of ours
DATABASE_TIMEOUT_SECONDS = 3.0  # seconds that the database may take to answer


@dataclass(slots=True)
class Health:
    """What one worker knows of how it is."""

    database: Database
    database_outage: DatabaseOutage = field(init=False)
    last_contact_at: float = float("-inf")  # monotonic
    delivery_error: str = ""  # why Telegram could not deliver, in its words
    is_standing_by: bool = False  # another worker asks Telegram for updates

    def __post_init__(self) -> None:
        self.database_outage = DatabaseOutage(self.database)

    def record_contact(self, *, has_more: bool = False) -> None:
        """Telegram answered, and all of it was kept. `more`: there may be more of it waiting."""
        if not has_more:
            self.last_contact_at = time.monotonic()
            self.delivery_error = ""

    def record_delivery_error(self, delivery_error: str) -> None:
        """Updates wait, and Telegram says why it could not deliver one."""
        self.delivery_error = delivery_error

    @property
    def silence_seconds(self) -> float:
        """Seconds since Telegram was heard."""
        return time.monotonic() - self.last_contact_at

    async def find_problems(self) -> dict[str, str]:
        """What is wrong now, in a few words each; empty where all is well."""
        if self.database_outage.started_at is not None:
            return {"database": self.database_outage.reason}
        try:
            async with asyncio.timeout(DATABASE_TIMEOUT_SECONDS):
                oldest_seconds = await self.measure_outbox()
        except StorageUnavailableError as error:
            return {"database": str(error)}
        except TimeoutError:
            return {"database": "does not answer"}
        return {} if self.is_standing_by else self._find_working_problems(oldest_seconds)

    def _find_working_problems(self, oldest_seconds: float) -> dict[str, str]:
        problems = {}
        if self.silence_seconds > MAX_TELEGRAM_SILENCE_SECONDS:
            silence_text = "not heard for two minutes" if isfinite(self.last_contact_at) else "not heard yet"
            problems["telegram"] = (
                f"{silence_text}: it could not deliver ({self.delivery_error})" if self.delivery_error else silence_text
            )
        if oldest_seconds > MAX_OUTBOX_AGE_SECONDS:
            problems["outbox"] = f"somebody has waited for {oldest_seconds:.0f} seconds"
        return problems

    async def measure_outbox(self) -> float:
        """Counts what waits in the outbox, for the metrics; gives the age of the oldest in seconds."""
        entry_count, oldest_at = await self.database.run_in_thread(measure_backlog)
        oldest_seconds = max(time.time() - oldest_at, 0.0) if oldest_at else 0.0
        OUTBOX_ENTRIES.set(entry_count)
        OLDEST_OUTBOX_ENTRY_SECONDS.set(oldest_seconds)
        return oldest_seconds

    def make_routes(self) -> list[Route]:
        """/healthz: the process lives. /readyz: it can do its work. /metrics: what it has counted."""

        async def healthz(_: Request) -> Response:
            return JSONResponse({"alive": True})

        async def readyz(_: Request) -> Response:
            problems = await self.find_problems()
            standby_field = {"standing_by": True} if self.is_standing_by else {}
            return JSONResponse({"ready": not problems, **standby_field, **problems}, 503 if problems else 200)

        async def metrics(_: Request) -> Response:
            return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

        return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
