"""Rounding of counts, as numbers and in words, so that no count reveals anybody."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.disclosure_control import SHARE_ABOUT_HALF, SHARE_MOST, SHARE_SOME, SUPPRESSED
from storage.anonymity.rounding import protect_counts, round_count

K = 10


@pytest.mark.parametrize(
    ("count", "displayed"),
    [(0, "*"), (1, "*"), (7, "*"), (8, "10"), (12, "10"), (13, "15"), (52, "50"), (53, "55"), (998, "1000")],
)
def test_small_counts_are_suppressed_and_others_rounded_to_five(count: int, displayed: str) -> None:
    assert round_count(count) == displayed


@given(st.integers(0, 10_000))
def test_a_rounded_count_is_at_most_two_off(count: int) -> None:
    displayed = round_count(count)
    assert displayed == SUPPRESSED if count <= 7 else abs(int(displayed) - count) <= 2


@given(st.lists(st.integers(0, 60), min_size=2, max_size=6))
def test_totals_of_fifty_and_more_have_numbers_and_smaller_ones_words(counts: list[int]) -> None:
    displayed = protect_counts({str(number): count for number, count in enumerate(counts)}, K)
    total = sum(counts)
    if total >= 50:
        assert displayed[""] == round_count(total)
        adjusted = [number for number, count in enumerate(counts) if displayed[str(number)] != round_count(count)]
        assert len(adjusted) <= 1
        assert all(abs(int(displayed[str(number)]) - int(round_count(counts[number]))) == 5 for number in adjusted)
    elif total >= K:
        assert set(displayed.values()) <= {SUPPRESSED, SHARE_MOST, SHARE_ABOUT_HALF, SHARE_SOME}
        assert displayed[""] == SUPPRESSED
    else:
        assert set(displayed.values()) == {SUPPRESSED}


@pytest.mark.parametrize(
    ("count", "word"),
    [(0, SHARE_SOME), (1, SHARE_SOME), (7, SHARE_SOME), (8, SHARE_ABOUT_HALF), (12, SHARE_MOST), (20, SHARE_MOST)],
)
def test_no_share_in_words_reveals_all_or_none(count: int, word: str) -> None:
    """Of 20 people, 0 is worded like 1, and 20 like 19."""
    assert protect_counts({"yes": count, "no": 20 - count}, K)["yes"] == word


def possible_values(displayed: dict[str, str], suppressed: str) -> range:
    """The possible values of a suppressed cell, given all others."""
    total = int(displayed[""])
    others = [displayed[answer] for answer in displayed if answer not in {"", suppressed}]
    min_others = sum(0 if one == SUPPRESSED else int(one) - 2 for one in others)
    max_others = sum(7 if one == SUPPRESSED else int(one) + 2 for one in others)
    return range(max(0, max(total - 2, 50) - max_others), min(7, total + 2 - min_others) + 1)


TIGHT_COUNTS = [13, 13, 13, 13, 0, 0, 0]  # after rounding, their sum is exactly 52
MAXIMUM_COUNTS = [22, 22, 7, 7]


@example(TIGHT_COUNTS)
@example(MAXIMUM_COUNTS)
@given(st.lists(st.one_of(st.integers(0, 7), st.integers(0, 60)), min_size=2, max_size=7))
def test_no_suppressed_count_follows_from_the_total_and_the_others(counts: list[int]) -> None:
    displayed = protect_counts({str(number): count for number, count in enumerate(counts)}, K)
    if displayed[""] != SUPPRESSED:
        assert all(
            len(possible_values(displayed, answer)) >= 2 for answer, cell in displayed.items() if cell == SUPPRESSED
        )
