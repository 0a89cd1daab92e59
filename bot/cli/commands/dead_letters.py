"""The commands on updates that were set aside."""

import asyncio
import sys
from typing import Annotated

import typer

from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines

dead_letter_commands = typer.Typer(
    help="Updates that failed again and again, and were set aside.", no_args_is_help=True
)


@dead_letter_commands.command("list")
def show_dead_letters() -> None:
    """Shows them: number, when, kind, error, where. Nothing of what they say."""
    from bot.cli.dead_letters import format_dead_letter_table

    with open_database_or_exit(load_settings_or_exit()) as database:
        print_lines(format_dead_letter_table(database))


@dead_letter_commands.command()
def replay(
    numbers: Annotated[list[int] | None, typer.Argument(help="Those to take in.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All of them, oldest first.")] = False,
) -> None:
    """Takes them in again, once it is mended what made them fail. What is taken in is erased here."""
    if bool(numbers) == every:
        raise typer.BadParameter("give their numbers, or --all")
    settings = load_settings_or_exit()
    from bot.cli.dead_letters import DeadLetterNotFoundError, replay_dead_letters
    from bot.cli.doctor.telegram import TelegramUnreachableError

    with open_database_or_exit(settings, DeadLetterNotFoundError, TelegramUnreachableError) as database:
        outcomes = asyncio.run(replay_dead_letters(settings, database, numbers))
    for is_replayed, sentence in outcomes:
        print(sentence, file=sys.stdout if is_replayed else sys.stderr)
    raise typer.Exit(0 if all(taken_in for taken_in, _ in outcomes) else 1)


@dead_letter_commands.command()
def drop(numbers: Annotated[list[int], typer.Argument(help="Those to erase.")]) -> None:
    """Erases them for good. Nobody hears of it."""
    from bot.cli.dead_letters import DeadLetterNotFoundError, drop_and_report

    with open_database_or_exit(load_settings_or_exit(), DeadLetterNotFoundError) as database:
        print_lines(drop_and_report(database, numbers))
