"""A process of its own that writes one export into a folder.

It reads an `ExportJob` as JSON from its input. On its output it reports each percent of the rows as a line; the last
line is `done`, or the reason for which there is no file, without anything from the file. If the bot has been killed,
nobody reads that output: then it deletes the folder.
"""

import gc
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from bot.delivery.export_job import EXPORT_FILE_NAME, ExportJob
from bot.logs import locate_error
from storage.db.readonly import open_existing
from storage.errors import ExportError, StorageUnavailableError, StorageUnreadableError
from storage.export.tables import CampaignExport, RowBlocks
from storage.export.writer import ExportRequest, write_export_file


def main() -> None:
    """Writes the export that the input orders into the folder that is the first argument."""
    folder = Path(sys.argv[1])
    tempfile.tempdir = str(folder)  # temporary files are deleted with the folder
    try:
        _print_line(_write_export(ExportJob(**json.load(sys.stdin)), folder / EXPORT_FILE_NAME))
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        _print_line(f"{type(error).__name__} at {locate_error(error)}")
        raise


def _write_export(job: ExportJob, path: Path) -> str:
    """Returns `done`, or the reason why there is no file."""
    try:
        gc.disable()  # the objects of a row form no cycles, and there are millions of them
        database = open_existing(job.database_url, job.secret)
        try:
            request = ExportRequest(job.campaign_code, job.release_size, job.export_format, path)
            write_export_file(database, request, _report_progress)
        finally:
            database.close()
    except ExportError as error:
        # The text of `write_failed` names the folder and the system's error, for the log.
        return f"{error.reason} {error}" if error.reason == "write_failed" else error.reason
    except (StorageUnavailableError, StorageUnreadableError):
        return "unavailable"
    return "done"


def _report_progress(export: CampaignExport) -> CampaignExport:
    """Returns the export with a counter around its rows."""
    responses, total = export.responses, export.max_responses
    counted = replace(responses, read_blocks=lambda write: _count_rows(responses.read_blocks(write), total))
    return replace(export, responses=counted)


def _count_rows(blocks: RowBlocks, total: int) -> RowBlocks:
    """Yields the rows, and reports each percent of them."""
    row_count = reported_percent = 0
    for rows in blocks:
        row_count += len(rows)
        if row_count * 100 // total > reported_percent:
            reported_percent = row_count * 100 // total
            _print_line(str(reported_percent))
        yield rows


def _print_line(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the bot reads this output


if __name__ == "__main__":
    main()
