"""Counts that give nobody away, by the rule and in words."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.disclosure_control import SHARE_ABOUT_HALF, SHARE_MOST, SHARE_SOME, SUPPRESSED
from storage.anonymity.rounding import protect_counts, round_count

K = 10


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "*"), (1, "*"), (7, "*"), (8, "10"), (12, "10"), (13, "15"), (52, "50"), (53, "55"), (998, "1000")],
)
def test_a_small_count_is_suppressed_and_others_are_rounded_to_five(count: int, said: str) -> None:
    assert round_count(count) == said


@given(st.integers(0, 10_000))
def test_an_empty_cell_looks_like_a_suppressed_one_and_no_other_is_more_than_two_off(count: int) -> None:
    said = round_count(count)
    assert said == SUPPRESSED if count <= 7 else abs(int(said) - count) <= 2


@given(st.lists(st.integers(0, 60), min_size=2, max_size=6))
def test_from_fifty_on_numbers_are_told_and_below_only_words(counts: list[int]) -> None:
    said = protect_counts({str(number): count for number, count in enumerate(counts)}, K)
    total = sum(counts)
    if total >= 50:
        assert said[""] == round_count(total)
        moved = [number for number, count in enumerate(counts) if said[str(number)] != round_count(count)]
        assert len(moved) <= 1
        assert all(abs(int(said[str(number)]) - int(round_count(counts[number]))) == 5 for number in moved)
    elif total >= K:
        assert set(said.values()) <= {SUPPRESSED, SHARE_MOST, SHARE_ABOUT_HALF, SHARE_SOME}
        assert said[""] == SUPPRESSED
    else:
        assert set(said.values()) == {SUPPRESSED}


@pytest.mark.parametrize(
    ("count", "word"),
    [(0, SHARE_SOME), (1, SHARE_SOME), (7, SHARE_SOME), (8, SHARE_ABOUT_HALF), (12, SHARE_MOST), (20, SHARE_MOST)],
)
def test_no_word_says_all_or_none(count: int, word: str) -> None:
    """20 people: 0 is told like 1, 20 like 19."""
    assert protect_counts({"yes": count, "no": 20 - count}, K)["yes"] == word


def possible(said: dict[str, str], suppressed: str) -> range:
    """What a suppressed cell may hold, by all that stands beside it."""
    total = int(said[""])
    others = [said[answer] for answer in said if answer not in {"", suppressed}]
    least = sum(0 if one == SUPPRESSED else int(one) - 2 for one in others)
    most = sum(7 if one == SUPPRESSED else int(one) + 2 for one in others)
    return range(max(0, max(total - 2, 50) - most), min(7, total + 2 - least) + 1)


NOTHING_LEFT = [13, 13, 13, 13, 0, 0, 0]  # rounded, they are at most 52 together, and at least 52
ALL_FULL = [22, 22, 7, 7]


@example(NOTHING_LEFT)
@example(ALL_FULL)
@given(st.lists(st.one_of(st.integers(0, 7), st.integers(0, 60)), min_size=2, max_size=7))
def test_no_suppressed_count_is_told_by_the_total_and_the_others(counts: list[int]) -> None:
    said = protect_counts({str(number): count for number, count in enumerate(counts)}, K)
    if said[""] != SUPPRESSED:
        assert all(len(possible(said, answer)) >= 2 for answer, cell in said.items() if cell == SUPPRESSED)
