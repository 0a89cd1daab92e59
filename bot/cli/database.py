"""What is said of a backup that was made."""

import gc
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from bot.cli.doctor.database import MEGABYTE
from bot.cli.doctor.findings import counted
from bot.jobs.outages import expire
from bot.settings import Settings
from storage.anonymity.releases import release_due
from storage.anonymity.sealing import seal_earlier
from storage.campaigns.coordinators import OPERATOR, note_act
from storage.conversations.outbox import LONGEST_KEPT, overdue
from storage.db import sqlite
from storage.db.backup import back_up
from storage.db.database import Database
from storage.db.encryption import secret_beside
from storage.db.url import SQLITE, readable
from storage.export.tables import Download, Rows
from storage.export.writer import write_download
from storage.retention import purge


def lines(settings: Settings, to: Path) -> Iterator[str]:
    """Makes the backup, and says what is in it and what is not. Raises `StorageFault`.

    Where only the key is missing, the backup is made before.
    """
    size = back_up(settings.database_url, to)
    yield f"Backed up to {to} ({size / MEGABYTE:.2f} MB)."
    yield "The key is not in it, and without the key it can't be used."
    yield f"Keep {_key(settings)} too, and apart from it."


def _key(settings: Settings) -> str:
    url = readable(settings.database_url)
    if url.get_backend_name() != SQLITE or settings.secret:
        return "SECRET_KEY"
    secret_beside(sqlite.file_of(url))
    return str(sqlite.file_of(url).with_suffix(".key"))


# @@DOC Erases what is over, at once and not by the clock: as a running bot does every hour.
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


# @@DOC Releases what is due, at once and not by the clock: as a running bot does every minute.
def make_visible(database: Database, size: int, campaign: str | None) -> Iterator[str]:
    """Releases, and says what. How many wait is not said: it would tell when somebody sends. Raises `StorageFault`."""
    seal_earlier(database)
    released = release_due(database, size, campaign)
    for one in released:
        yield f"{one.campaign}: release {one.number}, {counted(one.responses, 'response')}."
    if not released:
        yield f"Nothing is due: a release needs {size} new responses of one campaign."


# @@DOC Writes a download, with a bar that grows while it is written.
def export(database: Database, code: str, size: int, kind: str, to: Path) -> Iterator[str]:
    """Writes a campaign's download, and says so. Raises `StorageFault`."""
    gc.disable()  # nothing of what is made for a row holds itself, and there are millions of them
    screen = Console(stderr=True)
    bar = Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=screen, transient=True)
    bar.disable = not screen.is_terminal

    def watched(download: Download) -> Download:
        table = download.responses
        task = bar.add_task("", total=download.many)

        def advanced(rows: Rows) -> Rows:
            bar.advance(task, len(rows))
            return rows

        return replace(download, responses=replace(table, read=lambda put: map(advanced, table.read(put))))

    with bar:
        done = write_download(database, code, size, kind, to, watched)
    with database.transaction() as tx:
        note_act(tx, OPERATOR, "downloaded", code)
    yield f"{done.title}: written to {to} ({to.stat().st_size / MEGABYTE:.2f} MB)."
