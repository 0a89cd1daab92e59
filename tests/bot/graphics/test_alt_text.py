"""The text of the results for screen readers has everything that the charts show."""

from dataclasses import replace

import pytest

from bot.graphics.alt_text import describe_results
from bot.graphics.model import CampaignResults, QuestionTally
from tests.support.graphics_samples import NUMERIC_RESULTS, WORDED_RESULTS, load_texts


def test_each_number_is_listed_and_suppressed_ones_are_named() -> None:
    text = describe_results(NUMERIC_RESULTS)
    paragraph = next(part for part in text.split("\n\n") if part.startswith("Knowing"))
    assert paragraph == (
        "Knowing what goes on: passes. Answers: very good 15, good 25, in the middle 10, poor not shown, "
        "very poor not shown, not sure not shown, skipped not shown."
    )
    assert "Decided together. Not shown: too few people answered this." in text
    assert "“Not shown” is 0 to 7 people" in text
    assert "*" not in text


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (3, "good 10, in the middle 10, poor 10, not sure"),
        (4, "very good 10, good 10, poor 10, very poor 10, not sure"),
        (6, "the best 10, very good 10, good 10, poor 10, very poor 10, the worst 10, not sure"),
    ],
)
def test_all_points_of_a_scale_are_listed_and_no_others(count: int, expected: str) -> None:
    question = QuestionTally("Coping", False, "60", ("10",) * count)
    assert f"Coping. Answers: {expected}" in describe_results(replace(NUMERIC_RESULTS, questions=(question,)))


def test_shares_are_described_in_words_not_numbers() -> None:
    text = describe_results(WORDED_RESULTS)
    assert "Coping: not yet. About half: poor, very poor. Some, or nobody: very good, good, in the middle." in text
    assert "Fewer than 50 answers" in text
    assert "Skipped" not in text, "some, or nobody, of both is no information"
    one = replace(WORDED_RESULTS, questions=(replace(WORDED_RESULTS.questions[0], skipped="about_half"),))
    assert "Not sure: some, or nobody. Skipped: about half." in describe_results(one)


@pytest.mark.parametrize("results", [NUMERIC_RESULTS, WORDED_RESULTS], ids=["numbers", "words"])
def test_the_title_the_verdict_and_the_rule_are_included(results: CampaignResults) -> None:
    text = describe_results(results)
    assert text.startswith("What people said about the memory clinic. Asked by Riverside Carers.")
    assert f"Results no. {results.release}." in text
    assert "This service: not yet." in text
    assert text.endswith("A question passes if clearly more said good than poor. All three must pass.")


def test_the_text_is_in_the_reader_s_language() -> None:
    assert "ابھی نہیں" in describe_results(NUMERIC_RESULTS, load_texts("ur"))
    assert "Knowing what goes on: yn pasio." in describe_results(NUMERIC_RESULTS, load_texts("cy"))
