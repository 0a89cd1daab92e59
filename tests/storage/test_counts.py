"""Counts that give nobody away, by the rule and in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.sealed.counts import ABOUT_HALF, MOST, SOME, WITHHELD, shown, table

K = 10


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "*"), (1, "*"), (7, "*"), (8, "10"), (12, "10"), (13, "15"), (52, "50"), (53, "55"), (998, "1000")],
)
def test_a_small_count_is_withheld_and_others_are_rounded_to_five(count: int, said: str) -> None:
    assert shown(count) == said


@given(st.integers(0, 10_000))
def test_an_empty_cell_looks_like_a_withheld_one_and_no_other_is_more_than_two_off(count: int) -> None:
    said = shown(count)
    assert said == WITHHELD if count <= 7 else abs(int(said) - count) <= 2


@given(st.lists(st.integers(0, 60), min_size=2, max_size=6))
def test_from_fifty_on_numbers_are_told_and_below_only_words(counts: list[int]) -> None:
    said = table({str(number): count for number, count in enumerate(counts)}, K)
    total = sum(counts)
    if total >= 50:
        assert said[""] == shown(total)
        assert [said[str(number)] for number in range(len(counts))] == [shown(count) for count in counts]
    elif total >= K:
        assert set(said.values()) <= {WITHHELD, MOST, ABOUT_HALF, SOME}
        assert said[""] == WITHHELD
    else:
        assert set(said.values()) == {WITHHELD}


@pytest.mark.parametrize(("count", "word"), [(0, SOME), (1, SOME), (7, SOME), (8, ABOUT_HALF), (12, MOST), (20, MOST)])
def test_no_word_says_all_or_none(count: int, word: str) -> None:
    """20 people: 0 is told like 1, 20 like 19."""
    assert table({"yes": count, "no": 20 - count}, K)["yes"] == word
