"""A process of its own that writes one download: into the folder that it is given, what it is told on its input.

It tells on its output how far it is; the last line is `done`, or why there is no file, without anything
that stands in it. Where the bot was killed nobody
is left to read it: then it clears up.
"""

import gc
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from bot.logs import locate_error
from storage.db.readonly import open_existing
from storage.errors import ExportError, StorageUnavailableError, StorageUnreadableError
from storage.export.tables import CampaignExport, RowBlocks
from storage.export.writer import ExportRequest, write_export_file

EXPORT_FILE_NAME = "download"


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """A download to be written: of which database, which campaign, in which format.

    `size` responses at least make a release.
    """

    database_url: str
    secret: str | None
    release_size: int
    campaign_code: str
    export_format: str


def main() -> None:
    """Writes what it is told to write."""
    folder = Path(sys.argv[1])
    tempfile.tempdir = str(folder)  # so that all of it goes with the folder
    try:
        _print_line(_write_export(ExportOrder(**json.load(sys.stdin)), folder / EXPORT_FILE_NAME))
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        _print_line(f"{type(error).__name__} at {locate_error(error)}")
        raise


def _write_export(order: ExportOrder, path: Path) -> str:
    """`done`, or why not."""
    try:
        gc.disable()  # nothing of what is made for a row holds itself, and there are millions of them
        database = open_existing(order.database_url, order.secret)
        try:
            request = ExportRequest(order.campaign_code, order.release_size, order.export_format, path)
            write_export_file(database, request, _report_progress)
        finally:
            database.close()
    except ExportError as error:
        return (
            f"{error.reason} {error}" if error.reason == "no_room" else error.reason
        )  # which folder, and the disk's own word
    except (StorageUnavailableError, StorageUnreadableError):
        return "away"
    return "done"


def _report_progress(export: CampaignExport) -> CampaignExport:
    responses = export.responses
    return replace(
        export,
        responses=replace(
            responses, read_blocks=lambda write: _count_rows(responses.read_blocks(write), export.max_responses)
        ),
    )


def _count_rows(blocks: RowBlocks, total: int) -> RowBlocks:
    """The rows. With each hundredth of them, tells how many hundredths there were."""
    row_count = reported_percent = 0
    for rows in blocks:
        row_count += len(rows)
        if row_count * 100 // total > reported_percent:
            reported_percent = row_count * 100 // total
            _print_line(str(reported_percent))
        yield rows


def _print_line(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - its output is for the bot


if __name__ == "__main__":
    main()
