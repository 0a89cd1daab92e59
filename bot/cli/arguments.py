"""What commands are told: codes, words, numbers, files. Raises `typer.BadParameter`, which is wrong use."""

import re
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import LARGEST

ENDINGS = {".zip": "package", ".xlsx": "xlsx", ".sav": "sav"}


def readable(words: str) -> str:
    """The words. What the terminal sent as other bytes than UTF-8 could be neither kept nor said."""
    try:
        words.encode()
    except UnicodeEncodeError as fault:
        raise typer.BadParameter("this is not UTF-8 text: type it anew, or set the terminal to UTF-8") from fault
    return words


def all_readable(words: list[str]) -> list[str]:
    return [readable(one) for one in words]


def named(code: str) -> str:
    """A campaign's code. Letters may be of any size, as in its link."""
    code = readable(code).strip().casefold()
    if not code:
        raise typer.BadParameter("name a campaign; whoever came without a link is in general")
    return code


def named_or_none(code: str | None) -> str | None:
    return None if code is None else named(code)


def name_of_bot(given: str | None) -> str | None:
    """A bot's username; it may come as @name, or as its link."""
    if given is None:
        return None
    name = re.sub(r"^(https?://)?t\.me/|^@", "", given.strip())
    if not re.fullmatch(r"\w{5,32}", name, re.ASCII):
        raise typer.BadParameter("this is no bot's username: give it as @BotFather shows it, such as willow_bot")
    return name


def spoken(language: str) -> str:
    """A language that there are words in."""
    from bot.graphics.alt_text import languages  # noqa: PLC0415 - it takes time that other commands need not

    if language not in languages():
        raise typer.BadParameter(f"there are no words in it; there are in: {', '.join(languages())}")
    return language


def _file(to: Path) -> Path:
    if to == Path():
        raise typer.BadParameter("name a file")
    return to


NewFile = Annotated[Path, typer.Option(help="The file to write. Nothing is overwritten.", callback=_file)]
Code = Annotated[str, typer.Argument(help="The campaign's code.", callback=named)]
Language = Annotated[str, typer.Option(help="A language code, such as en.", callback=spoken)]
Number = Annotated[
    int, typer.Argument(metavar="NUMBER", min=1, max=LARGEST, help="A coordinator's, as `coordinators list` shows it.")
]


def kind_of(to: Path, told: str | None) -> str:
    """The format of a download: as told, or as the file's name ends. A package, where neither says so."""
    ending = ENDINGS.get(to.suffix.lower())
    if told and ending and told != ending:
        raise typer.BadParameter(f"{to.name} is a name for {ending}, and --format says {told}: change one of the two")
    return told or ending or "package"
