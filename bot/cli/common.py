"""What commands share that work on the database beside the running bot."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, TypeVar

import structlog
import typer

from bot.settings import Settings, Unset, read_settings

# @@DOC How a command ends that could not do its work: exit code 1 and one plain sentence on standard error.
log = structlog.get_logger()
Result = TypeVar("Result")


def could_not(fault: Exception) -> NoReturn:
    sentence = fault.strerror if isinstance(fault, OSError) and not fault.filename else None
    print(f"Could not: {sentence or fault}", file=sys.stderr)
    raise typer.Exit(1)


def or_end(work: Callable[[], Result], *faults: type[Exception]) -> Result:
    """What this gives; where it raises one of these, the command ends."""
    try:
        return work()
    except faults as fault:
        could_not(fault)


def usable_settings() -> Settings:
    """The settings, and logs as they say. Ends the command for one that can't be used; warns of what is none."""
    from bot.logs import set_up_logs
    from bot.settings import strangers

    settings = or_end(read_settings, Unset)
    set_up_logs(settings)
    for stranger in strangers():
        log.warning("this is no setting", name=stranger.name, nearest=stranger.nearest)
    return settings


if TYPE_CHECKING:
    from storage.db.database import Database


@contextmanager
def existing(settings: Settings, *faults: type[Exception]) -> Iterator["Database"]:
    """The database that is there. What goes wrong with it, or one of these faults, ends the command."""
    from storage.db.readonly import open_existing
    from storage.errors import StorageFault

    try:
        database = open_existing(settings.database_url, settings.secret)
        try:
            yield database
        finally:
            database.close()
    except StorageFault as fault:
        could_not(fault)
    except faults as fault:
        could_not(fault)


def print_all(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)


# @@DOC Rows as lines of text, one column under the other.
def lined(*rows: Sequence[str]) -> Iterator[str]:
    """A line for each row, the first one the columns' names."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip()
