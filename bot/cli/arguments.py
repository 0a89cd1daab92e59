"""Arguments and options that several commands take, and their checks. These raise `typer.BadParameter`."""

import re
from pathlib import Path
from typing import Annotated

import typer

FORMATS_BY_SUFFIX = {".zip": "package", ".xlsx": "xlsx", ".sav": "sav"}
MAX_USER_ID = 2**52  # Telegram's ids have at most 52 significant bits (core.telegram.org/bots/api#user)


def require_utf8(text: str) -> str:
    """Refuses bytes that are not UTF-8: they could be neither stored nor shown."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise typer.BadParameter("this is not UTF-8 text: type it again, or set the terminal to UTF-8") from error
    return text


def require_all_utf8(texts: list[str]) -> list[str]:
    return [require_utf8(text) for text in texts]


def parse_campaign_code(code: str) -> str:
    """Returns a campaign's code in lower case, as in its link."""
    code = require_utf8(code).strip().casefold()
    if not code:
        raise typer.BadParameter("name a campaign; people without a link are in general")
    return code


def parse_optional_campaign_code(code: str | None) -> str | None:
    return None if code is None else parse_campaign_code(code)


def parse_bot_username(value: str | None) -> str | None:
    """Returns a bot's username from `name`, `@name` or its t.me link."""
    if value is None:
        return None
    name = re.sub(r"^(https?://)?t\.me/|^@", "", value.strip())
    if not re.fullmatch(r"\w{5,32}", name, re.ASCII):
        raise typer.BadParameter("this is not a bot's username: give it as @BotFather shows it, such as willow_bot")
    return name


def parse_language(language: str) -> str:
    """Refuses a language that has no texts."""
    from bot.graphics.alt_text import list_languages

    if language not in list_languages():
        raise typer.BadParameter(f"there are no texts in it; there are in: {', '.join(list_languages())}")
    return language


def choose_export_format(target: Path, requested_format: str | None) -> str:
    """Returns the format of an export: as requested, or as the file's name ends; a package if neither says so."""
    suffix_format = FORMATS_BY_SUFFIX.get(target.suffix.lower())
    if requested_format and suffix_format and requested_format != suffix_format:
        raise typer.BadParameter(
            f"{target.name} is a name for {suffix_format}, and --format says {requested_format}: change one of the two"
        )
    return requested_format or suffix_format or "package"


def _require_file_name(target: Path) -> Path:
    if target == Path():
        raise typer.BadParameter("name a file")
    return target


NewFile = Annotated[Path, typer.Option(help="A new file. Nothing is overwritten.", callback=_require_file_name)]
CampaignCode = Annotated[str, typer.Argument(help="The campaign's code.", callback=parse_campaign_code)]
CampaignOption = Annotated[str, typer.Option(metavar="CODE", help="The campaign.", callback=parse_campaign_code)]
LanguageCode = Annotated[str, typer.Option(help="A language code, such as en.", callback=parse_language)]
CoordinatorNumber = Annotated[
    int, typer.Argument(metavar="NUMBER", min=1, max=MAX_USER_ID, help="From `coordinators list`.")
]
