"""A download, written: whole, or not at all."""

from collections.abc import Callable
from pathlib import Path

from flows.errors import UnknownFlowError
from storage.anonymity.gateway import open_release_view
from storage.db.backup import find_target_problem, write_atomically
from storage.db.database import Database
from storage.errors import ExportError
from storage.export.datapackage import write_package
from storage.export.spss import write_sav
from storage.export.tables import CampaignExport, build_export

MAX_RESPONSES_BY_FORMAT = {"xlsx": 100_000, "sav": 100_000}  # responses; more of them take minutes, or all memory
FLOW_MISSING_HINT = "it left the library, and nothing can be shown without it; take a version of the bot that has it"
WRITE_ERROR_HINT = "see that there is room, and that this user may write there"
ExportWatcher = Callable[[CampaignExport], CampaignExport]


def write_export_file(
    database: Database, code: str, release_size: int, file_format: str, target: Path, watch: ExportWatcher
) -> CampaignExport:
    """Writes a campaign's download to a new file; gives what is in it.

    `size` responses at least make a release, and as many look alike where nobody has looked at this one before. `kind`
    is package, xlsx or sav. `watch` is given the download before it is written, and gives it back. Raises
    `CampaignUnknown`, `NotDownloaded`, `StorageAway`.
    """
    problem = find_target_problem(target)
    if problem:
        raise ExportError(problem)
    try:
        with (
            open_release_view(database, code, release_size) as release_view,
            write_atomically(target) as temporary_path,
        ):
            export = build_export(release_view)
            _check_exportable(export, file_format)
            get_writer(file_format)(watch(export), temporary_path)
    except UnknownFlowError as flow_error:
        raise ExportError(f"The flow of {code} is not here: {FLOW_MISSING_HINT}.") from flow_error
    except OSError as disk_error:
        raise ExportError(
            f"{target} can't be written ({disk_error.strerror}): {WRITE_ERROR_HINT}.", "no_room"
        ) from disk_error
    return export


def get_writer(file_format: str) -> Callable[[CampaignExport, Path], None]:
    """What writes downloads of this kind."""
    if file_format == "xlsx":
        from storage.export.excel import write_xlsx  # noqa: PLC0415 - takes memory that the others need not

        return write_xlsx
    return write_sav if file_format == "sav" else write_package


def _check_exportable(export: CampaignExport, file_format: str) -> None:
    if not export.max_responses:
        raise ExportError(
            f"Nothing of {export.campaign} is released yet: a first download needs {export.release_size} responses.",
            "early",
        )
    if export.max_responses > MAX_RESPONSES_BY_FORMAT.get(file_format, export.max_responses):
        raise ExportError(
            f"These are more than {MAX_RESPONSES_BY_FORMAT[file_format]:,} responses, too many for {file_format}: take a package, and a name with .zip.",
            "too_many",
        )
