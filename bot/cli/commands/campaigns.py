"""The commands on campaigns."""

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.arguments import CampaignCode, CoordinatorNumber, LanguageCode, parse_bot_username, require_utf8

DATE_FORMATS = ["%Y-%m-%d"]

campaign_commands = typer.Typer(help="Campaigns: links that groups share.", no_args_is_help=True)


@campaign_commands.command()
def create(  # noqa: PLR0913, PLR0917 - one parameter an option
    about: Annotated[str, typer.Option(help="The service or place to answer about.", callback=require_utf8)],
    asker: Annotated[str, typer.Option(help="The group that asks.", callback=require_utf8)],
    promise: Annotated[str, typer.Option(help="What people get back.", callback=require_utf8)] = "",
    promised_by: Annotated[
        datetime | None,
        typer.Option(formats=DATE_FORMATS, metavar="YYYY-MM-DD", help="The last day for keeping the promise."),
    ] = None,
    welcome: Annotated[
        str, typer.Option(help="A line of the group's own for the first screen.", callback=require_utf8)
    ] = "",
    opens: Annotated[
        datetime | None,
        typer.Option(formats=DATE_FORMATS, metavar="YYYY-MM-DD", help="First day to start. Default: now."),
    ] = None,
    closes: Annotated[
        datetime | None,
        typer.Option(formats=DATE_FORMATS, metavar="YYYY-MM-DD", help="Last day to start. Default: no end."),
    ] = None,
) -> None:
    """Opens a campaign and prints the link to share.

    Days are UTC calendar days, and the day that you name is included.
    People who have started by the last day can still send. The bot closes the
    campaign within the hour after it, for good.
    """
    from bot.cli.campaigns import CampaignChangeRefusedError, create_and_report, load_bot_username
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from storage.campaigns.repository import CampaignPlan

    settings = load_settings_or_exit()
    with open_database_or_exit(settings, CampaignChangeRefusedError) as database:
        promised_by_day, opens_on, closes_on = map(_to_day, (promised_by, opens, closes))
        plan = CampaignPlan(
            about, asker, promise, promised_by_day, welcome=welcome, opens_on=opens_on, closes_on=closes_on
        )
        print_lines(create_and_report(database, plan, asyncio.run(load_bot_username(settings))))


@campaign_commands.command("list")
def show_campaigns() -> None:
    """Lists all campaigns with their state and released responses."""
    from bot.cli.campaigns import format_campaign_table
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines

    with open_database_or_exit(load_settings_or_exit()) as database:
        print_lines(format_campaign_table(database))


@campaign_commands.command()
def close(code: CampaignCode) -> None:
    """Closes a campaign for good.

    Nobody else can start. The records of who took part are destroyed.
    """
    from bot.cli.campaigns import CampaignChangeRefusedError, close_and_report
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines

    with open_database_or_exit(load_settings_or_exit(), CampaignChangeRefusedError) as database:
        print_lines(close_and_report(database, code))


@campaign_commands.command("hand-over")
def transfer(code: CampaignCode, number: CoordinatorNumber) -> None:
    """Gives a campaign to a coordinator's organisation."""
    from bot.cli.campaigns import CampaignTransferRefusedError, transfer_and_report
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines

    settings = load_settings_or_exit()
    with open_database_or_exit(settings, CampaignTransferRefusedError) as database:
        print_lines(transfer_and_report(database, code, number, is_configured=number in settings.coordinator_ids))


@campaign_commands.command()
def share(
    code: CampaignCode,
    to: Annotated[Path, typer.Option(help="An existing folder. Nothing is overwritten.")],
    bot: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The bot's username. Default: ask Telegram.", callback=parse_bot_username),
    ] = None,
    language: LanguageCode = "en",
) -> None:
    """Writes what to share: QR code, poster, picture, links."""
    from bot.cli.campaigns import load_bot_username, share_and_report
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines
    from bot.cli.results import OutputError

    settings = load_settings_or_exit()
    with open_database_or_exit(settings, OutputError) as database:
        bot_username = bot or asyncio.run(load_bot_username(settings))
        print_lines(share_and_report(database, code, bot_username, language, to))


def _to_day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
