"""The commands on comments: a person reads each before everybody may."""

from typing import Annotated, Literal

import typer

from bot.cli.arguments import all_readable, named, readable
from bot.cli.common import existing, print_all, usable_settings

comments = typer.Typer(help="Comments, read and approved before everybody may see them.", no_args_is_help=True)
Campaign = Annotated[str, typer.Option(metavar="CODE", help="The campaign.", callback=named)]
Ids = Annotated[list[str], typer.Argument(help="Their ids, as `comments list` shows them.", callback=all_readable)]
Id = Annotated[str, typer.Argument(metavar="ID", help="Its id, as `comments list` shows it.", callback=readable)]


@comments.command("list")
def show(campaign: Campaign, state: Annotated[Literal["new", "approved", "withheld"], typer.Option()] = "new") -> None:
    """Shows the comments in a state, each with its id."""
    settings = usable_settings()
    from bot.cli.comments import read_all

    with existing(settings) as database:
        print_all(read_all(database, campaign, settings.release_size, state))


@comments.command()
def approve(campaign: Campaign, ids: Ids) -> None:
    """Everybody may read them."""
    _decide(campaign, ids, "approved")


@comments.command()
def withhold(campaign: Campaign, ids: Ids) -> None:
    """Nobody is given them, in no download either."""
    _decide(campaign, ids, "withheld")


@comments.command()
def undo(campaign: Campaign, ids: Ids) -> None:
    """They are new again."""
    _decide(campaign, ids, "new")


@comments.command()
def hide(
    campaign: Campaign,
    comment: Id,
    words: Annotated[list[str], typer.Argument(help="The words, without signs around them.", callback=all_readable)],
) -> None:
    """Nobody is shown these words of a comment any more: they stand as [hidden]."""
    settings = usable_settings()
    from bot.cli import comments as operating

    with existing(settings) as database:
        print_all(operating.hide(database, campaign, settings.release_size, comment, words))


@comments.command()
def unhide(campaign: Campaign, comment: Id) -> None:
    """All hidden words of a comment are shown again."""
    from bot.cli.comments import show_again

    with existing(usable_settings()) as database:
        print_all(show_again(database, campaign, comment))


def _decide(campaign: str, ids: list[str], state: str) -> None:
    from bot.cli.comments import decide

    with existing(usable_settings()) as database:
        print_all(decide(database, campaign, ids, state))
