"""Writes the export of a campaign to a file: completely, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flows.errors import UnknownFlowError
from storage.anonymity.gateway import open_release_view
from storage.db.backup import find_target_problem, write_atomically
from storage.db.database import Database
from storage.errors import ExportError
from storage.export.datapackage import write_package
from storage.export.spss import write_sav
from storage.export.tables import CampaignExport, build_export

MAX_RESPONSES_BY_FORMAT = {"xlsx": 100_000, "sav": 100_000}  # more take minutes, or all memory
FLOW_MISSING_HINT = "nothing can be shown without it; use a version of the bot whose library has it"
WRITE_ERROR_HINT = "see that there is room, and that this user may write there"

ExportWatcher = Callable[[CampaignExport], CampaignExport]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export, and where to. `file_format` is package, xlsx or sav.

    `release_size` is the number of responses that make a release; see `open_release_view`.
    """

    campaign: str
    release_size: int
    file_format: str
    target: Path


def write_export_file(database: Database, request: ExportRequest, watch: ExportWatcher) -> CampaignExport:
    """Writes a new file and returns what is in it.

    `watch` can replace the export before it is written, to follow the progress. Raises `ExportError`,
    `UnknownCampaignError` and `StorageUnavailableError`; no file is left then.
    """
    target = request.target
    problem = find_target_problem(target)
    if problem:
        raise ExportError(problem)
    try:
        with (
            open_release_view(database, request.campaign, request.release_size) as release_view,
            write_atomically(target) as temporary_path,
        ):
            export = build_export(release_view)
            _check_exportable(export, request.file_format)
            get_writer(request.file_format)(watch(export), temporary_path)
    except UnknownFlowError as error:
        raise ExportError(f"The flow of {request.campaign} is not in the library: {FLOW_MISSING_HINT}.") from error
    except OSError as error:
        raise ExportError(
            f"{target} can't be written ({error.strerror}): {WRITE_ERROR_HINT}.", "write_failed"
        ) from error
    return export


def get_writer(file_format: str) -> Callable[[CampaignExport, Path], None]:
    """Returns the function that writes this format."""
    if file_format == "xlsx":
        from storage.export.excel import write_xlsx  # noqa: PLC0415 - XlsxWriter's memory is for this format only

        return write_xlsx
    return write_sav if file_format == "sav" else write_package


def _check_exportable(export: CampaignExport, file_format: str) -> None:
    if not export.max_responses:
        raise ExportError(
            f"Nothing of {export.campaign} is released yet: a first download needs {export.release_size} responses.",
            "no_release",
        )
    limit = MAX_RESPONSES_BY_FORMAT.get(file_format)
    if limit is not None and export.max_responses > limit:
        raise ExportError(
            f"There are more than {limit:,} responses, too many for {file_format}: "
            "take a package, with a name that ends in .zip.",
            "too_many",
        )
