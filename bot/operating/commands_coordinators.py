"""The commands on coordinators."""

from typing import Annotated

import typer

from bot.ending import usable_settings
from bot.operating.on_database import existing, print_all

coordinators = typer.Typer(help="Coordinators: who is one, and what they did.", no_args_is_help=True)


@coordinators.command("list")
def show() -> None:
    """Shows all coordinators: number, organisation, how they became one."""
    settings = usable_settings()
    from bot.operating.coordinators import table

    with existing(settings) as database:
        print_all(table(database, settings.coordinator_ids))


@coordinators.command()
def acts() -> None:
    """Shows what was done, oldest first: when, by whom, what, with which campaign. No answers."""
    from bot.operating.coordinators import acts as all_lines

    with existing(usable_settings()) as database:
        print_all(all_lines(database))


@coordinators.command()
def remove(number: Annotated[int, typer.Argument(help="As `coordinators list` shows it.")]) -> None:
    """Takes out somebody who came by an invitation. It counts at once."""
    settings = usable_settings()
    from bot.operating.coordinators import NotTakenOut
    from bot.operating.coordinators import remove as take_out

    with existing(settings, NotTakenOut) as database:
        print_all(take_out(database, number, settings.coordinator_ids))


@coordinators.command()
def revoke() -> None:
    """Ends all invitations that nobody has followed yet."""
    from bot.operating.coordinators import revoke as end_all

    with existing(usable_settings()) as database:
        print_all(end_all(database))
