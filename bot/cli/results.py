"""What the command results does: prints results, and writes files all or none."""

from collections.abc import Iterable, Iterator
from os.path import lexists
from pathlib import Path

from bot.graphics.alt_text import describe_results
from bot.graphics.drawing import draw, list_charts
from bot.graphics.report import Report
from bot.handlers.results import load_report
from flows.errors import UnknownFlowError
from storage.db.backup import find_target_problem, write_atomically
from storage.db.database import Database
from storage.export.writer import FLOW_MISSING_HINT, WRITE_ERROR_HINT

RESULTS_PDF_FILE = "results.pdf"
FileContent = tuple[Path, bytes]


class OutputError(Exception):
    """Results or sharing materials cannot be shown or written."""


def show_results(database: Database, code: str, release_size: int, language: str, target: Path | None) -> Iterator[str]:
    """Yields a campaign's results in words, and writes images and a page into a folder, or the page alone.

    Raises `OutputError` or `StorageError`.
    """
    report = _load_report(database, code, release_size, language)
    yield describe_results(report.results)
    if target:
        yield from write_all_or_none(_render_files(report, target))


def write_all_or_none(files: Iterable[FileContent]) -> Iterator[str]:
    """Writes new files: all of them or, if it raises `OutputError` or is stopped, none."""
    written_paths: list[Path] = []
    try:
        for target, content in files:
            _write_file(target, content)
            written_paths.append(target)
    except BaseException:
        for target in written_paths:
            target.unlink(missing_ok=True)
        raise
    yield from (f"Written: {to}" for to in written_paths)


def require_new_files(folder: Path, *names: str) -> None:
    """Raises `OutputError` if one of these files cannot be written, before any is."""
    for name in names:
        if lexists(folder / name):
            fix = "choose another folder, or take the files away"
            raise OutputError(f"{folder / name} is there already: nothing is overwritten; {fix}.")
        _require_new_file(folder / name)


def _require_new_file(target: Path) -> None:
    if problem := find_target_problem(target):
        raise OutputError(problem)


def _write_file(target: Path, content: bytes) -> None:
    _require_new_file(target)
    try:
        with write_atomically(target) as partial_file:
            partial_file.write_bytes(content)
    except OSError as error:
        raise OutputError(f"{target} can't be written ({error.strerror}): {WRITE_ERROR_HINT}.") from error


def _load_report(database: Database, code: str, release_size: int, language: str) -> Report:
    try:
        report = load_report(database, code, release_size, language)
    except UnknownFlowError as error:
        raise OutputError(f"The flow of {code} is not here: {FLOW_MISSING_HINT}.") from error
    if report is None:
        raise OutputError(f"Nothing of {code} is released yet: a first release needs {release_size} responses.")
    return report


def _render_files(report: Report, target: Path) -> Iterator[FileContent]:
    """Yields all images and the page for a folder, or the page alone for a .pdf file."""
    if not target.is_dir():
        if target.suffix.casefold() != ".pdf":
            raise OutputError(f"{target} is no folder: name one that is there, or a file that ends in .pdf.")
        _require_new_file(target)
        yield target, draw(report)
        return
    charts = list_charts(report.results)
    names = [f"results-{number}.png" for number in range(1, len(charts) + 1)]
    require_new_files(target, *names, RESULTS_PDF_FILE)
    yield from zip((target / name for name in names), map(draw, charts), strict=True)
    yield target / RESULTS_PDF_FILE, draw(report)
