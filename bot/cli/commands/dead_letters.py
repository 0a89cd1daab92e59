"""The commands on updates that were set aside."""

import asyncio
import sys
from typing import Annotated

import typer

from bot.cli.common import existing, print_all, usable_settings

set_aside = typer.Typer(help="Updates that failed again and again, and were set aside.", no_args_is_help=True)


@set_aside.command("list")
def show() -> None:
    """Shows them: number, when, kind, error, where. Nothing of what they say."""
    from bot.cli.dead_letters import table

    with existing(usable_settings()) as database:
        print_all(table(database))


@set_aside.command()
def replay(
    numbers: Annotated[list[int] | None, typer.Argument(help="Those to take in.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All of them, oldest first.")] = False,
) -> None:
    """Takes them in again, once it is mended what made them fail. What is taken in is erased here."""
    if bool(numbers) == every:
        raise typer.BadParameter("give their numbers, or --all")
    settings = usable_settings()
    from bot.cli.dead_letters import NotThere, replay_all
    from bot.cli.doctor.telegram import Unreachable

    with existing(settings, NotThere, Unreachable) as database:
        done = asyncio.run(replay_all(settings, database, numbers))
    for taken_in, said in done:
        print(said, file=sys.stdout if taken_in else sys.stderr)
    raise typer.Exit(0 if all(taken_in for taken_in, _ in done) else 1)


@set_aside.command()
def drop(numbers: Annotated[list[int], typer.Argument(help="Those to erase.")]) -> None:
    """Erases them for good. Nobody hears of it."""
    from bot.cli.dead_letters import NotThere, give_up

    with existing(usable_settings(), NotThere) as database:
        print_all(give_up(database, numbers))
