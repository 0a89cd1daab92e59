"""The commands on coordinators."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli.arguments import CoordinatorNumber, parse_optional_campaign_code

coordinator_commands = typer.Typer(help="Coordinators: who they are, what they did.", no_args_is_help=True)


@coordinator_commands.command("list")
def show_coordinators() -> None:
    """Lists all coordinators: number, organisation, when they joined."""
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from bot.cli.coordinators import format_coordinator_table

    settings = load_settings_or_exit()
    with open_database_or_exit(settings) as database:
        print_lines(format_coordinator_table(database, settings.coordinator_ids))


@coordinator_commands.command()
def acts() -> None:
    """Lists what was done, oldest first. Shows no answers."""
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from bot.cli.coordinators import format_audit_log

    with open_database_or_exit(load_settings_or_exit()) as database:
        print_lines(format_audit_log(database))


@coordinator_commands.command()
def invite(
    organisation: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="From `coordinators list`. Default: a new one.", callback=parse_optional_campaign_code
        ),
    ] = None,
) -> None:
    """Prints a link with which one person becomes a coordinator."""
    from bot.cli.campaigns import load_bot_username
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from bot.cli.coordinators import InvitationRefusedError, invite_and_report

    settings = load_settings_or_exit()
    with open_database_or_exit(settings, InvitationRefusedError) as database:
        bot_username = asyncio.run(load_bot_username(settings))
        print_lines(invite_and_report(database, organisation, bot_username, datetime.now(UTC)))


@coordinator_commands.command()
def remove(number: CoordinatorNumber) -> None:
    """Removes a coordinator who was invited, at once."""
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from bot.cli.coordinators import RemovalRefusedError, remove_and_report

    settings = load_settings_or_exit()
    with open_database_or_exit(settings, RemovalRefusedError) as database:
        print_lines(remove_and_report(database, number, settings.coordinator_ids))


@coordinator_commands.command()
def revoke() -> None:
    """Ends all invitations that were not used yet."""
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from bot.cli.coordinators import revoke_and_report

    with open_database_or_exit(load_settings_or_exit()) as database:
        print_lines(revoke_and_report(database))
