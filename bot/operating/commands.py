"""The operator's commands: doctor, backup, purge, release, export and more. They work beside the running bot."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.ending import could_not, or_end, usable_settings
from bot.operating.commands_aside import set_aside
from bot.operating.commands_campaign import campaign as campaigns
from bot.operating.commands_comments import Campaign, comments
from bot.operating.commands_coordinators import coordinators
from bot.operating.on_database import existing, print_all
from bot.operating.targets import Language, NewFile, kind_of, named_or_none
from bot.settings import Unset, look_at_settings

operating = typer.Typer()
operating.add_typer(set_aside, name="set-aside")
operating.add_typer(comments, name="comments")
operating.add_typer(campaigns, name="campaign")
operating.add_typer(coordinators, name="coordinators")


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
def backup(to: NewFile) -> None:
    """Writes a backup of the database. The key is not in it."""
    from bot.operating.backing_up import lines
    from storage.faults import StorageFault

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half written is removed
    try:
        print_all(lines(usable_settings(), to))
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

    with existing(settings) as database:
        print_all(erase(database, older_than or settings.retention_days))


@operating.command()
def release(
    campaign: Annotated[
        str | None, typer.Option(metavar="CODE", help="One campaign's only.", callback=named_or_none)
    ] = None,
) -> None:
    """Releases what is due now, as a running bot does every minute."""
    settings = usable_settings()
    from bot.operating.releasing import make_visible

    with existing(settings) as database:
        print_all(make_visible(database, settings.release_size, campaign))


@operating.command()
def export(
    campaign: Campaign,
    to: NewFile,
    kind: Annotated[
        Literal["package", "xlsx", "sav"] | None,
        typer.Option("--format", help="What kind of file; as its name ends (.zip, .xlsx, .sav), unless told."),
    ] = None,
) -> None:
    """Writes what is released of a campaign to a file, for people who work with the answers."""
    wanted = kind_of(to, kind)
    settings = usable_settings()
    from bot.operating.exporting import export as write

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half written is removed
    with existing(settings) as database:
        print_all(write(database, campaign, settings.release_size, wanted, to))


@operating.command()
def results(
    campaign: Campaign,
    to: Annotated[
        Path | None, typer.Option(help="A folder for the pictures and the page; or the page, a .pdf.")
    ] = None,
    language: Language = "en",
) -> None:
    """Shows what may be shown of a campaign's answers, in words; and writes it as pictures and as a page to print."""
    settings = usable_settings()
    from bot.operating.showing import NotShown, show

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half written is removed
    with existing(settings, NotShown) as database:
        print_all(show(database, campaign, settings.release_size, language, to))
