"""Hidden words: those that are chosen, wherever they stand, and not a sign more; shown again, all is as it was."""

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

SIGNS = st.sampled_from(
    [*"aAbß İıéüñ0-'’.,;:!?()[]“”<>&\n\t\u00a0", "e\u0301", "שׁ", "پ", "ں", "🙂", "👩‍👧", "\u200f", "\u2067"]
)
WORDS = st.one_of(st.text(max_size=60), st.lists(SIGNS, max_size=80).map("".join))


def hidden(words: str, *chosen: str) -> str:
    return apply_redaction(words, [number for one in chosen for number in find_word_numbers(words, one)])


@pytest.mark.parametrize(
    ("words", "chosen", "left"),
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
def test_a_word_is_hidden_wherever_it_stands_and_what_is_around_it_stays(
    words: str, chosen: str, left: str | None
) -> None:
    assert hidden(words, chosen) == (left or words)


@given(WORDS, st.data())
def test_whichever_are_hidden_all_others_stay_in_their_order(words: str, data: st.DataObject) -> None:
    there = list_redactable_words(words)
    chosen = data.draw(st.sets(st.sampled_from(there))) if there else set()
    alike = {word.normalised for word in chosen}
    left = apply_redaction(words, [word.number for word in chosen])
    assert re.split(r"\S+", left) == re.split(r"\S+", words), "what stands between words"
    for before, after in zip(words.split(), left.split(), strict=True):
        bare = {word.text: word.normalised for word in list_redactable_words(before)}
        if set(bare.values()) & alike:
            [text] = bare
            assert after == before.replace(text, REDACTION_MARK, 1)
        else:
            assert after == before


@given(WORDS)
def test_with_none_hidden_it_is_the_very_same_and_with_all_nothing_can_be_read(words: str) -> None:
    assert apply_redaction(words, ()) == words
    there = list_redactable_words(words)
    bare = apply_redaction(words, [word.number for word in there])
    assert len({word.normalised for word in list_redactable_words(bare)} - {"hidden"}) == 0
    assert len({word.normalised for word in there}) == len(there), "each once"


@given(WORDS, st.lists(st.integers(-5, 2_000), max_size=20))
def test_numbers_of_no_word_hide_nothing(words: str, numbers: list[int]) -> None:
    real = {word.number for word in list_redactable_words(words)}
    others = [one for one in numbers if one not in range(len(words.split()))]
    assert apply_redaction(words, others) == words
    assert apply_redaction(words, [*real, *others]) == apply_redaction(words, real)


def test_the_longest_comment_of_the_shortest_words() -> None:
    words = " ".join(chr(ord("a") + number % 26) + chr(ord("a") + number // 26) for number in range(333))
    assert len(words) == 998
    assert len(list_redactable_words(words)) == 333 < MAX_REDACTABLE_WORDS
    assert set(apply_redaction(words, range(333)).split()) == {REDACTION_MARK}


def test_words_that_do_not_stand_there_are_not_found() -> None:
    assert find_word_numbers("Rose Hill Rose", "rose hill") == [0, 1]
    assert (
        find_word_numbers("Rose Hill", "Rose Mill")
        == find_word_numbers("Rose", "…")
        == find_word_numbers("", "Rose")
        == []
    )
