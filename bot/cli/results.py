"""A campaign's results by command line: in words, and as files that are there whole or not at all."""

from collections.abc import Iterable, Iterator
from os.path import lexists
from pathlib import Path

from bot.graphics.alt_text import tell_results
from bot.graphics.drawing import charts_of, draw
from bot.graphics.report import Report
from bot.handlers.results import report_of
from flows.errors import FlowUnknown
from storage.db.backup import new_file, wrong_target
from storage.db.database import Database
from storage.export.writer import FIX, NO_FLOW

PAGE = "results.pdf"
File = tuple[Path, bytes]


class NotShown(Exception):
    """A campaign's results, or what it is shared with, can't be shown or written."""


def show(database: Database, code: str, size: int, language: str, to: Path | None) -> Iterator[str]:
    """The words of a campaign's results; and files, in a folder, or the page to print alone. Raises `NotShown`,
    `StorageFault`.
    """
    report = _report(database, code, size, language)
    yield tell_results(report.results)
    if to:
        yield from written(_files(report, to))


def written(files: Iterable[File]) -> Iterator[str]:
    """Writes new files, and says so: all of them or, where it raises `NotShown` or is ended, none."""
    done: list[Path] = []
    try:
        for to, content in files:
            _write(to, content)
            done.append(to)
    except BaseException:
        for to in done:
            to.unlink(missing_ok=True)
        raise
    yield from (f"Written: {to}" for to in done)


def refuse_any(folder: Path, *names: str) -> None:
    """Raises `NotShown` where one of these files can't be made: before any is written."""
    for name in names:
        if lexists(folder / name):
            fix = "choose another folder, or take the files away"
            raise NotShown(f"{folder / name} is there already: nothing is overwritten; {fix}.")
        _refuse(folder / name)


def _refuse(to: Path) -> None:
    if fault := wrong_target(to):
        raise NotShown(fault)


def _write(to: Path, content: bytes) -> None:
    _refuse(to)
    try:
        with new_file(to) as part:
            part.write_bytes(content)
    except OSError as fault:
        raise NotShown(f"{to} can't be written ({fault.strerror}): {FIX}.") from fault


def _report(database: Database, code: str, size: int, language: str) -> Report:
    try:
        report = report_of(database, code, size, language)
    except FlowUnknown as fault:
        raise NotShown(f"The flow of {code} is not here: {NO_FLOW}.") from fault
    if report is None:
        raise NotShown(f"Nothing of {code} is released yet: a first release needs {size} responses.")
    return report


def _files(report: Report, to: Path) -> Iterator[File]:
    """All pictures and the page, in a folder; the page, where a file that ends in .pdf is named."""
    if not to.is_dir():
        if to.suffix.casefold() != ".pdf":
            raise NotShown(f"{to} is no folder: name one that is there, or a file that ends in .pdf.")
        _refuse(to)
        yield to, draw(report)
        return
    charts = charts_of(report.results)
    names = [f"results-{number}.png" for number in range(1, len(charts) + 1)]
    refuse_any(to, *names, PAGE)
    yield from zip((to / name for name in names), map(draw, charts), strict=True)
    yield to / PAGE, draw(report)
