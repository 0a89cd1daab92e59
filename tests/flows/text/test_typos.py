"""Slips of the thumb, all of them: every label of the flow, every place in it, every kind of single slip.

The law: whoever means a label and slips once is understood, or asked with their choice among those offered; they are
never taken for another choice, and their words are never lost without being offered.
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
SPELT = [(question, choice, label.text) for question, all_ in CHOICES.items() for choice, label in all_.items()]
WORDS = sorted({word for all_ in CHOICES.values() for label in all_.values() for word in (label.text, *label.synonyms)})


def one_slip(word: str) -> Iterator[str]:
    """Each letter missed, doubled, or swapped with the next."""
    for at, letter in enumerate(word):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + letter + word[at:]
        yield word[:at] + word[at + 1 : at + 2] + letter + word[at + 2 :]


@pytest.mark.parametrize(("question", "choice", "text"), SPELT)
def test_one_slip_in_a_label_is_that_choice_or_asked_about(question: str, choice: str, text: str) -> None:
    for slipped in one_slip(text):
        meaning = match_choice(slipped, CHOICES[question])
        assert choice in meaning.candidates, (slipped, meaning)


@given(question=st.sampled_from(sorted(CHOICES)), data=st.data())
def test_two_slips_never_take_a_long_label_for_another(question: str, data: st.DataObject) -> None:
    choice = data.draw(st.sampled_from(sorted(CHOICES[question])))
    once = data.draw(st.sampled_from(list(one_slip(CHOICES[question][choice].text))))
    twice = data.draw(st.sampled_from(list(one_slip(once))))
    taken = match_choice(twice, CHOICES[question]).choice
    assert taken in {choice, None}, twice


def _nearest(said: str, labels: dict[str, Label]) -> list[int]:
    """The distance to each choice: to the nearest of its words."""
    return sorted(
        min(DamerauLevenshtein.distance(said, normalise_text(word)) for word in (label.text, *label.synonyms))
        for label in labels.values()
    )


def _is_said(said: str, labels: dict[str, Label]) -> bool:
    """Whether it is a label's number, or its first words, and no slip at all."""
    numbers = {str(number) for number in range(1, len(labels) + 1)}
    return said.removeprefix("no ").removeprefix("number ").removeprefix("answer ").lstrip("0") in numbers or any(
        f"{normalise_text(label.text)} ".startswith(f"{said} ") for label in labels.values()
    )


SLIPPED = st.sampled_from(WORDS).flatmap(lambda word: st.sampled_from([word, *one_slip(word)]))
TWICE = SLIPPED.flatmap(lambda word: st.sampled_from([word, *one_slip(word)]))


@given(question=st.sampled_from(sorted(CHOICES)), words=st.one_of(st.text(max_size=20), TWICE))
def test_nothing_is_sure_while_two_choices_are_equally_near(question: str, words: str) -> None:
    labels = dict(CHOICES[question])
    meaning = match_choice(words, labels)
    said = normalise_text(words)
    if meaning.is_certain and not _is_said(said, labels):
        first, second = _nearest(said, labels)[:2]
        assert first < second


@given(words=st.text(max_size=40), question=st.sampled_from(sorted(CHOICES)))
def test_reading_never_raises_and_names_only_choices_of_the_question(words: str, question: str) -> None:
    meaning = match_choice(words, CHOICES[question])
    assert set(meaning.candidates) <= set(CHOICES[question])
    assert len(set(meaning.candidates)) == len(meaning.candidates)
    assert not meaning.is_certain or len(meaning.candidates) == 1


@given(words=st.text(max_size=20))
def test_no_labels_no_meaning(words: str) -> None:
    assert match_choice(words, {}) == TextMatch()


@given(words=st.text(max_size=40))
def test_plain_words_stay_as_they_are(words: str) -> None:
    assert normalise_text(normalise_text(words)) == normalise_text(words)
