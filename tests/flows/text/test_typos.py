"""Every single typo in every label of the flow.

A respondent who makes one typo in a label is understood, or asked with their choice among the candidates. No other
choice is ever taken, and the text is always offered as a comment.
"""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein

from flows.loader import load_walk
from flows.schema import Label
from flows.text.matching import TextMatch, match_choice, normalise_text

CHOICES = load_walk().flow.labels["en"].choices
SPELLINGS = [
    (question, choice, label.text)
    for question, question_labels in CHOICES.items()
    for choice, label in question_labels.items()
]
TEXTS = sorted(
    {
        word
        for question_labels in CHOICES.values()
        for label in question_labels.values()
        for word in (label.text, *label.synonyms)
    }
)


def single_typos(word: str) -> Iterator[str]:
    """The word with each letter missed, doubled, or swapped with the next."""
    for index, letter in enumerate(word):
        yield word[:index] + word[index + 1 :]
        yield word[:index] + letter + word[index:]
        yield word[:index] + word[index + 1 : index + 2] + letter + word[index + 2 :]


@pytest.mark.parametrize(("question", "choice", "text"), SPELLINGS)
def test_a_label_with_one_typo_matches_or_is_a_candidate(question: str, choice: str, text: str) -> None:
    for mistyped in single_typos(text):
        match = match_choice(mistyped, CHOICES[question])
        assert choice in match.candidates, (mistyped, match)


@given(question=st.sampled_from(sorted(CHOICES)), data=st.data())
def test_a_label_with_two_typos_never_matches_another(question: str, data: st.DataObject) -> None:
    choice = data.draw(st.sampled_from(sorted(CHOICES[question])))
    one_typo = data.draw(st.sampled_from(list(single_typos(CHOICES[question][choice].text))))
    two_typos = data.draw(st.sampled_from(list(single_typos(one_typo))))
    matched = match_choice(two_typos, CHOICES[question]).choice
    assert matched in {choice, None}, two_typos


def _nearest(text: str, labels: dict[str, Label]) -> list[int]:
    """The distance to each choice, by its nearest spelling."""
    return sorted(
        min(DamerauLevenshtein.distance(text, normalise_text(word)) for word in (label.text, *label.synonyms))
        for label in labels.values()
    )


def _is_number_or_prefix(text: str, labels: dict[str, Label]) -> bool:
    """Whether it is a label's number or its first words, without a typo."""
    numbers = {str(number) for number in range(1, len(labels) + 1)}
    return text.removeprefix("no ").removeprefix("number ").removeprefix("answer ").lstrip("0") in numbers or any(
        f"{normalise_text(label.text)} ".startswith(f"{text} ") for label in labels.values()
    )


WITH_ONE_TYPO = st.sampled_from(TEXTS).flatmap(lambda word: st.sampled_from([word, *single_typos(word)]))
WITH_TWO_TYPOS = WITH_ONE_TYPO.flatmap(lambda word: st.sampled_from([word, *single_typos(word)]))


@given(question=st.sampled_from(sorted(CHOICES)), text=st.one_of(st.text(max_size=20), WITH_TWO_TYPOS))
def test_no_match_is_certain_while_two_choices_are_equally_near(question: str, text: str) -> None:
    labels = dict(CHOICES[question])
    match = match_choice(text, labels)
    text = normalise_text(text)
    if match.is_certain and not _is_number_or_prefix(text, labels):
        first, second = _nearest(text, labels)[:2]
        assert first < second


@given(text=st.text(max_size=40), question=st.sampled_from(sorted(CHOICES)))
def test_matching_any_text_names_only_choices_of_the_question(text: str, question: str) -> None:
    match = match_choice(text, CHOICES[question])
    assert set(match.candidates) <= set(CHOICES[question])
    assert len(set(match.candidates)) == len(match.candidates)
    assert not match.is_certain or len(match.candidates) == 1


@given(text=st.text(max_size=20))
def test_without_labels_nothing_matches(text: str) -> None:
    assert match_choice(text, {}) == TextMatch()


@given(text=st.text(max_size=40))
def test_normalisation_is_idempotent(text: str) -> None:
    assert normalise_text(normalise_text(text)) == normalise_text(text)
