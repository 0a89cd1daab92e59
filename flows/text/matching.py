"""Typed words → what they may mean. Never a guess between two near candidates."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from rapidfuzz.distance import DamerauLevenshtein

from flows.schema import Label


@dataclass(frozen=True, slots=True)
class TextMatch:
    """What typed words may mean: exactly one candidate and `sure`, or several (or one) to ask about, or none."""

    candidates: tuple[str, ...] = ()
    is_certain: bool = False

    @property
    def choice(self) -> str | None:
        return self.candidates[0] if self.is_certain else None


def match_choice(text: str, labels: Mapping[str, Label]) -> TextMatch:
    """Reads words against labels, in the order that they are shown: {id: label}.

    The label itself or another word for it, its number in the list, its first words, or a small slip of the thumb.
    Whatever is near to more than one, or only shares a word with a label, comes back to be asked about.
    """
    normalised = normalise_text(text)
    if not normalised:
        return TextMatch()
    for candidates in (
        _exact_matches(normalised, labels),
        _number_matches(normalised, labels),
        _prefix_matches(normalised, labels),
        _typo_matches(normalised, labels),
    ):
        if candidates:
            return TextMatch(candidates, is_certain=len(candidates) == 1)
    return TextMatch(_shared_word_matches(normalised, labels))


def matches_label(text: str, label: Label | None) -> bool:
    """Whether these words say just this: the label or another word for it."""
    normalised = normalise_text(text)
    return bool(normalised) and label is not None and normalised in _spellings(label)


def contains_phrase(text: str, phrases: Iterable[str]) -> bool:
    """Whether one of these phrases stands in the words, as whole words; a long word may have a slip in it."""
    spoken_words = normalise_text(text).split()
    return any(_contains_sequence(spoken_words, normalise_text(phrase).split()) for phrase in phrases)


def _contains_sequence(words: list[str], phrase_words: list[str]) -> bool:
    positions = range(len(words) - len(phrase_words) + 1)
    return any(
        all(map(_is_near_word, words[position : position + len(phrase_words)], phrase_words)) for position in positions
    )


def _is_near_word(typed_word: str, word: str) -> bool:
    """Whether this is the word, or the word with one letter missed, added, or swapped with the next, past its first."""
    if typed_word == word or len(word) < 5 or typed_word[0] != word[0]:  # noqa: PLR2004 - "here" with a slip is "her"
        return typed_word == word
    has_same_letters = len(typed_word) != len(word) or sorted(typed_word) == sorted(word)
    return has_same_letters and DamerauLevenshtein.distance(typed_word, word) <= 1


def strip_fillers(text: str, leading: Iterable[str], trailing: Iterable[str]) -> str:
    """Words without the fillers at their start and end (*well, a bit better, love*), unless nothing else is left."""
    padded = f"{normalise_text(text)} "
    leading_filler = next(
        (
            filler
            for filler in map(normalise_text, leading)
            if padded.startswith(f"{filler} ") and padded != f"{filler} "
        ),
        None,
    )
    if leading_filler:
        return strip_fillers(padded.removeprefix(f"{leading_filler} "), leading, trailing)
    padded = f" {normalise_text(text)}"
    trailing_filler = next(
        (f for f in map(normalise_text, trailing) if padded.endswith(f" {f}") and padded != f" {f}"), None
    )
    return (
        strip_fillers(padded.removesuffix(f" {trailing_filler}"), leading, trailing)
        if trailing_filler
        else normalise_text(text)
    )


def normalise_text(text: str) -> str:
    """Words without case, punctuation and extra space; apostrophes are dropped: `I’m` and `im` are one."""
    without_apostrophes = re.sub(r"['’‘`´]", "", text.casefold())
    return " ".join(re.sub(r"[^\w\s]|_", " ", without_apostrophes).split())


def _spellings(label: Label) -> list[str]:
    return [normalise_text(label.text), *map(normalise_text, label.synonyms)]


def _exact_matches(normalised: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    return tuple(name for name, label in labels.items() if normalised in _spellings(label))


def _number_matches(normalised: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    number = re.fullmatch(r"(?:no |number |answer )?(\d{1,2})", normalised)
    names = list(labels)
    return (names[int(number[1]) - 1],) if number and 1 <= int(number[1]) <= len(names) else ()


def _prefix_matches(normalised: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    """The labels that begin with these words; where others have them too, all of those, to be asked about."""
    padded_labels = {name: f" {normalise_text(label.text)} " for name, label in labels.items()}
    has_prefix = any(text.startswith(f" {normalised} ") for text in padded_labels.values())
    return tuple(name for name, text in padded_labels.items() if has_prefix and f" {normalised} " in text)


def _typo_matches(normalised: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    """Within one or two slips (letters swapped, missed, doubled), and nothing else nearly as close.

    The distance is Damerau's (1964): 80 % of misspellings are one of four single slips. It is counted in slips and not
    as a ratio, since a ratio takes "not much better" for "much better".
    """
    distances = {
        name: min(map(partial(_relative_distance, normalised), _spellings(label))) for name, label in labels.items()
    }
    near = sorted((slip, position, name) for position, (name, slip) in enumerate(distances.items()) if slip < 1)
    close = tuple(name for distance, _, name in near if distance - near[0][0] < _MAX_DISTANCE_GAP)
    if len(close) == 1 and not any(
        _matches_word_by_word(normalised, spelling) for spelling in _spellings(labels[close[0]])
    ):
        return ()
    return close


_MAX_DISTANCE_GAP = 0.5  # candidates whose slips differ by less than half of what is allowed are both near


def _relative_distance(normalised: str, spelling: str) -> float:
    """Slips between the two as a share of what is allowed for that length: under 1 is near."""
    allowed_typos = 0 if len(spelling) <= 4 else 1 if len(spelling) < 8 else 2  # noqa: PLR2004
    return DamerauLevenshtein.distance(normalised, spelling, score_cutoff=allowed_typos) / (allowed_typos + 1)


def _matches_word_by_word(normalised: str, spelling: str) -> bool:
    """Whether each word is near its own; where a space was missed or added, all but one letter is the same.

    `it hasn't come between us` is only two letters from `it has come between us`, and says the opposite.
    """
    typed_words, label_words = normalised.split(), spelling.split()
    if len(typed_words) != len(label_words):
        return DamerauLevenshtein.distance("".join(typed_words), "".join(label_words)) <= 1
    return all(
        DamerauLevenshtein.distance(typed_word, label_word) <= (1 if len(label_word) < 8 else 2)  # noqa: PLR2004
        for typed_word, label_word in zip(typed_words, label_words, strict=True)
    )


def _shared_word_matches(normalised: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    words = set(normalised.split())
    if len(words) > 3:  # noqa: PLR2004 - a sentence is a comment, not a label
        return ()
    return tuple(name for name, label in labels.items() if words <= set(normalise_text(label.text).split()))
