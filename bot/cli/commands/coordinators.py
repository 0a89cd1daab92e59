"""The commands on coordinators."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli.arguments import CoordinatorNumber, parse_optional_campaign_code
from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines

coordinator_commands = typer.Typer(help="Coordinators: who is one, and what they did.", no_args_is_help=True)


@coordinator_commands.command("list")
def show_coordinators() -> None:
    """Shows all coordinators: number, organisation, how they became one."""
    settings = load_settings_or_exit()
    from bot.cli.coordinators import format_coordinator_table

    with open_database_or_exit(settings) as database:
        print_lines(format_coordinator_table(database, settings.coordinator_ids))


@coordinator_commands.command()
def acts() -> None:
    """Shows what was done, oldest first: when, by whom, what, with which campaign. No answers."""
    from bot.cli.coordinators import format_audit_log as all_lines

    with open_database_or_exit(load_settings_or_exit()) as database:
        print_lines(all_lines(database))


@coordinator_commands.command()
def invite(
    organisation: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="As `coordinators list` shows it; a new one, unless told.",
            callback=parse_optional_campaign_code,
        ),
    ] = None,
) -> None:
    """Gives a link with which one person becomes a coordinator: of a new organisation, or of one that is there."""
    settings = load_settings_or_exit()
    from bot.cli.campaigns import load_bot_username
    from bot.cli.coordinators import InvitationRefusedError
    from bot.cli.coordinators import invite_and_report as make

    with open_database_or_exit(settings, InvitationRefusedError) as database:
        print_lines(make(database, organisation, asyncio.run(load_bot_username(settings)), datetime.now(UTC)))


@coordinator_commands.command()
def remove(number: CoordinatorNumber) -> None:
    """Takes out somebody who came by an invitation. It counts at once."""
    settings = load_settings_or_exit()
    from bot.cli.coordinators import RemovalRefusedError
    from bot.cli.coordinators import remove_and_report as take_out

    with open_database_or_exit(settings, RemovalRefusedError) as database:
        print_lines(take_out(database, number, settings.coordinator_ids))


@coordinator_commands.command()
def revoke() -> None:
    """Ends all invitations that nobody has followed yet."""
    from bot.cli.coordinators import revoke_and_report as end_all

    with open_database_or_exit(load_settings_or_exit()) as database:
        print_lines(end_all(database))
