"""The command line: `python -m bot`, or `connection-test`. Exit codes: 0 done, 1 could not, 2 wrong use.

Each command imports what it needs when it runs, so that `--help` answers at once.
"""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.cli.arguments import (
    CampaignOption,
    LanguageCode,
    NewFile,
    choose_export_format,
    parse_optional_campaign_code,
)
from bot.cli.commands.campaigns import campaign_commands
from bot.cli.commands.comments import comment_commands
from bot.cli.commands.coordinators import coordinator_commands
from bot.cli.commands.dead_letters import dead_letter_commands

if TYPE_CHECKING:
    from flows.state_machine import Walk

# Little of what a start allocates becomes garbage, which the collector would look for 340 times by Python's default.
START_GC_THRESHOLD_OBJECTS = 100_000
DEFAULT_FLOW = "connection_test"  # flows.loader.DEFAULT_FLOW_ID, without importing it
FlowArgument = Annotated[str, typer.Argument(help="The flow's folder in flows/library.")]

cli = typer.Typer(
    name="connection-test",
    help="The connection test and five key messages, one question at a time.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Runs the command line. An error that a command expects ends in one sentence on standard error."""
    try:
        cli()
    except KeyboardInterrupt:
        sys.exit(1)


@cli.command()
def run() -> None:
    """Runs the bot on Telegram; without a token, the preview."""
    _speed_up_imports()
    from bot.cli.common import load_settings_or_exit

    settings = load_settings_or_exit()
    from bot.app import run_bot

    if settings.token is None:
        from bot.cli.preview import run_preview

        print("TELEGRAM_BOT_TOKEN is not set, so this is the preview.", flush=True)
        _run_until_signalled(lambda stop_event: run_preview(settings, settings.port, stop_event))
    else:
        _run_until_signalled(lambda stop_event: run_bot(settings, stop_event))


@cli.command()
def preview(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port on 127.0.0.1. Default: PORT, or 8080.")
    ] = None,
) -> None:
    """Runs the bot in a phone-like page in the browser."""
    from bot.cli.common import load_settings_or_exit

    settings = load_settings_or_exit()
    from bot.cli.preview import run_preview

    chosen_port = settings.port if port is None else port
    _run_until_signalled(lambda stop_event: run_preview(settings, chosen_port, stop_event))


@cli.command()
def play(
    flow: FlowArgument = DEFAULT_FLOW,
    language: Annotated[str, typer.Option(help="A language code, such as en.")] = "en",
) -> None:
    """Plays a flow in the terminal. Nothing is stored."""
    from bot.cli.terminal import play_flow

    play_flow(_load_flow_or_exit(flow), language)


@cli.command()
def check(flow: FlowArgument = DEFAULT_FLOW) -> None:
    """Checks a flow's steps, texts, labels and buttons."""
    loaded = _load_flow_or_exit(flow).flow
    languages = ", ".join(loaded.labels)
    print(f"{loaded.id}, version {loaded.version}: {len(loaded.questions)} questions, in {languages}. All is well.")


@cli.command()
def draw(flow: FlowArgument = DEFAULT_FLOW) -> None:
    """Prints a flow's state machine as a Mermaid diagram."""
    from bot.cli.terminal import render_mermaid

    print(render_mermaid(_load_flow_or_exit(flow)))


@cli.command()
def doctor() -> None:
    """Reports what is wrong and how to fix it. Leaves nothing behind."""
    from bot.cli.common import run_or_exit
    from bot.cli.doctor import run_checks
    from bot.cli.doctor.findings import Finding, FindingStatus
    from bot.settings import SettingsError, find_unknown_settings, inspect_settings

    settings, setting_errors = run_or_exit(inspect_settings, SettingsError)

    async def print_findings() -> list[Finding]:
        findings = []
        async for finding in run_checks(settings, setting_errors, list(find_unknown_settings())):
            print(finding, flush=True)
            findings.append(finding)
        return findings

    problems = [finding.subject for finding in asyncio.run(print_findings()) if finding.status is FindingStatus.PROBLEM]
    print(f"To fix: {', '.join(dict.fromkeys(problems))}." if problems else "Nothing to fix.")
    raise typer.Exit(1 if problems else 0)


@cli.command()
def backup(to: NewFile) -> None:
    """Copies the database to a file. The key is not in it."""
    from bot.cli.common import exit_with_error, load_settings_or_exit, print_lines
    from bot.cli.database import back_up_and_report
    from storage.errors import StorageError

    _remove_partial_files_on_sigterm()
    try:
        print_lines(back_up_and_report(load_settings_or_exit(), to))
    except StorageError as error:
        exit_with_error(error)


@cli.command()
def purge(
    older_than: Annotated[
        int | None, typer.Option(min=1, max=36_500, metavar="DAYS", help="Default: RETENTION_DAYS.")
    ] = None,
) -> None:
    """Deletes old unfinished runs, as the bot does every hour."""
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from bot.cli.database import purge_and_report

    settings = load_settings_or_exit()
    with open_database_or_exit(settings) as database:
        print_lines(purge_and_report(database, older_than or settings.retention_days))


@cli.command()
def release(
    campaign: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only this campaign.", callback=parse_optional_campaign_code)
    ] = None,
) -> None:
    """Releases what is due, as the bot does every minute."""
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from bot.cli.database import release_and_report

    settings = load_settings_or_exit()
    with open_database_or_exit(settings) as database:
        print_lines(release_and_report(database, settings.release_size, campaign))


@cli.command()
def export(
    campaign: CampaignOption,
    to: NewFile,
    kind: Annotated[
        Literal["package", "xlsx", "sav"] | None,
        typer.Option("--format", help="Default: as the file's name ends (.zip, .xlsx, .sav)."),
    ] = None,
) -> None:
    """Writes a campaign's released answers to a file."""
    export_format = choose_export_format(to, kind)
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from bot.cli.database import export_and_report

    settings = load_settings_or_exit()
    _remove_partial_files_on_sigterm()
    with open_database_or_exit(settings) as database:
        print_lines(export_and_report(database, campaign, settings.release_size, export_format, to))


@cli.command()
def results(
    campaign: CampaignOption,
    to: Annotated[
        Path | None, typer.Option(help="A folder for the images and the page, or a .pdf file for the page.")
    ] = None,
    language: LanguageCode = "en",
) -> None:
    """Prints a campaign's results; writes images and a page."""
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from bot.cli.results import OutputError, show_results

    settings = load_settings_or_exit()
    _remove_partial_files_on_sigterm()
    with open_database_or_exit(settings, OutputError) as database:
        print_lines(show_results(database, campaign, settings.release_size, language, to))


cli.add_typer(dead_letter_commands, name="dead-letters")
cli.add_typer(comment_commands, name="comments")
cli.add_typer(campaign_commands, name="campaign")
cli.add_typer(coordinator_commands, name="coordinators")


def _load_flow_or_exit(name: str) -> "Walk":
    from bot.cli.common import run_or_exit
    from flows.errors import FlowError
    from flows.loader import load_walk

    return run_or_exit(lambda: load_walk(name), FlowError)


def _remove_partial_files_on_sigterm() -> None:
    # SystemExit runs the finally blocks that remove a half-written file; the default action would not.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def _speed_up_imports() -> None:
    """Saves a fifth of the time of the start, and 4 MB."""
    gc.set_threshold(START_GC_THRESHOLD_OBJECTS)  # until `freeze_garbage_collector` sets another
    # structlog and httpx import Rich where it is installed, for colours. Typer installs it; the bot uses no
    # colours. None makes the import fail, as if it were not there.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # None is documented, and not in typeshed


def _run_until_signalled(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    import uvloop

    from bot.cli.common import run_or_exit
    from bot.runtime import stop_on_signals
    from bot.settings import SettingsError
    from flows.errors import FlowError
    from storage.errors import StorageError

    async def run_work() -> None:
        stop_event = asyncio.Event()
        stop_on_signals(stop_event)
        await work(stop_event)

    run_or_exit(lambda: uvloop.run(run_work()), SettingsError, StorageError, FlowError, OSError)
