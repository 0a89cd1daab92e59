"""Finds the choices that typed text may mean. If two are about equally close, it does not guess."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from flows.schema import Label

MIN_WORD_LENGTH_FOR_TYPO = 5  # letters: "here" with a typo is "her"
MIN_LABEL_LENGTH_FOR_TYPO = 5  # letters of a label that may have one typo
MIN_LENGTH_FOR_TWO_TYPOS = 8  # letters of a label, or of a word in it, that may have two
MAX_DISTANCE_GAP = 0.5  # candidates closer together than half of the allowed typos are both near
MAX_LABEL_LIKE_WORDS = 3  # a longer text is a comment and not a label


@dataclass(frozen=True, slots=True)
class TextMatch:
    """The choices that a text may mean: exactly one if `is_certain`; otherwise those to ask about, or none."""

    candidates: tuple[str, ...] = ()
    is_certain: bool = False

    @property
    def choice(self) -> str | None:
        return self.candidates[0] if self.is_certain else None


def match_choice(text: str, labels: Mapping[str, Label]) -> TextMatch:
    """Matches a text with labels ({id: label}, in the order in which they are shown).

    A match is the label itself or a synonym, its number in the list, its first words, or one of these with a typo. A
    text that is near to several, or only shares words with some, is not certain.
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
    """Whether the text is the label or a synonym, and nothing else."""
    normalised = normalise_text(text)
    return bool(normalised) and label is not None and normalised in _spellings(label)


def contains_phrase(text: str, phrases: Iterable[str]) -> bool:
    """Whether the text contains one of these phrases as whole words; a long word may have a typo."""
    words = normalise_text(text).split()
    return any(_contains_sequence(words, normalise_text(phrase).split()) for phrase in phrases)


def strip_fillers(text: str, leading: Iterable[str], trailing: Iterable[str]) -> str:
    """The normalised text without fillers at its start and end (*well, a bit better, love*).

    A text that is nothing but a filler stays.
    """
    normalised = normalise_text(text)
    leading_filler = next((f for f in map(normalise_text, leading) if normalised.startswith(f"{f} ")), None)
    if leading_filler:
        return strip_fillers(normalised.removeprefix(f"{leading_filler} "), leading, trailing)
    trailing_filler = next((f for f in map(normalise_text, trailing) if normalised.endswith(f" {f}")), None)
    if trailing_filler:
        return strip_fillers(normalised.removesuffix(f" {trailing_filler}"), leading, trailing)
    return normalised


def normalise_text(text: str) -> str:
    """The text without case, punctuation and extra spaces. Apostrophes are dropped: “I’m” and “im” are equal."""
    without_apostrophes = re.sub(r"['’‘`´]", "", text.casefold())
    return " ".join(re.sub(r"[^\w\s]|_", " ", without_apostrophes).split())


def _spellings(label: Label) -> list[str]:
    return [normalise_text(label.text), *map(normalise_text, label.synonyms)]


def _contains_sequence(words: list[str], phrase_words: list[str]) -> bool:
    positions = range(len(words) - len(phrase_words) + 1)
    return any(
        all(map(_is_near_word, words[position : position + len(phrase_words)], phrase_words)) for position in positions
    )


def _is_near_word(typed_word: str, word: str) -> bool:
    """Whether a typed word is `word`, or has one typo after its first letter: a letter missing, added or swapped."""
    if typed_word == word or len(word) < MIN_WORD_LENGTH_FOR_TYPO or typed_word[0] != word[0]:
        return typed_word == word
    has_same_letters = len(typed_word) != len(word) or sorted(typed_word) == sorted(word)
    return has_same_letters and _count_typos(typed_word, word) <= 1


def _exact_matches(normalised: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    return tuple(name for name, label in labels.items() if normalised in _spellings(label))


def _number_matches(normalised: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    number = re.fullmatch(r"(?:no |number |answer )?(\d{1,2})", normalised)
    names = list(labels)
    return (names[int(number[1]) - 1],) if number and 1 <= int(number[1]) <= len(names) else ()


def _prefix_matches(normalised: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    """The labels that contain the text, if one of them begins with it."""
    padded_labels = {name: f" {normalise_text(label.text)} " for name, label in labels.items()}
    has_prefix = any(text.startswith(f" {normalised} ") for text in padded_labels.values())
    return tuple(name for name, text in padded_labels.items() if has_prefix and f" {normalised} " in text)


def _typo_matches(normalised: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    """The nearest labels within one or two typos (letters swapped, missed, added or wrong).

    Damerau (1964): 80 % of misspellings are one of these four single errors.
    """
    # Typos are counted, and not put into a ratio: by a ratio, "not much better" is near to "much better".
    distances = {
        name: min(map(partial(_relative_distance, normalised), _spellings(label))) for name, label in labels.items()
    }
    near = sorted((distance, position, name) for position, (name, distance) in enumerate(distances.items()))
    near = [item for item in near if item[0] < 1]
    close = tuple(name for distance, _, name in near if distance - near[0][0] < MAX_DISTANCE_GAP)
    if len(close) == 1 and not any(
        _matches_word_by_word(normalised, spelling) for spelling in _spellings(labels[close[0]])
    ):
        return ()
    return close


def _relative_distance(normalised: str, spelling: str) -> float:
    """The typos between the two, as a share of those that are allowed for this length: near if under 1."""
    allowed_typos = _allowed_typos(spelling) if len(spelling) >= MIN_LABEL_LENGTH_FOR_TYPO else 0
    return _count_typos(normalised, spelling, allowed_typos) / (allowed_typos + 1)


def _matches_word_by_word(normalised: str, spelling: str) -> bool:
    """Whether each word is near to its own or, where a space was missed or added, all but one letter agree."""
    # `it hasn't come between us` is only two letters from `it has come between us`, and says the opposite.
    typed_words, label_words = normalised.split(), spelling.split()
    if len(typed_words) != len(label_words):
        return _count_typos("".join(typed_words), "".join(label_words)) <= 1
    return all(
        _count_typos(typed_word, label_word) <= _allowed_typos(label_word)
        for typed_word, label_word in zip(typed_words, label_words, strict=True)
    )


def _count_typos(typed: str, spelling: str, max_count: int | None = None) -> int:
    """The Damerau-Levenshtein distance. Above `max_count` it may be any number above it."""
    from rapidfuzz.distance import DamerauLevenshtein  # noqa: PLC0415 - 2 MB, and most people only tap

    return DamerauLevenshtein.distance(typed, spelling, score_cutoff=max_count)


def _allowed_typos(word: str) -> int:
    return 1 if len(word) < MIN_LENGTH_FOR_TWO_TYPOS else 2


def _shared_word_matches(normalised: str, labels: Mapping[str, Label]) -> tuple[str, ...]:
    words = set(normalised.split())
    if len(words) > MAX_LABEL_LIKE_WORDS:
        return ()
    return tuple(name for name, label in labels.items() if words <= set(normalise_text(label.text).split()))
