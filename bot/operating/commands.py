"""The operator's commands: doctor, backup, purge, release, export, set-aside. They work beside the running bot."""

import asyncio
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.ending import could_not, or_end, usable_settings
from bot.settings import Settings, Unset, look_at_settings

if TYPE_CHECKING:
    from storage.database import Database

operating = typer.Typer()
set_aside = typer.Typer(help="Updates that failed again and again, and were set aside.", no_args_is_help=True)
operating.add_typer(set_aside, name="set-aside")


@operating.command()
def doctor() -> None:
    """Says what is wrong and how to mend it. Changes nothing."""
    from bot.operating.doctor import examine
    from bot.operating.findings import Finding, Mark
    from bot.strangers import strangers

    settings, wrong = or_end(look_at_settings, Unset)

    async def told() -> list[Finding]:
        found = []
        async for finding in examine(settings, wrong, list(strangers())):
            print(finding, flush=True)
            found.append(finding)
        return found

    faults = [finding.subject for finding in asyncio.run(told()) if finding.mark is Mark.MEND]
    print(f"To mend: {', '.join(dict.fromkeys(faults))}." if faults else "Nothing to mend.")
    raise typer.Exit(1 if faults else 0)


@operating.command()
def backup(to: Annotated[Path, typer.Option(help="The file to write. Nothing is overwritten.")]) -> None:
    """Writes a backup of the database. The key is not in it."""
    from bot.operating.backing_up import lines
    from storage.faults import StorageFault

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half written is removed
    try:
        _print_all(lines(usable_settings(), to))
    except StorageFault as fault:
        could_not(fault)


@operating.command()
def purge(
    older_than: Annotated[
        int | None, typer.Option(min=1, max=36_500, metavar="DAYS", help="RETENTION_DAYS, unless told.")
    ] = None,
) -> None:
    """Erases what nobody has touched for a time, as a running bot does every hour."""
    settings = usable_settings()
    from bot.operating.purging import erase

    with _existing(settings) as database:
        _print_all(erase(database, older_than or settings.retention_days))


@operating.command()
def release(
    campaign: Annotated[str | None, typer.Option(metavar="CODE", help="One campaign's only.")] = None,
) -> None:
    """Releases what is due now, as a running bot does every minute."""
    settings = usable_settings()
    from bot.operating.releasing import make_visible

    with _existing(settings) as database:
        _print_all(make_visible(database, settings.release_size, campaign))


@operating.command()
def export(
    campaign: Annotated[str, typer.Option(metavar="CODE", help="The campaign.")],
    to: Annotated[Path, typer.Option(help="The file to write. Nothing is overwritten.")],
    kind: Annotated[Literal["package", "xlsx", "sav"], typer.Option("--format", help="What kind of file.")] = "package",
) -> None:
    """Writes what is released of a campaign to a file, for people who work with the answers."""
    settings = usable_settings()
    from bot.operating.exporting import export as write

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half written is removed
    with _existing(settings) as database:
        _print_all(write(database, campaign, settings.release_size, kind, to))


@set_aside.command("list")
def show() -> None:
    """Shows them: number, when, kind, error, where. Nothing of what they say."""
    from bot.operating.aside import table

    with _existing(usable_settings()) as database:
        _print_all(table(database))


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
    from bot.operating.aside import NotThere, replay_all
    from bot.operating.telegram import Unreachable

    with _existing(settings, NotThere, Unreachable) as database:
        done = asyncio.run(replay_all(settings, database, numbers))
    for taken_in, said in done:
        print(said, file=sys.stdout if taken_in else sys.stderr)
    raise typer.Exit(0 if all(taken_in for taken_in, _ in done) else 1)


@set_aside.command()
def drop(numbers: Annotated[list[int], typer.Argument(help="Those to erase.")]) -> None:
    """Erases them for good. Nobody hears of it."""
    from bot.operating.aside import NotThere, give_up

    with _existing(usable_settings(), NotThere) as database:
        _print_all(give_up(database, numbers))


@contextmanager
def _existing(settings: Settings, *faults: type[Exception]) -> Iterator["Database"]:
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


def _print_all(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)
