"""The chart in words: all that it shows, for whoever can't see it."""

from dataclasses import replace

import pytest

from bot.graphics.alt_text import tell_results
from bot.graphics.model import Results
from tests.support.graphics_samples import IN_WORDS, NUMBERS, wording


def test_each_number_is_told_and_what_is_withheld_is_named() -> None:
    told = tell_results(NUMBERS)
    paragraph = next(part for part in told.split("\n\n") if part.startswith("Knowing"))
    assert paragraph == (
        "Knowing what goes on: passes. Answers: very good 15, good 25, in the middle 10, poor not shown, "
        "very poor not shown, not sure not shown, skipped not shown."
    )
    assert "Decided together. Not shown: too few people answered this." in told
    assert "“Not shown” is 0 to 7 people" in told
    assert "*" not in told


def test_words_are_told_as_words() -> None:
    told = tell_results(IN_WORDS)
    assert "Coping: not yet. About half: poor, very poor. Some, or nobody: very good, good, in the middle." in told
    assert "Fewer than 50 answers" in told
    assert "Skipped" not in told, "some, or nobody, of both says nothing"
    one = replace(IN_WORDS, questions=(replace(IN_WORDS.questions[0], skipped="about_half"),))
    assert "Not sure: some, or nobody. Skipped: about half." in tell_results(one)


@pytest.mark.parametrize("results", [NUMBERS, IN_WORDS], ids=["numbers", "words"])
def test_the_head_the_result_and_the_rule_are_told(results: Results) -> None:
    told = tell_results(results)
    assert told.startswith("What people said about the memory clinic. Asked by Riverside Carers.")
    assert f"Results no. {results.release}." in told
    assert "This service: not yet." in told
    assert told.endswith("A question passes if clearly more said good than poor. All three must pass.")


def test_it_is_told_in_another_language() -> None:
    assert "ابھی نہیں" in tell_results(NUMBERS, wording("ur"))
    assert "Knowing what goes on: yn pasio." in tell_results(NUMBERS, wording("cy"))
