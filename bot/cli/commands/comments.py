"""The commands on comments: someone reads each before everyone may."""

from typing import Annotated, Literal

import typer

from bot.cli.arguments import CampaignOption, require_all_utf8, require_utf8

CommentIds = Annotated[list[str], typer.Argument(help="Ids, from `comments list`.", callback=require_all_utf8)]
CommentId = Annotated[str, typer.Argument(metavar="ID", help="An id, from `comments list`.", callback=require_utf8)]

comment_commands = typer.Typer(help="Comments: read and approve them first.", no_args_is_help=True)


@comment_commands.command("list")
def show_comments(
    campaign: CampaignOption, state: Annotated[Literal["new", "approved", "withheld"], typer.Option()] = "new"
) -> None:
    """Lists the comments in one state, each with its id."""
    from bot.cli.comments import format_comments
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines

    settings = load_settings_or_exit()
    with open_database_or_exit(settings) as database:
        print_lines(format_comments(database, campaign, settings.release_size, state))


@comment_commands.command()
def approve(campaign: CampaignOption, ids: CommentIds) -> None:
    """Lets everyone read these comments."""
    _set_state(campaign, ids, "approved")


@comment_commands.command()
def withhold(campaign: CampaignOption, ids: CommentIds) -> None:
    """Keeps these comments out of results and downloads."""
    _set_state(campaign, ids, "withheld")


@comment_commands.command()
def undo(campaign: CampaignOption, ids: CommentIds) -> None:
    """Makes these comments new again."""
    _set_state(campaign, ids, "new")


@comment_commands.command()
def hide(
    campaign: CampaignOption,
    comment: CommentId,
    words: Annotated[
        list[str], typer.Argument(help="Words, without punctuation around them.", callback=require_all_utf8)
    ],
) -> None:
    """Replaces words of a comment with [hidden] everywhere."""
    from bot.cli.comments import redact_and_report
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines

    settings = load_settings_or_exit()
    with open_database_or_exit(settings) as database:
        print_lines(redact_and_report(database, campaign, settings.release_size, comment, words))


@comment_commands.command()
def unhide(campaign: CampaignOption, comment: CommentId) -> None:
    """Shows all words of a comment again."""
    from bot.cli.comments import restore_and_report
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines

    with open_database_or_exit(load_settings_or_exit()) as database:
        print_lines(restore_and_report(database, campaign, comment))


def _set_state(campaign: str, ids: list[str], state: str) -> None:
    from bot.cli.comments import set_state_and_report
    from bot.cli.common import load_settings_or_exit, open_database_or_exit, print_lines

    with open_database_or_exit(load_settings_or_exit()) as database:
        print_lines(set_state_and_report(database, campaign, ids, state))
