"""A download, written: whole, or not at all."""

from collections.abc import Callable
from pathlib import Path

from flows.errors import FlowUnknown
from storage.anonymity.gateway import opened
from storage.db.backup import new_file, wrong_target
from storage.db.database import Database
from storage.errors import NotDownloaded
from storage.export.datapackage import write_package
from storage.export.spss import write_sav
from storage.export.tables import Download, download_of

MOST = {"xlsx": 100_000, "sav": 100_000}  # responses; more of them take minutes, or all memory
NO_FLOW = "it left the library, and nothing can be shown without it; take a version of the bot that has it"
FIX = "see that there is room, and that this user may write there"
Watch = Callable[[Download], Download]


def write_download(database: Database, code: str, size: int, kind: str, to: Path, watch: Watch) -> Download:
    """Writes a campaign's download to a new file; gives what is in it.

    `size` responses at least make a release, and as many look alike where nobody has looked at this one before. `kind`
    is package, xlsx or sav. `watch` is given the download before it is written, and gives it back. Raises
    `CampaignUnknown`, `NotDownloaded`, `StorageAway`.
    """
    fault = wrong_target(to)
    if fault:
        raise NotDownloaded(fault)
    try:
        with opened(database, code, size) as campaign, new_file(to) as part:
            download = download_of(campaign)
            _check(download, kind)
            writer_of(kind)(watch(download), part)
    except FlowUnknown as fault_of_flow:
        raise NotDownloaded(f"The flow of {code} is not here: {NO_FLOW}.") from fault_of_flow
    except OSError as fault_of_disk:
        raise NotDownloaded(f"{to} can't be written ({fault_of_disk.strerror}): {FIX}.", "no_room") from fault_of_disk
    return download


def writer_of(kind: str) -> Callable[[Download, Path], None]:
    """What writes downloads of this kind."""
    if kind == "xlsx":
        from storage.export.excel import write_xlsx  # noqa: PLC0415 - takes memory that the others need not

        return write_xlsx
    return write_sav if kind == "sav" else write_package


def _check(download: Download, kind: str) -> None:
    if not download.many:
        raise NotDownloaded(
            f"Nothing of {download.campaign} is released yet: a first download needs {download.size} responses.",
            "early",
        )
    if download.many > MOST.get(kind, download.many):
        raise NotDownloaded(
            f"These are more than {MOST[kind]:,} responses, too many for {kind}: take a package, and a name with .zip.",
            "too_many",
        )
