"""What commands share that work on the database beside the running bot."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, TypeVar

import structlog
import typer

from bot.settings import Settings, SettingsError, read_settings

# @@DOC How a command ends that could not do its work: exit code 1 and one plain sentence on standard error.
log = structlog.get_logger()
Result = TypeVar("Result")


def exit_with_error(error: Exception) -> NoReturn:
    sentence = error.strerror if isinstance(error, OSError) and not error.filename else None
    print(f"Could not: {sentence or error}", file=sys.stderr)
    raise typer.Exit(1)


def run_or_exit(work: Callable[[], Result], *error_types: type[Exception]) -> Result:
    """What this gives; where it raises one of these, the command ends."""
    try:
        return work()
    except error_types as error:
        exit_with_error(error)


def load_settings_or_exit() -> Settings:
    """The settings, and logs as they say. Ends the command for one that can't be used; warns of what is none."""
    from bot.logs import configure_logging
    from bot.settings import find_unknown_settings

    settings = run_or_exit(read_settings, SettingsError)
    configure_logging(settings)
    for unknown_setting in find_unknown_settings():
        log.warning("this is no setting", name=unknown_setting.name, nearest=unknown_setting.closest_name)
    return settings


if TYPE_CHECKING:
    from storage.db.database import Database


@contextmanager
def open_database_or_exit(settings: Settings, *expected_errors: type[Exception]) -> Iterator["Database"]:
    """The database that is there. What goes wrong with it, or one of these faults, ends the command."""
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


# @@DOC Rows as lines of text, one column under the other.
def format_table(*rows: Sequence[str]) -> Iterator[str]:
    """A line for each row, the first one the columns' names."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
