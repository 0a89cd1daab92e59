"""What the bot says around a flow, one Fluent file a language; English has every text."""

import re
from datetime import date
from functools import cache
from html import unescape
from importlib.resources import files

from flows.wording import Wording

FIRST = "en"


@cache
def spoken(language: str) -> Wording:
    """The bot's own words in this language, falling back to English text by text."""
    order = [language, FIRST] if language != FIRST else [FIRST]
    folder = files("bot") / "wording"
    found = [(name, file) for name in order if (file := folder / f"{name}.ftl").is_file()]
    return Wording(language, found)


def date_in(words: Wording, day: date) -> str:
    """A day, written out in this language: 1 March 2027."""
    return words.text("date", {"day": day.day, "month": day.month, "year": str(day.year)})


def plain(html: str) -> str:
    """A text without its tags."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def language_for(code: str | None, known: set[str] | frozenset[str], otherwise: str) -> str:
    """The language to begin in: the phone's (`en-GB` counts as `en`), where the flow has it."""
    short = (code or "").split("-")[0].casefold()
    return short if short in known else otherwise
