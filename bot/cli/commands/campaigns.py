"""The commands on campaigns."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.arguments import Code, Language, Number, name_of_bot, readable
from bot.cli.common import existing, print_all, usable_settings

campaign = typer.Typer(help="Campaigns: the links that groups share.", no_args_is_help=True)
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")]


@campaign.command()
def create(
    about: Annotated[str, typer.Option(help="The service or place that it is about.", callback=readable)],
    asker: Annotated[str, typer.Option(help="Who asks: the group's name.", callback=readable)],
    promise: Annotated[str, typer.Option(help="What people get back.", callback=readable)] = "",
    promised_by: Day = None,
    welcome: Annotated[
        str, typer.Option(help="A line of the group's own, for the first screen.", callback=readable)
    ] = "",
    opens: Day = None,
    closes: Day = None,
) -> None:
    """Opens a campaign, and gives the link to share. It is open up to and with the day that it closes (UTC)."""
    settings = usable_settings()
    from bot.cli.campaigns import NotOpened, name_of
    from bot.cli.campaigns import create as open_one
    from storage.campaigns.repository import Plan

    with existing(settings, NotOpened) as database:
        plan = Plan(
            about,
            asker,
            promise,
            promised_by=promised_by.date() if promised_by else None,
            welcome=welcome,
            opens_on=opens.date() if opens else None,
            closes_on=closes.date() if closes else None,
        )
        print_all(open_one(database, plan, asyncio.run(name_of(settings))))


@campaign.command("list")
def show() -> None:
    """Shows all campaigns: code, state, how many responses are released, whose it is, who asks, and about what."""
    from bot.cli.campaigns import table

    with existing(usable_settings()) as database:
        print_all(table(database))


@campaign.command()
def close(code: Code) -> None:
    """Closes a campaign for good: nobody can begin there, and the key to who took part is destroyed."""
    from bot.cli.campaigns import NotOpened
    from bot.cli.campaigns import close as close_one

    with existing(usable_settings(), NotOpened) as database:
        print_all(close_one(database, code))


@campaign.command("hand-over")
def hand_over(
    code: Code,
    number: Number,
) -> None:
    """Gives a campaign to a coordinator's organisation: it stands in their menu, and in nobody else's."""
    settings = usable_settings()
    from bot.cli.campaigns import NotHandedOver
    from bot.cli.campaigns import hand_over as give

    with existing(settings, NotHandedOver) as database:
        print_all(give(database, code, number, named=number in settings.coordinator_ids))


@campaign.command()
def share(
    code: Code,
    to: Annotated[Path, typer.Option(help="The folder. Nothing in it is overwritten.")],
    bot: Annotated[
        str | None, typer.Option(metavar="NAME", help="The bot's username; asked of Telegram.", callback=name_of_bot)
    ] = None,
    language: Language = "en",
) -> None:
    """Writes what a campaign is shared with: a QR code, a poster, a picture for group chats, the links as text."""
    settings = usable_settings()
    from bot.cli.campaigns import name_of
    from bot.cli.campaigns import share as write
    from bot.cli.results import NotShown

    with existing(settings, NotShown) as database:
        me = bot or asyncio.run(name_of(settings))
        print_all(write(database, code, me, language, to))
