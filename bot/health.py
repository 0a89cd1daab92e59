"""The health of one worker: Telegram, the database and the outbox; and the HTTP pages that report it."""

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
from storage.conversations.outbox_backlog import measure_backlog
from storage.db.database import Database
from storage.db.shared_clock import probe_write
from storage.errors import StorageUnavailableError

MAX_TELEGRAM_SILENCE_SECONDS = 120.0  # without an answer from Telegram
MAX_OUTBOX_AGE_SECONDS = 300.0  # of the oldest entry that waits to be sent
DATABASE_TIMEOUT_SECONDS = 3.0

log = structlog.get_logger()


class DatabaseOutage:
    """Whether the database is unavailable, as one worker sees it. Logs when an outage begins and when it ends.

    An outage ends with a successful write: a full disk can still be read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.started_at: float | None = None  # by the monotonic clock; None: no outage
        self.reason = ""  # the latest one: once it is fixed, another may show

    def record_failure(self, error: StorageUnavailableError) -> None:
        """The database could not be used. The error's text is the database's own and never contains values."""
        self.reason = str(error)
        if self.started_at is None:
            self.started_at = time.monotonic()
            log.error("database unavailable", reason=self.reason)

    def record_recovery(self) -> None:
        """The database was written to."""
        if self.started_at is not None:
            log.info("database available again", seconds=round(time.monotonic() - self.started_at, 1))
            self.started_at = None

    async def try_to_recover(self) -> bool:
        """Tries to write during an outage, which success ends. Returns False if the outage continues."""
        if self.started_at is None:
            return True
        try:
            await self._database.run_in_thread(probe_write)
        except StorageUnavailableError as error:
            self.record_failure(error)
            return False
        self.record_recovery()
        return True


@dataclass(slots=True)
class Health:
    """What one worker knows about its health."""

    database: Database
    database_outage: DatabaseOutage = field(init=False)
    last_contact_at: float = float("-inf")  # by the monotonic clock
    delivery_error: str = ""  # why Telegram could not deliver updates, in its words
    is_standing_by: bool = False  # another worker polls

    def __post_init__(self) -> None:
        self.database_outage = DatabaseOutage(self.database)

    def record_contact(self, *, has_more: bool = False) -> None:
        """Telegram answered, and its updates are stored. `has_more`: further updates may wait, so the bot is behind."""
        if not has_more:
            self.last_contact_at = time.monotonic()
            self.delivery_error = ""

    def record_delivery_error(self, delivery_error: str) -> None:
        """Updates wait, and this is why Telegram could not deliver one."""
        self.delivery_error = delivery_error

    @property
    def silence_seconds(self) -> float:
        """Seconds since the last contact with Telegram."""
        return time.monotonic() - self.last_contact_at

    async def find_problems(self) -> dict[str, str]:
        """A few words about each part that has a problem; empty if the worker is healthy."""
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
            silence_text = "no contact for two minutes" if isfinite(self.last_contact_at) else "no contact yet"
            problems["telegram"] = (
                f"{silence_text}: Telegram could not deliver ({self.delivery_error})"
                if self.delivery_error
                else silence_text
            )
        if oldest_seconds > MAX_OUTBOX_AGE_SECONDS:
            problems["outbox"] = f"a message has waited for {oldest_seconds:.0f} seconds"
        return problems

    async def measure_outbox(self) -> float:
        """Updates the metrics of the outbox. Returns the age of its oldest entry in seconds, 0 if it is empty."""
        entry_count, oldest_at = await self.database.run_in_thread(measure_backlog)
        oldest_seconds = max(time.time() - oldest_at, 0.0) if oldest_at else 0.0
        OUTBOX_ENTRIES.set(entry_count)
        OLDEST_OUTBOX_ENTRY_SECONDS.set(oldest_seconds)
        return oldest_seconds

    def make_routes(self) -> list[Route]:
        """/healthz: the process runs. /readyz: it can do its work. /metrics: its counters, for Prometheus."""

        async def healthz(_: Request) -> Response:
            return JSONResponse({"alive": True})

        async def readyz(_: Request) -> Response:
            problems = await self.find_problems()
            standby_field = {"standing_by": True} if self.is_standing_by else {}
            return JSONResponse({"ready": not problems, **standby_field, **problems}, 503 if problems else 200)

        async def metrics(_: Request) -> Response:
            return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

        return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
