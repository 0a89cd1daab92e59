"""The commands on coordinators."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli.arguments import Number, named_or_none
from bot.cli.common import existing, print_all, usable_settings

coordinators = typer.Typer(help="Coordinators: who is one, and what they did.", no_args_is_help=True)


@coordinators.command("list")
def show() -> None:
    """Shows all coordinators: number, organisation, how they became one."""
    settings = usable_settings()
    from bot.cli.coordinators import table

    with existing(settings) as database:
        print_all(table(database, settings.coordinator_ids))


@coordinators.command()
def acts() -> None:
    """Shows what was done, oldest first: when, by whom, what, with which campaign. No answers."""
    from bot.cli.coordinators import acts as all_lines

    with existing(usable_settings()) as database:
        print_all(all_lines(database))


@coordinators.command()
def invite(
    organisation: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="As `coordinators list` shows it; a new one, unless told.", callback=named_or_none
        ),
    ] = None,
) -> None:
    """Gives a link with which one person becomes a coordinator: of a new organisation, or of one that is there."""
    settings = usable_settings()
    from bot.cli.campaigns import name_of
    from bot.cli.coordinators import NotInvited
    from bot.cli.coordinators import invite as make

    with existing(settings, NotInvited) as database:
        print_all(make(database, organisation, asyncio.run(name_of(settings)), datetime.now(UTC)))


@coordinators.command()
def remove(number: Number) -> None:
    """Takes out somebody who came by an invitation. It counts at once."""
    settings = usable_settings()
    from bot.cli.coordinators import NotTakenOut
    from bot.cli.coordinators import remove as take_out

    with existing(settings, NotTakenOut) as database:
        print_all(take_out(database, number, settings.coordinator_ids))


@coordinators.command()
def revoke() -> None:
    """Ends all invitations that nobody has followed yet."""
    from bot.cli.coordinators import revoke as end_all

    with existing(usable_settings()) as database:
        print_all(end_all(database))
