"""Typed words → what they may mean. Never a guess between two near candidates."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from rapidfuzz.distance import DamerauLevenshtein

from flows.schema import Label


@dataclass(frozen=True, slots=True)
class Meaning:
    """What typed words may mean: exactly one candidate and `sure`, or several (or one) to ask about, or none."""

    candidates: tuple[str, ...] = ()
    sure: bool = False

    @property
    def choice(self) -> str | None:
        return self.candidates[0] if self.sure else None


def understand(words: str, labels: Mapping[str, Label]) -> Meaning:
    """Reads words against labels, in the order that they are shown: {id: label}.

    The label itself or another word for it, its number in the list, its first words, or a small slip of the thumb.
    Whatever is near to more than one, or only shares a word with a label, comes back to be asked about.
    """
    said = plain(words)
    if not said:
        return Meaning()
    for found in (
        _exactly(said, labels),
        _by_number(said, labels),
        _by_first_words(said, labels),
        _by_slip(said, labels),
    ):
        if found:
            return Meaning(found, sure=len(found) == 1)
    return Meaning(_sharing_words(said, labels))


def means(words: str, label: Label | None) -> bool:
    """Whether these words say just this: the label or another word for it."""
    said = plain(words)
    return bool(said) and label is not None and said in _spellings(label)


def contains(words: str, phrases: Iterable[str]) -> bool:
    """Whether one of these phrases stands in the words, as whole words; a long word may have a slip in it."""
    said = plain(words).split()
    return any(_stands_in(said, plain(phrase).split()) for phrase in phrases)


def _stands_in(said: list[str], phrase: list[str]) -> bool:
    places = range(len(said) - len(phrase) + 1)
    return any(all(map(_slipped_into, said[at : at + len(phrase)], phrase)) for at in places)


def _slipped_into(said: str, word: str) -> bool:
    """Whether this is the word, or the word with one letter missed, added, or swapped with the next, past its first."""
    if said == word or len(word) < 5 or said[0] != word[0]:  # noqa: PLR2004 - "here" with a slip is "her"
        return said == word
    no_other_letter = len(said) != len(word) or sorted(said) == sorted(word)
    return no_other_letter and DamerauLevenshtein.distance(said, word) <= 1


def bare(words: str, before: Iterable[str], after: Iterable[str]) -> str:
    """Words without the fillers at their start and end (*well, a bit better, love*), unless nothing else is left."""
    said = f"{plain(words)} "
    first = next((f for f in map(plain, before) if said.startswith(f"{f} ") and said != f"{f} "), None)
    if first:
        return bare(said.removeprefix(f"{first} "), before, after)
    said = f" {plain(words)}"
    last = next((f for f in map(plain, after) if said.endswith(f" {f}") and said != f" {f}"), None)
    return bare(said.removesuffix(f" {last}"), before, after) if last else plain(words)


def plain(words: str) -> str:
    """Words without case, punctuation and extra space; apostrophes are dropped: `I’m` and `im` are one."""
    bare = re.sub(r"['’‘`´]", "", words.casefold())
    return " ".join(re.sub(r"[^\w\s]|_", " ", bare).split())


def _spellings(label: Label) -> list[str]:
    return [plain(label.text), *map(plain, label.also)]


def _exactly(said: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    return tuple(name for name, label in labels.items() if said in _spellings(label))


def _by_number(said: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    number = re.fullmatch(r"(?:no |number |answer )?(\d{1,2})", said)
    names = list(labels)
    return (names[int(number[1]) - 1],) if number and 1 <= int(number[1]) <= len(names) else ()


def _by_first_words(said: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    """The labels that begin with these words; where others have them too, all of those, to be asked about."""
    spelt = {name: f" {plain(label.text)} " for name, label in labels.items()}
    begun = any(text.startswith(f" {said} ") for text in spelt.values())
    return tuple(name for name, text in spelt.items() if begun and f" {said} " in text)


def _by_slip(said: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    """Within one or two slips (letters swapped, missed, doubled), and nothing else nearly as close.

    The distance is Damerau's (1964): 80 % of misspellings are one of four single slips. It is counted in slips and not
    as a ratio, since a ratio takes "not much better" for "much better".
    """
    slips = {name: min(map(partial(_slips, said), _spellings(label))) for name, label in labels.items()}
    near = sorted((slip, position, name) for position, (name, slip) in enumerate(slips.items()) if slip < 1)
    close = tuple(name for slip, _, name in near if slip - near[0][0] < _CLOSE)
    if len(close) == 1 and not any(_word_by_word(said, spelling) for spelling in _spellings(labels[close[0]])):
        return ()
    return close


_CLOSE = 0.5  # candidates whose slips differ by less than half of what is allowed are both near


def _slips(said: str, spelling: str) -> float:
    """Slips between the two as a share of what is allowed for that length: under 1 is near."""
    allowed = 0 if len(spelling) <= 4 else 1 if len(spelling) < 8 else 2  # noqa: PLR2004
    return DamerauLevenshtein.distance(said, spelling, score_cutoff=allowed) / (allowed + 1)


def _word_by_word(said: str, spelling: str) -> bool:
    """Whether each word is near its own; where a space was missed or added, all but one letter is the same.

    `it hasn't come between us` is only two letters from `it has come between us`, and says the opposite.
    """
    mine, theirs = said.split(), spelling.split()
    if len(mine) != len(theirs):
        return DamerauLevenshtein.distance("".join(mine), "".join(theirs)) <= 1
    return all(
        DamerauLevenshtein.distance(one, other) <= (1 if len(other) < 8 else 2)  # noqa: PLR2004
        for one, other in zip(mine, theirs, strict=True)
    )


def _sharing_words(said: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    words = set(said.split())
    if len(words) > 3:  # noqa: PLR2004 - a sentence is a comment, not a label
        return ()
    return tuple(name for name, label in labels.items() if words <= set(plain(label.text).split()))
