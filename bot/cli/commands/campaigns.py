"""The commands on campaigns."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.arguments import CampaignCode, CoordinatorNumber, LanguageCode, parse_bot_username, require_utf8
from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines

campaign_commands = typer.Typer(help="Campaigns: the links that groups share.", no_args_is_help=True)
DateOption = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")]


@campaign_commands.command()
def create(
    about: Annotated[str, typer.Option(help="The service or place that it is about.", callback=require_utf8)],
    asker: Annotated[str, typer.Option(help="Who asks: the group's name.", callback=require_utf8)],
    promise: Annotated[str, typer.Option(help="What people get back.", callback=require_utf8)] = "",
    promised_by: DateOption = None,
    welcome: Annotated[
        str, typer.Option(help="A line of the group's own, for the first screen.", callback=require_utf8)
    ] = "",
    opens: DateOption = None,
    closes: DateOption = None,
) -> None:
    """Opens a campaign, and gives the link to share. It is open up to and with the day that it closes (UTC)."""
    settings = load_settings_or_exit()
    from bot.cli.campaigns import CampaignChangeRefusedError, load_bot_username
    from bot.cli.campaigns import create_and_report as open_one
    from storage.campaigns.repository import CampaignPlan

    with open_database_or_exit(settings, CampaignChangeRefusedError) as database:
        plan = CampaignPlan(
            about,
            asker,
            promise,
            promised_by=promised_by.date() if promised_by else None,
            welcome=welcome,
            opens_on=opens.date() if opens else None,
            closes_on=closes.date() if closes else None,
        )
        print_lines(open_one(database, plan, asyncio.run(load_bot_username(settings))))


@campaign_commands.command("list")
def show_campaigns() -> None:
    """Shows all campaigns: code, state, how many responses are released, whose it is, who asks, and about what."""
    from bot.cli.campaigns import format_campaign_table

    with open_database_or_exit(load_settings_or_exit()) as database:
        print_lines(format_campaign_table(database))


@campaign_commands.command()
def close(code: CampaignCode) -> None:
    """Closes a campaign for good: nobody can begin there, and the key to who took part is destroyed."""
    from bot.cli.campaigns import CampaignChangeRefusedError
    from bot.cli.campaigns import close_and_report as close_one

    with open_database_or_exit(load_settings_or_exit(), CampaignChangeRefusedError) as database:
        print_lines(close_one(database, code))


@campaign_commands.command("hand-over")
def transfer(
    code: CampaignCode,
    number: CoordinatorNumber,
) -> None:
    """Gives a campaign to a coordinator's organisation: it stands in their menu, and in nobody else's."""
    settings = load_settings_or_exit()
    from bot.cli.campaigns import CampaignTransferRefusedError
    from bot.cli.campaigns import transfer_and_report as give

    with open_database_or_exit(settings, CampaignTransferRefusedError) as database:
        print_lines(give(database, code, number, is_configured=number in settings.coordinator_ids))


@campaign_commands.command()
def share(
    code: CampaignCode,
    to: Annotated[Path, typer.Option(help="The folder. Nothing in it is overwritten.")],
    bot: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The bot's username; asked of Telegram.", callback=parse_bot_username),
    ] = None,
    language: LanguageCode = "en",
) -> None:
    """Writes what a campaign is shared with: a QR code, a poster, a picture for group chats, the links as text."""
    settings = load_settings_or_exit()
    from bot.cli.campaigns import load_bot_username
    from bot.cli.campaigns import share_and_report as write
    from bot.cli.results import OutputError

    with open_database_or_exit(settings, OutputError) as database:
        bot_username = bot or asyncio.run(load_bot_username(settings))
        print_lines(write(database, code, bot_username, language, to))
