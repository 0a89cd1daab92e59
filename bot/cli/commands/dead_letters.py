"""The commands on dead letters: updates that failed repeatedly."""

import asyncio
import sys
from typing import Annotated

import typer

dead_letter_commands = typer.Typer(help="Updates that failed repeatedly (dead letters).", no_args_is_help=True)


@dead_letter_commands.command("list")
def show_dead_letters() -> None:
    """Lists them without what people wrote."""
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from bot.cli.dead_letters import format_dead_letter_table

    with open_database_or_exit(load_settings_or_exit()) as database:
        print_lines(format_dead_letter_table(database))


@dead_letter_commands.command()
def replay(
    numbers: Annotated[list[int] | None, typer.Argument(help="The ones to process.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All of them, oldest first.")] = False,
) -> None:
    """Processes them again, after the cause was fixed.

    What was processed is deleted from the list.
    """
    if bool(numbers) == every:
        raise typer.BadParameter("give their numbers, or --all")
    from bot.cli.common import load_settings_or_exit, open_database_or_exit
    from bot.cli.dead_letters import DeadLetterNotFoundError, replay_dead_letters
    from bot.cli.doctor.telegram import TelegramUnreachableError

    settings = load_settings_or_exit()
    with open_database_or_exit(settings, DeadLetterNotFoundError, TelegramUnreachableError) as database:
        outcomes = asyncio.run(replay_dead_letters(settings, database, numbers))
    for is_replayed, sentence in outcomes:
        print(sentence, file=sys.stdout if is_replayed else sys.stderr)
    raise typer.Exit(0 if all(is_replayed for is_replayed, _ in outcomes) else 1)


@dead_letter_commands.command()
def drop(numbers: Annotated[list[int], typer.Argument(help="The ones to delete.")]) -> None:
    """Deletes them for good."""
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from bot.cli.dead_letters import DeadLetterNotFoundError, drop_and_report

    with open_database_or_exit(load_settings_or_exit(), DeadLetterNotFoundError) as database:
        print_lines(drop_and_report(database, numbers))
