"""Writes a download, with a bar that grows while it is written."""

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from bot.operating.seen_disk import MEGABYTE
from storage.audit import OPERATOR, note_act
from storage.database import Database
from storage.downloads.tables import Download, Rows
from storage.downloads.writing import write_download


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
