"""Words of a comment that are hidden: each stands as `[hidden]` wherever it stands in the comment. Pure.

Words are numbered as they stand between spaces. What is hidden is kept as numbers: the words themselves stay sealed.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from unicodedata import category, normalize

SIGN = "[hidden]"  # data, as what is scrubbed: the same in every language
MOST = 1_000  # words that can be hidden: more than any comment has
_BETWEEN_SPACES = re.compile(r"\S+")
_AROUND = ("P", "Cf", "Sm", "Sk")  # what may stand around a word: . ( “ < ^ and marks of direction


@dataclass(frozen=True, slots=True)
class Word:
    """A word without the signs around it: its number, where it stands."""

    number: int
    text: str
    start: int

    @property
    def alike(self) -> str:
        """What it has in common with the same word in other letters."""
        return normalize("NFKC", self.text).casefold()


def hide(words: str, numbers: Collection[int]) -> str:
    """The words with those of these numbers hidden, each wherever it stands. All else stays as it is."""
    there = list(_all_words(words)) if numbers else []
    alike = {word.alike for word in there if word.number in numbers}
    for word in reversed([word for word in there if word.alike in alike]):
        words = f"{words[: word.start]}{SIGN}{words[word.start + len(word.text) :]}"
    return words


def to_choose(words: str) -> list[Word]:
    """The words that can be hidden, in order; one that stands there several times once, where it stands first."""
    first: dict[str, Word] = {}
    for word in _all_words(words):
        first.setdefault(word.alike, word)
    return list(first.values())


def find_words(words: str, wanted: str) -> list[int]:
    """The numbers of the words that hide this one, or these ones; none where it does not stand there."""
    there = {word.alike: word.number for word in to_choose(words)}
    numbers = [there.get(word.alike) for word in _all_words(wanted)]
    return [] if None in numbers else [number for number in numbers if number is not None]


def _all_words(words: str) -> Iterator[Word]:
    for number, found in enumerate(_BETWEEN_SPACES.finditer(words)):
        if number < MOST and (word := _bare(number, found[0], found.start())):
            yield word


def _bare(number: int, text: str, start: int) -> Word | None:
    inside = [place for place, sign in enumerate(text) if not category(sign).startswith(_AROUND)]
    return Word(number, text[inside[0] : inside[-1] + 1], start + inside[0]) if inside else None
