"""What commands are told: codes, words, numbers, files. Raises `typer.BadParameter`, which is wrong use."""

import re
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import MAX_USER_ID

FORMATS_BY_SUFFIX = {".zip": "package", ".xlsx": "xlsx", ".sav": "sav"}


def require_utf8(text: str) -> str:
    """The words. What the terminal sent as other bytes than UTF-8 could be neither kept nor said."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise typer.BadParameter("this is not UTF-8 text: type it anew, or set the terminal to UTF-8") from error
    return text


def require_all_utf8(texts: list[str]) -> list[str]:
    return [require_utf8(text) for text in texts]


def parse_campaign_code(code: str) -> str:
    """A campaign's code. Letters may be of any size, as in its link."""
    code = require_utf8(code).strip().casefold()
    if not code:
        raise typer.BadParameter("name a campaign; whoever came without a link is in general")
    return code


def parse_optional_campaign_code(code: str | None) -> str | None:
    return None if code is None else parse_campaign_code(code)


def parse_bot_username(value: str | None) -> str | None:
    """A bot's username; it may come as @name, or as its link."""
    if value is None:
        return None
    name = re.sub(r"^(https?://)?t\.me/|^@", "", value.strip())
    if not re.fullmatch(r"\w{5,32}", name, re.ASCII):
        raise typer.BadParameter("this is no bot's username: give it as @BotFather shows it, such as willow_bot")
    return name


def parse_language(language: str) -> str:
    """A language that there are words in."""
    from bot.graphics.alt_text import list_languages  # noqa: PLC0415 - it takes time that other commands need not

    if language not in list_languages():
        raise typer.BadParameter(f"there are no words in it; there are in: {', '.join(list_languages())}")
    return language


def _require_file_name(target: Path) -> Path:
    if target == Path():
        raise typer.BadParameter("name a file")
    return target


NewFile = Annotated[Path, typer.Option(help="The file to write. Nothing is overwritten.", callback=_require_file_name)]
CampaignCode = Annotated[str, typer.Argument(help="The campaign's code.", callback=parse_campaign_code)]
LanguageCode = Annotated[str, typer.Option(help="A language code, such as en.", callback=parse_language)]
CoordinatorNumber = Annotated[
    int,
    typer.Argument(metavar="NUMBER", min=1, max=MAX_USER_ID, help="A coordinator's, as `coordinators list` shows it."),
]


def choose_export_format(target: Path, requested_format: str | None) -> str:
    """The format of a download: as told, or as the file's name ends. A package, where neither says so."""
    suffix_format = FORMATS_BY_SUFFIX.get(target.suffix.lower())
    if requested_format and suffix_format and requested_format != suffix_format:
        raise typer.BadParameter(
            f"{target.name} is a name for {suffix_format}, and --format says {requested_format}: change one of the two"
        )
    return requested_format or suffix_format or "package"
