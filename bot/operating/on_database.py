"""What commands share that work on the database beside the running bot."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.ending import could_not
from bot.settings import Settings

if TYPE_CHECKING:
    from storage.database import Database


@contextmanager
def existing(settings: Settings, *faults: type[Exception]) -> Iterator["Database"]:
    """The database that is there. What goes wrong with it, or one of these faults, ends the command."""
    from storage.faults import StorageFault
    from storage.looking import open_existing

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
