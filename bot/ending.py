"""How a command ends that could not do its work: exit code 1 and one plain sentence on standard error."""

import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

import structlog
import typer

from bot.settings import Settings, Unset, read_settings

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
    from bot.strangers import strangers

    settings = or_end(read_settings, Unset)
    set_up_logs(settings)
    for stranger in strangers():
        log.warning("this is no setting", name=stranger.name, nearest=stranger.nearest)
    return settings
