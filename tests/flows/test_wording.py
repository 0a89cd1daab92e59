"""Words: what people type is put into a text whole, however long, and as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import spoken
from flows.faults import WordMissing
from flows.lengths import LONGEST

WORDS = spoken("en")


@pytest.mark.parametrize("length", [1, 200, 201, 2500, 2501, 4096])
def test_long_words_are_put_in_whole(length: int) -> None:
    assert WORDS.text("given_words", {"words": "x" * length}) == f"You wrote: “{'x' * length}”"


def test_two_long_words_keep_their_places() -> None:
    name, words = "n" * 300, "w" * 3000
    assert WORDS.text("check_words", {"name": name, "words": words}) == f"<b>{name}:</b> “{words}”"


@given(st.text(alphabet=st.sampled_from("\ue0000123{}$"), max_size=300))
def test_no_words_are_taken_for_a_mark(words: str) -> None:
    assert WORDS.text("given_words", {"words": words}) == f"You wrote: “{words.replace(chr(0xE000), '')}”"


def test_a_text_that_nobody_has_says_which_and_where() -> None:
    with pytest.raises(WordMissing, match=r"en\.ftl: nonsense is missing; add a text under that name"):
        WORDS.text("nonsense")


def test_how_much_is_kept_is_said_as_it_is() -> None:
    assert f"I can keep {LONGEST} characters" in WORDS.text("too_long", {"number": LONGEST + 1, "most": LONGEST})
