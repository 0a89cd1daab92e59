"""Hidden words: chosen words are replaced at each occurrence, everything else stays, and showing them restores the
text.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.anonymity.moderation import (
    MAX_REDACTABLE_WORDS,
    REDACTION_MARK,
    apply_redaction,
    find_word_numbers,
    list_redactable_words,
)

CHARACTERS = st.sampled_from(
    [*"aAbß İıéüñ0-'’.,;:!?()[]“”<>&\n\t\u00a0", "e\u0301", "שׁ", "پ", "ں", "🙂", "👩‍👧", "\u200f", "\u2067"]
)
WORDS = st.one_of(st.text(max_size=60), st.lists(CHARACTERS, max_size=80).map("".join))


def hide(words: str, *chosen_words: str) -> str:
    return apply_redaction(words, [number for one in chosen_words for number in find_word_numbers(words, one)])


@pytest.mark.parametrize(
    ("words", "chosen_words", "expected"),
    [
        ("Rose never rang.", "Rose", "[hidden] never rang."),
        ("(Rose), “Rose”… rose! ROSE", "Rose", "([hidden]), “[hidden]”… [hidden]! [hidden]"),
        ("Rosemary and Rose's", "Rose", None),
        ("Rosemary and Rose", "Rose", "Rosemary and [hidden]"),
        ("one\n\n  two\tone", "one", "[hidden]\n\n  two\t[hidden]"),
        ("<b>Tom</b> & <Tom>", "Tom", "<b>Tom</b> & <[hidden]>"),
        ("محترمہ زینب، نے کہا زینب۔", "زینب", "محترمہ [hidden]، نے کہا [hidden]۔"),
        ("\u2067שרה\u2069 and שרה", "שרה", "\u2067[hidden]\u2069 and [hidden]"),
        ("good 👩‍👧 good", "👩‍👧", "good [hidden] good"),
        ("Zoe\u0301 is Zoé", "Zoé", "[hidden] is [hidden]"),
        ("ring [phone number] now", "number", "ring [phone [hidden]] now"),
        ("Straße STRASSE", "strasse", "[hidden] [hidden]"),
        ("mother-in-law", "mother-in-law", "[hidden]"),
    ],
)
def test_a_word_is_hidden_at_each_occurrence_with_its_punctuation_kept(
    words: str, chosen_words: str, expected: str | None
) -> None:
    assert hide(words, chosen_words) == (expected or words)


@given(WORDS, st.data())
def test_hiding_any_words_leaves_all_others_in_place(words: str, data: st.DataObject) -> None:
    listed = list_redactable_words(words)
    chosen_words = data.draw(st.sets(st.sampled_from(listed))) if listed else set()
    chosen_forms = {word.normalised for word in chosen_words}
    expected = apply_redaction(words, [word.number for word in chosen_words])
    assert re.split(r"\S+", expected) == re.split(r"\S+", words), "the space between words stays"
    for before, after in zip(words.split(), expected.split(), strict=True):
        remaining = {word.text: word.normalised for word in list_redactable_words(before)}
        if set(remaining.values()) & chosen_forms:
            [text] = remaining
            assert after == before.replace(text, REDACTION_MARK, 1)
        else:
            assert after == before


@given(WORDS)
def test_hiding_no_word_changes_nothing_and_hiding_all_leaves_none(words: str) -> None:
    assert apply_redaction(words, ()) == words
    listed = list_redactable_words(words)
    remaining = apply_redaction(words, [word.number for word in listed])
    assert len({word.normalised for word in list_redactable_words(remaining)} - {"hidden"}) == 0
    assert len({word.normalised for word in listed}) == len(listed), "each word is listed once"


@given(WORDS, st.lists(st.integers(-5, 2_000), max_size=20))
def test_invalid_word_numbers_hide_nothing(words: str, numbers: list[int]) -> None:
    real = {word.number for word in list_redactable_words(words)}
    others = [one for one in numbers if one not in range(len(words.split()))]
    assert apply_redaction(words, others) == words
    assert apply_redaction(words, [*real, *others]) == apply_redaction(words, real)


def test_the_longest_comment_of_short_words_fits_the_limit() -> None:
    words = " ".join(chr(ord("a") + number % 26) + chr(ord("a") + number // 26) for number in range(333))
    assert len(words) == 998
    assert len(list_redactable_words(words)) == 333 < MAX_REDACTABLE_WORDS
    assert set(apply_redaction(words, range(333)).split()) == {REDACTION_MARK}


def test_only_words_of_the_comment_are_found() -> None:
    assert find_word_numbers("Rose Hill Rose", "rose hill") == [0, 1]
    assert (
        find_word_numbers("Rose Hill", "Rose Mill")
        == find_word_numbers("Rose", "…")
        == find_word_numbers("", "Rose")
        == []
    )
