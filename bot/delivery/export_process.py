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

from bot.logs import where
from storage.db.readonly import open_existing
from storage.errors import NotDownloaded, StorageAway, StorageUnusable
from storage.export.tables import Blocks, Download
from storage.export.writer import write_download

NAME = "download"


@dataclass(frozen=True, slots=True)
class Order:
    """A download to be written: of which database, which campaign, in which format.

    `size` responses at least make a release.
    """

    address: str
    secret: str | None
    size: int
    code: str
    kind: str


def main() -> None:
    """Writes what it is told to write."""
    folder = Path(sys.argv[1])
    tempfile.tempdir = str(folder)  # so that all of it goes with the folder
    try:
        _tell(_written(Order(**json.load(sys.stdin)), folder / NAME))
    except BaseException as fault:
        shutil.rmtree(folder, ignore_errors=True)
        _tell(f"{type(fault).__name__} at {where(fault)}")
        raise


def _written(order: Order, to: Path) -> str:
    """`done`, or why not."""
    try:
        gc.disable()  # nothing of what is made for a row holds itself, and there are millions of them
        database = open_existing(order.address, order.secret)
        try:
            write_download(database, order.code, order.size, order.kind, to, _watched)
        finally:
            database.close()
    except NotDownloaded as fault:
        return f"{fault.why} {fault}" if fault.why == "no_room" else fault.why  # which folder, and the disk's own word
    except (StorageAway, StorageUnusable):
        return "away"
    return "done"


def _watched(download: Download) -> Download:
    table = download.responses
    return replace(download, responses=replace(table, read=lambda put: _counted(table.read(put), download.many)))


def _counted(blocks: Blocks, many: int) -> Blocks:
    """The rows. With each hundredth of them, tells how many hundredths there were."""
    done = told = 0
    for rows in blocks:
        done += len(rows)
        if done * 100 // many > told:
            told = done * 100 // many
            _tell(str(told))
        yield rows


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - its output is for the bot


if __name__ == "__main__":
    main()
