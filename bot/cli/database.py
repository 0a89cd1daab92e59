"""What the commands backup, purge, release and export do."""

import gc
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from bot.cli.doctor.database import BYTES_PER_MEGABYTE
from bot.cli.doctor.findings import format_count
from bot.jobs.outages import expire_entries
from bot.settings import Settings
from storage.anonymity.releases import release_due_responses
from storage.campaigns.coordinators import OPERATOR_ID, record_action
from storage.conversations.outbox_backlog import MAX_ENTRY_AGE_SECONDS, find_overdue_chats
from storage.db import sqlite
from storage.db.backup import create_backup
from storage.db.database import Database
from storage.db.encryption import load_or_create_secret
from storage.db.url import SQLITE, parse_url
from storage.export.tables import CampaignExport, RowBlock
from storage.export.writer import ExportRequest, write_export_file
from storage.retention import delete_expired_data


def back_up_and_report(settings: Settings, target: Path) -> Iterator[str]:
    """Makes a backup and yields what is in it and what is not. Raises `StorageError`; if only the key is missing, the
    backup has been made by then.
    """
    size = create_backup(settings.database_url, target)
    yield f"Backed up to {target} ({size / BYTES_PER_MEGABYTE:.2f} MB)."
    yield "The key is not in it, and without the key it can't be used."
    yield f"Keep {_key_location(settings)} too, and apart from it."


def _key_location(settings: Settings) -> str:
    url = parse_url(settings.database_url)
    if url.get_backend_name() != SQLITE or settings.secret:
        return "SECRET_KEY"
    load_or_create_secret(sqlite.get_database_file(url))
    return str(sqlite.get_database_file(url).with_suffix(".key"))


def purge_and_report(database: Database, retention_days: int) -> Iterator[str]:
    """Deletes expired data, as the bot does every hour, and yields how much of each kind."""
    deadline = int(time.time()) - MAX_ENTRY_AGE_SECONDS
    overdue_chats = find_overdue_chats(database, deadline)
    for chat in overdue_chats:
        expire_entries(database, chat, deadline)
    purged = delete_expired_data(database, datetime.now(UTC), timedelta(days=retention_days))
    yield f"Deleted what was inactive for {format_count(retention_days, 'day')}:"
    yield f"  {format_count(purged.runs, 'unfinished run')} with the answers in them"
    yield f"  {format_count(purged.chats, 'idle chat')}"
    yield f"  {format_count(purged.dead_letters, 'dead letter')}"
    yield f"Deleted messages that could not be sent within an hour, in {format_count(len(overdue_chats), 'chat')}."
    yield "Responses are kept. Backups made earlier still hold what was deleted."


def release_and_report(database: Database, release_size: int, campaign_code: str | None) -> Iterator[str]:
    """Releases what is due, as the bot does every minute. Raises `StorageError`."""
    releases = release_due_responses(database, release_size, campaign_code)
    for release in releases:
        yield f"{release.campaign}: release {release.number}, {format_count(release.response_count, 'response')}."
    if not releases:  # the number that wait is not shown: it would reveal when someone sends
        yield f"Nothing is due: a release needs {release_size} new responses of one campaign."


def export_and_report(
    database: Database, code: str, release_size: int, export_format: str, target: Path
) -> Iterator[str]:
    """Writes a campaign's export with a progress bar. Raises `StorageError`."""
    gc.disable()  # rows make no reference cycles, and there are millions of them
    console = Console(stderr=True)
    bar = Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, transient=True)
    bar.disable = not console.is_terminal

    def with_progress(download: CampaignExport) -> CampaignExport:
        table = download.responses
        task = bar.add_task("", total=download.max_responses)

        def advance_bar(rows: RowBlock) -> RowBlock:
            bar.advance(task, len(rows))
            return rows

        return replace(
            download, responses=replace(table, read_blocks=lambda put: map(advance_bar, table.read_blocks(put)))
        )

    with bar:
        request = ExportRequest(code, release_size, export_format, target)
        result = write_export_file(database, request, with_progress)
    with database.transaction() as session:
        record_action(session, OPERATOR_ID, "downloaded", code)
    yield f"{result.title}: written to {target} ({target.stat().st_size / BYTES_PER_MEGABYTE:.2f} MB)."
