"""The chart in words: all that it shows, for whoever can't see it."""

from dataclasses import replace

import pytest

from bot.graphics.alt_text import describe_results
from bot.graphics.model import CampaignResults
from tests.support.graphics_samples import NUMERIC_RESULTS, WORDED_RESULTS, load_texts


def test_each_number_is_told_and_what_is_withheld_is_named() -> None:
    told = describe_results(NUMERIC_RESULTS)
    paragraph = next(part for part in told.split("\n\n") if part.startswith("Knowing"))
    assert paragraph == (
        "Knowing what goes on: passes. Answers: very good 15, good 25, in the middle 10, poor not shown, "
        "very poor not shown, not sure not shown, skipped not shown."
    )
    assert "Decided together. Not shown: too few people answered this." in told
    assert "“Not shown” is 0 to 7 people" in told
    assert "*" not in told


def test_words_are_told_as_words() -> None:
    told = describe_results(WORDED_RESULTS)
    assert "Coping: not yet. About half: poor, very poor. Some, or nobody: very good, good, in the middle." in told
    assert "Fewer than 50 answers" in told
    assert "Skipped" not in told, "some, or nobody, of both says nothing"
    one = replace(WORDED_RESULTS, questions=(replace(WORDED_RESULTS.questions[0], skipped="about_half"),))
    assert "Not sure: some, or nobody. Skipped: about half." in describe_results(one)


@pytest.mark.parametrize("results", [NUMERIC_RESULTS, WORDED_RESULTS], ids=["numbers", "words"])
def test_the_head_the_result_and_the_rule_are_told(results: CampaignResults) -> None:
    told = describe_results(results)
    assert told.startswith("What people said about the memory clinic. Asked by Riverside Carers.")
    assert f"Results no. {results.release}." in told
    assert "This service: not yet." in told
    assert told.endswith("A question passes if clearly more said good than poor. All three must pass.")


def test_it_is_told_in_another_language() -> None:
    assert "ابھی نہیں" in describe_results(NUMERIC_RESULTS, load_texts("ur"))
    assert "Knowing what goes on: yn pasio." in describe_results(NUMERIC_RESULTS, load_texts("cy"))
