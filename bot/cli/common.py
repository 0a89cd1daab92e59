"""What commands share: how they end when they cannot do their work, settings, the database, tables of text."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, TypeVar

import structlog
import typer

from bot.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from storage.db.database import Database

log = structlog.get_logger()
Result = TypeVar("Result")


def exit_with_error(error: Exception) -> NoReturn:
    """Ends the command with exit code 1 and one sentence on standard error."""
    sentence = error.strerror if isinstance(error, OSError) and not error.filename else None
    print(f"Could not: {sentence or error}", file=sys.stderr)
    raise typer.Exit(1)


def run_or_exit(work: Callable[[], Result], *error_types: type[Exception]) -> Result:
    """Returns what `work` returns. Ends the command if it raises one of `error_types`."""
    try:
        return work()
    except error_types as error:
        exit_with_error(error)


def load_settings_or_exit() -> Settings:
    """Reads the settings and configures logging. Ends the command if a setting is invalid; warns of unknown ones."""
    from bot.logs import configure_logging
    from bot.settings import find_unknown_settings

    settings = run_or_exit(read_settings, SettingsError)
    configure_logging(settings)
    for unknown_setting in find_unknown_settings():
        log.warning("unknown setting", name=unknown_setting.name, nearest=unknown_setting.closest_name)
    return settings


@contextmanager
def open_database_or_exit(settings: Settings, *expected_errors: type[Exception]) -> Iterator["Database"]:
    """Opens an existing database. A storage error, or one of `expected_errors`, ends the command."""
    from storage.db.readonly import open_existing
    from storage.errors import StorageError

    try:
        database = open_existing(settings.database_url, settings.secret)
        try:
            yield database
        finally:
            database.close()
    except StorageError as error:
        exit_with_error(error)
    except expected_errors as error:
        exit_with_error(error)


def print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)


def format_table(*rows: Sequence[str]) -> Iterator[str]:
    """Yields one line per row with aligned columns. The first row holds the column names."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
