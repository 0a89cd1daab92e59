"""Every single typo in every label of the flow.

A respondent who means a label and makes one typo is understood, or asked with their choice among the candidates. They
are never taken for another choice, and their text is never lost without being offered as a comment.
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
SPELLINGS = [(question, choice, label.text) for question, all_ in CHOICES.items() for choice, label in all_.items()]
TEXTS = sorted({word for all_ in CHOICES.values() for label in all_.values() for word in (label.text, *label.synonyms)})


def single_typos(word: str) -> Iterator[str]:
    """The word with each letter missed, doubled, or swapped with the next."""
    for at, letter in enumerate(word):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + letter + word[at:]
        yield word[:at] + word[at + 1 : at + 2] + letter + word[at + 2 :]


@pytest.mark.parametrize(("question", "choice", "text"), SPELLINGS)
def test_one_slip_in_a_label_is_that_choice_or_asked_about(question: str, choice: str, text: str) -> None:
    for mistyped in single_typos(text):
        meaning = match_choice(mistyped, CHOICES[question])
        assert choice in meaning.candidates, (mistyped, meaning)


@given(question=st.sampled_from(sorted(CHOICES)), data=st.data())
def test_two_slips_never_take_a_long_label_for_another(question: str, data: st.DataObject) -> None:
    choice = data.draw(st.sampled_from(sorted(CHOICES[question])))
    once = data.draw(st.sampled_from(list(single_typos(CHOICES[question][choice].text))))
    twice = data.draw(st.sampled_from(list(single_typos(once))))
    taken = match_choice(twice, CHOICES[question]).choice
    assert taken in {choice, None}, twice


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
def test_nothing_is_sure_while_two_choices_are_equally_near(question: str, text: str) -> None:
    labels = dict(CHOICES[question])
    meaning = match_choice(text, labels)
    text = normalise_text(text)
    if meaning.is_certain and not _is_number_or_prefix(text, labels):
        first, second = _nearest(text, labels)[:2]
        assert first < second


@given(text=st.text(max_size=40), question=st.sampled_from(sorted(CHOICES)))
def test_reading_never_raises_and_names_only_choices_of_the_question(text: str, question: str) -> None:
    meaning = match_choice(text, CHOICES[question])
    assert set(meaning.candidates) <= set(CHOICES[question])
    assert len(set(meaning.candidates)) == len(meaning.candidates)
    assert not meaning.is_certain or len(meaning.candidates) == 1


@given(text=st.text(max_size=20))
def test_no_labels_no_meaning(text: str) -> None:
    assert match_choice(text, {}) == TextMatch()


@given(text=st.text(max_size=40))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert normalise_text(normalise_text(text)) == normalise_text(text)
