"""The command line: `python -m bot`, or `connection-test`. Exit codes: 0 done, 1 could not, 2 wrong use.

Heavy imports stand inside the commands: `--help`, `check` and `draw` need none of them.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.cli.arguments import Language, NewFile, kind_of, named_or_none
from bot.cli.commands.campaigns import campaign as campaigns
from bot.cli.commands.comments import Campaign, comments
from bot.cli.commands.coordinators import coordinators
from bot.cli.commands.dead_letters import set_aside
from bot.cli.common import could_not, existing, or_end, print_all, usable_settings
from bot.settings import Unset, look_at_settings
from flows.errors import FlowFault
from flows.loader import DEFAULT, load

# @@DOC The operator's commands: doctor, backup, purge, release, export and more. They work beside the running bot.
operating = typer.Typer()
operating.add_typer(set_aside, name="set-aside")
operating.add_typer(comments, name="comments")
operating.add_typer(campaigns, name="campaign")
operating.add_typer(coordinators, name="coordinators")


@operating.command()
def doctor() -> None:
    """Says what is wrong and how to mend it. Changes nothing."""
    from bot.cli.doctor import examine
    from bot.cli.doctor.findings import Finding, Mark
    from bot.settings import strangers

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
    from bot.cli.database import lines
    from storage.errors import StorageFault

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
    from bot.cli.database import erase

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
    from bot.cli.database import make_visible

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
    from bot.cli.database import export as write

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
    from bot.cli.results import NotShown, show

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half written is removed
    with existing(settings, NotShown) as database:
        print_all(show(database, campaign, settings.release_size, language, to))


if TYPE_CHECKING:
    from flows.state_machine import Walk

cli = typer.Typer(
    name="connection-test",
    help="The connection test and five key messages, one question at a time, on Telegram.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli.add_typer(operating)
Flow = Annotated[str, typer.Argument(help="The flow's folder in flows/library.")]


@cli.command()
def run() -> None:
    """Runs the bot on Telegram. Without TELEGRAM_BOT_TOKEN, the preview."""
    settings = usable_settings()
    from bot.app import serve
    from bot.cli.preview import preview

    if settings.token is None:
        print("TELEGRAM_BOT_TOKEN is not set, so this is the preview.", flush=True)
        _until_stopped(lambda stopping: preview(settings, settings.port, stopping))
    else:
        _until_stopped(lambda stopping: serve(settings, stopping))


@cli.command()
def preview(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; PORT, or 8080, unless told.")
    ] = None,
) -> None:
    """Runs the bot in a phone-like page in the browser; no Telegram needed."""
    settings = usable_settings()
    from bot.cli.preview import preview as serve_preview

    chosen = settings.port if port is None else port
    _until_stopped(lambda stopping: serve_preview(settings, chosen, stopping))


@cli.command()
def play(
    flow: Flow = DEFAULT,
    language: Annotated[str, typer.Option(help="A language code, such as en.")] = "en",
) -> None:
    """Walks a flow here in the terminal. Nothing is kept."""
    from bot.cli.terminal import walk_through

    walk_through(_load(flow), language)


@cli.command()
def check(flow: Flow = DEFAULT) -> None:
    """Checks a flow: its places, its words, its labels, its buttons."""
    found = _load(flow).flow
    languages = ", ".join(found.labels)
    print(f"{found.id}, version {found.version}: {len(found.questions)} questions, in {languages}. All is well.")


@cli.command()
def draw(flow: Flow = DEFAULT) -> None:
    """Prints a flow's machine as a Mermaid diagram."""
    from bot.cli.terminal import mermaid

    print(mermaid(_load(flow)))


def main() -> None:
    """The entry point. Whatever goes wrong ends in one plain sentence on standard error."""
    try:
        cli()
    except KeyboardInterrupt:
        sys.exit(1)


def _load(name: str) -> "Walk":
    return or_end(lambda: load(name), FlowFault)


def _until_stopped(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    import uvloop

    from bot.runtime import stop_on_signals
    from storage.errors import StorageFault

    async def working() -> None:
        stopping = asyncio.Event()
        stop_on_signals(stopping)
        await work(stopping)

    or_end(lambda: uvloop.run(working()), Unset, StorageFault, FlowFault, OSError)


if __name__ == "__main__":
    main()
