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

from bot.cli.arguments import LanguageCode, NewFile, choose_export_format, parse_optional_campaign_code
from bot.cli.commands.campaigns import campaign_commands as campaigns
from bot.cli.commands.comments import CampaignOption, comment_commands
from bot.cli.commands.coordinators import coordinator_commands
from bot.cli.commands.dead_letters import dead_letter_commands
from bot.cli.common import exit_with_error, load_settings_or_exit, open_database_or_exit, print_lines, run_or_exit
from bot.settings import SettingsError, inspect_settings
from flows.errors import FlowError
from flows.loader import DEFAULT_FLOW_ID, load_walk

# @@DOC The operator's commands: doctor, backup, purge, release, export and more. They work beside the running bot.
operator_commands = typer.Typer()
operator_commands.add_typer(dead_letter_commands, name="set-aside")
operator_commands.add_typer(comment_commands, name="comments")
operator_commands.add_typer(campaigns, name="campaign")
operator_commands.add_typer(coordinator_commands, name="coordinators")


@operator_commands.command()
def doctor() -> None:
    """Says what is wrong and how to mend it. Changes nothing."""
    from bot.cli.doctor import run_checks
    from bot.cli.doctor.findings import Finding, FindingStatus
    from bot.settings import find_unknown_settings

    settings, setting_errors = run_or_exit(inspect_settings, SettingsError)

    async def print_findings() -> list[Finding]:
        findings = []
        async for finding in run_checks(settings, setting_errors, list(find_unknown_settings())):
            print(finding, flush=True)
            findings.append(finding)
        return findings

    problems = [finding.subject for finding in asyncio.run(print_findings()) if finding.status is FindingStatus.PROBLEM]
    print(f"To mend: {', '.join(dict.fromkeys(problems))}." if problems else "Nothing to mend.")
    raise typer.Exit(1 if problems else 0)


@operator_commands.command()
def backup(to: NewFile) -> None:
    """Writes a backup of the database. The key is not in it."""
    from bot.cli.database import back_up_and_report
    from storage.errors import StorageError

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half written is removed
    try:
        print_lines(back_up_and_report(load_settings_or_exit(), to))
    except StorageError as error:
        exit_with_error(error)


@operator_commands.command()
def purge(
    older_than: Annotated[
        int | None, typer.Option(min=1, max=36_500, metavar="DAYS", help="RETENTION_DAYS, unless told.")
    ] = None,
) -> None:
    """Erases what nobody has touched for a time, as a running bot does every hour."""
    settings = load_settings_or_exit()
    from bot.cli.database import purge_and_report

    with open_database_or_exit(settings) as database:
        print_lines(purge_and_report(database, older_than or settings.retention_days))


@operator_commands.command()
def release(
    campaign: Annotated[
        str | None, typer.Option(metavar="CODE", help="One campaign's only.", callback=parse_optional_campaign_code)
    ] = None,
) -> None:
    """Releases what is due now, as a running bot does every minute."""
    settings = load_settings_or_exit()
    from bot.cli.database import release_and_report

    with open_database_or_exit(settings) as database:
        print_lines(release_and_report(database, settings.release_size, campaign))


@operator_commands.command()
def export(
    campaign: CampaignOption,
    to: NewFile,
    kind: Annotated[
        Literal["package", "xlsx", "sav"] | None,
        typer.Option("--format", help="What kind of file; as its name ends (.zip, .xlsx, .sav), unless told."),
    ] = None,
) -> None:
    """Writes what is released of a campaign to a file, for people who work with the answers."""
    export_format = choose_export_format(to, kind)
    settings = load_settings_or_exit()
    from bot.cli.database import export_and_report as write

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half written is removed
    with open_database_or_exit(settings) as database:
        print_lines(write(database, campaign, settings.release_size, export_format, to))


@operator_commands.command()
def results(
    campaign: CampaignOption,
    to: Annotated[
        Path | None, typer.Option(help="A folder for the pictures and the page; or the page, a .pdf.")
    ] = None,
    language: LanguageCode = "en",
) -> None:
    """Shows what may be shown of a campaign's answers, in words; and writes it as pictures and as a page to print."""
    settings = load_settings_or_exit()
    from bot.cli.results import OutputError, show_results

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is half written is removed
    with open_database_or_exit(settings, OutputError) as database:
        print_lines(show_results(database, campaign, settings.release_size, language, to))


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
cli.add_typer(operator_commands)
FlowArgument = Annotated[str, typer.Argument(help="The flow's folder in flows/library.")]


@cli.command()
def run() -> None:
    """Runs the bot on Telegram. Without TELEGRAM_BOT_TOKEN, the preview."""
    settings = load_settings_or_exit()
    from bot.app import run_bot
    from bot.cli.preview import run_preview

    if settings.token is None:
        print("TELEGRAM_BOT_TOKEN is not set, so this is the preview.", flush=True)
        run_until_signalled(lambda stop_event: run_preview(settings, settings.port, stop_event))
    else:
        run_until_signalled(lambda stopping: run_bot(settings, stopping))


@cli.command()
def preview(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; PORT, or 8080, unless told.")
    ] = None,
) -> None:
    """Runs the bot in a phone-like page in the browser; no Telegram needed."""
    settings = load_settings_or_exit()
    from bot.cli.preview import run_preview as serve_preview

    chosen_port = settings.port if port is None else port
    run_until_signalled(lambda stop_event: serve_preview(settings, chosen_port, stop_event))


@cli.command()
def play(
    flow: FlowArgument = DEFAULT_FLOW_ID,
    language: Annotated[str, typer.Option(help="A language code, such as en.")] = "en",
) -> None:
    """Walks a flow here in the terminal. Nothing is kept."""
    from bot.cli.terminal import play_flow

    play_flow(load_flow_or_exit(flow), language)


@cli.command()
def check(flow: FlowArgument = DEFAULT_FLOW_ID) -> None:
    """Checks a flow: its places, its words, its labels, its buttons."""
    loaded_flow = load_flow_or_exit(flow).flow
    languages = ", ".join(loaded_flow.labels)
    print(
        f"{loaded_flow.id}, version {loaded_flow.version}: {len(loaded_flow.questions)} questions, in {languages}. All is well."
    )


@cli.command()
def draw(flow: FlowArgument = DEFAULT_FLOW_ID) -> None:
    """Prints a flow's machine as a Mermaid diagram."""
    from bot.cli.terminal import render_mermaid

    print(render_mermaid(load_flow_or_exit(flow)))


def main() -> None:
    """The entry point. Whatever goes wrong ends in one plain sentence on standard error."""
    try:
        cli()
    except KeyboardInterrupt:
        sys.exit(1)


def load_flow_or_exit(name: str) -> "Walk":
    return run_or_exit(lambda: load_walk(name), FlowError)


def run_until_signalled(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    import uvloop

    from bot.runtime import stop_on_signals
    from storage.errors import StorageError

    async def run_work() -> None:
        stop_event = asyncio.Event()
        stop_on_signals(stop_event)
        await work(stop_event)

    run_or_exit(lambda: uvloop.run(run_work()), SettingsError, StorageError, FlowError, OSError)


if __name__ == "__main__":
    main()
