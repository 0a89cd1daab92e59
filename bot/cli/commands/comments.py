"""The commands on comments: a person reads each before everybody may."""

from typing import Annotated, Literal

import typer

from bot.cli.arguments import parse_campaign_code, require_all_utf8, require_utf8
from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines

comment_commands = typer.Typer(help="Comments, read and approved before everybody may see them.", no_args_is_help=True)
CampaignOption = Annotated[str, typer.Option(metavar="CODE", help="The campaign.", callback=parse_campaign_code)]
CommentIds = Annotated[
    list[str], typer.Argument(help="Their ids, as `comments list` shows them.", callback=require_all_utf8)
]
CommentId = Annotated[
    str, typer.Argument(metavar="ID", help="Its id, as `comments list` shows it.", callback=require_utf8)
]


@comment_commands.command("list")
def show_comments(
    campaign: CampaignOption, state: Annotated[Literal["new", "approved", "withheld"], typer.Option()] = "new"
) -> None:
    """Shows the comments in a state, each with its id."""
    settings = load_settings_or_exit()
    from bot.cli.comments import format_comments

    with open_database_or_exit(settings) as database:
        print_lines(format_comments(database, campaign, settings.release_size, state))


@comment_commands.command()
def approve(campaign: CampaignOption, ids: CommentIds) -> None:
    """Everybody may read them."""
    _set_state(campaign, ids, "approved")


@comment_commands.command()
def withhold(campaign: CampaignOption, ids: CommentIds) -> None:
    """Nobody is given them, in no download either."""
    _set_state(campaign, ids, "withheld")


@comment_commands.command()
def undo(campaign: CampaignOption, ids: CommentIds) -> None:
    """They are new again."""
    _set_state(campaign, ids, "new")


@comment_commands.command()
def hide(
    campaign: CampaignOption,
    comment: CommentId,
    words: Annotated[
        list[str], typer.Argument(help="The words, without signs around them.", callback=require_all_utf8)
    ],
) -> None:
    """Nobody is shown these words of a comment any more: they stand as [hidden]."""
    settings = load_settings_or_exit()
    from bot.cli import comments as operating

    with open_database_or_exit(settings) as database:
        print_lines(operating.redact_and_report(database, campaign, settings.release_size, comment, words))


@comment_commands.command()
def unhide(campaign: CampaignOption, comment: CommentId) -> None:
    """All hidden words of a comment are shown again."""
    from bot.cli.comments import restore_and_report

    with open_database_or_exit(load_settings_or_exit()) as database:
        print_lines(restore_and_report(database, campaign, comment))


def _set_state(campaign: str, ids: list[str], state: str) -> None:
    from bot.cli.comments import set_state_and_report

    with open_database_or_exit(load_settings_or_exit()) as database:
        print_lines(set_state_and_report(database, campaign, ids, state))
