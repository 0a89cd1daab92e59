"""The words that stand on posters, charts and reports: one Fluent file a language, falling back to English."""

from functools import cache
from importlib.resources import files

from bot.pictures.letters import drawable, shortened
from flows.wording import Wording

FIRST = "en"
LONGEST_NAME = 120  # signs: one that is longer is cut, so that the rest has room


@cache
def wording_of(language: str) -> Wording:
    """The words in this language, in English text by text where it has none."""
    folder = files("bot.pictures") / "wording"
    order = dict.fromkeys((language, FIRST))
    return Wording(language, [(name, file) for name in order if (file := folder / f"{name}.ftl").is_file()])


def languages() -> list[str]:
    """The languages that there are words in."""
    folder = files("bot.pictures") / "wording"
    return sorted(file.name.removesuffix(".ftl") for file in folder.iterdir() if file.name.endswith(".ftl"))


def is_from_right(words: Wording) -> bool:
    """Whether these words are written from right to left."""
    return words.text("direction") == "rtl"


def named(name: str) -> str:
    """The name of a group, service or place as it can be drawn; empty where none of its letters can."""
    return shortened(drawable(name), LONGEST_NAME)
