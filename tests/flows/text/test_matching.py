"""Matching of typed text with choices, and text that must never match."""

from itertools import combinations

import pytest

from flows.loader import load_walk
from flows.schema import Label, count_utf16_units
from flows.text.matching import TextMatch, contains_phrase, match_choice, matches_label, normalise_text, strip_fillers

LABELS = load_walk().flow.labels["en"]
CHOICES = LABELS.choices
IS_CERTAIN = True


def match_at(question: str, text: str) -> TextMatch:
    return match_choice(text, CHOICES[question])


@pytest.mark.parametrize(
    ("question", "text", "choice"),
    [
        ("informed", "A bit better", "1"),
        ("informed", "a BIT better!", "1"),
        ("informed", "  a bit   better ", "1"),
        ("informed", "2", "1"),
        ("informed", "2.", "1"),
        ("informed", "number 2", "1"),
        ("informed", "No 6", "not_sure"),
        ("informed", "much", "2"),
        ("informed", "lost in jargon", "-2"),
        ("informed", "dunno", "not_sure"),
        ("informed", "don’t know", "not_sure"),
        ("informed", "dont know", "not_sure"),
        ("informed", "don't know.", "not_sure"),
        ("informed", "a lot beter", "2"),
        ("informed", "abotu the same", "0"),
        ("informed", "alot beter", "2"),
        ("informed", "notsure", "not_sure"),
        ("informed", "not sur", "not_sure"),
        ("role", "Im a neighbour or volunteer", "neighbour"),
        ("role", "I’m paid to help", "paid_worker"),
        ("role", "carer", "family_carer"),
        ("viewpoint", "me", "myself"),
        ("viewpoint", "my famly", "family"),
        ("support_to_choose", "no", "-2"),
        ("building_on_strengths", "nevr", "-2"),
        ("wider_support", "so so", "0"),
        ("new_choices", "not much", "0"),
        ("more", "send now", "send_now"),
        ("more", "go on", "go_on"),
    ],
)
def test_labels_numbers_first_words_synonyms_and_typos_match(question: str, text: str, choice: str) -> None:
    assert match_at(question, text) == TextMatch((choice,), IS_CERTAIN)


@pytest.mark.parametrize(
    ("question", "text", "candidates"),
    [
        ("informed", "better", {"2", "1"}),
        ("informed", "a bit", {"1", "-1"}),
        ("confident", "a bit", {"1", "-1"}),
        ("informed", "worse", {"-1"}),
        ("informed", "sure", {"not_sure"}),
        ("support_to_choose", "yes", {"2", "1"}),
        ("connected", "closer", {"2", "1"}),
        ("wider_support", "not", {"-1", "not_sure"}),
        ("role", "I", {"family_carer", "draws_on_support"}),
    ],
)
def test_ambiguous_text_has_several_candidates_or_an_uncertain_one(
    question: str, text: str, candidates: set[str]
) -> None:
    match = match_at(question, text)
    assert set(match.candidates) == candidates
    assert not match.is_certain
    assert match.choice is None


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("informed", "not much better"),
        ("informed", "not a bit better"),
        ("informed", "no better"),
        ("informed", "not better"),
        ("informed", "yes"),
        ("informed", "no"),
        ("informed", "not lost"),
        ("informed", "I am not lost in jargon and forms"),
        ("informed", "much better than the other one"),
        ("informed", "the same as before but with more forms"),
        ("confident", "no"),
        ("confident", "yes"),
        ("confident", "not more able"),
        ("confident", "not much more able"),
        ("connected", "no"),
        ("connected", "not closer"),
        ("connected", "it has not come between us"),
        ("connected", "it hasn't come between us"),
        ("connected", "it hasnt come between us"),
        ("wider_support", "it doesn't work against them"),
        ("new_choices", "one"),
        ("new_choices", "not a wide choice"),
        ("shared_decisions", "not from the start"),
        ("shared_decisions", "yes"),
        ("wider_support", "not really well"),
        ("informed", "7"),
        ("informed", "0"),
        ("informed", "22"),
        ("informed", "?!"),
        ("informed", ""),
        ("informed", "   "),
        ("informed", "👍"),
    ],
)
def test_negations_and_unrelated_text_match_no_choice(question: str, text: str) -> None:
    assert match_at(question, text).choice is None


def test_two_labels_equally_near_are_both_candidates() -> None:
    labels = {"left": Label(text="Turn left now"), "lift": Label(text="Turn lift now")}
    assert match_choice("turn lxft now", labels) == TextMatch(("left", "lift"))
    assert match_choice("turn left now", labels) == TextMatch(("left",), IS_CERTAIN)


def test_a_label_only_a_little_nearer_is_not_certain() -> None:
    labels = {"left": Label(text="Turn left"), "lifts": Label(text="Turn lifts")}
    assert match_choice("turn leftt", labels) == TextMatch(("left", "lifts"))


def test_a_synonym_of_two_choices_is_not_certain() -> None:
    labels = {"a": Label(text="Apples", synonyms=("fruit",)), "p": Label(text="Pears", synonyms=("fruit",))}
    assert match_choice("fruit", labels) == TextMatch(("a", "p"))


def test_a_very_short_label_allows_no_typo() -> None:
    assert match_choice("nn", {"no": Label(text="No"), "yes": Label(text="Yes")}) == TextMatch()


def test_no_label_or_synonym_is_shared_within_a_question() -> None:
    for question, labels in CHOICES.items():
        for (one, first), (other, second) in combinations(labels.items(), 2):
            shared = {normalise_text(word) for word in (first.text, *first.synonyms)} & {
                normalise_text(word) for word in (second.text, *second.synonyms)
            }
            assert not shared, (question, one, other, shared)


def test_every_label_and_synonym_matches_its_own_choice() -> None:
    for question, labels in CHOICES.items():
        for choice, label in labels.items():
            for word in (label.text, *label.synonyms):
                assert match_at(question, word) == TextMatch((choice,), IS_CERTAIN), (question, word)


def test_a_number_matches_the_choice_in_that_position() -> None:
    for question, labels in CHOICES.items():
        for number, choice in enumerate(labels, 1):
            assert match_at(question, str(number)).choice == choice


def test_an_action_matches_only_its_exact_words() -> None:
    skip = LABELS.actions["skip"]
    assert matches_label("Skip", skip)
    assert matches_label(" next. ", skip)
    assert not matches_label("skip the line", skip)
    assert not matches_label("", skip)
    assert not matches_label("!", Label(text="‹", synonyms=("",)))
    assert not matches_label("skip", None)


@pytest.mark.parametrize("text", ["no", "none", "nothing", "yes", "sure"])
def test_answers_do_not_match_skip(text: str) -> None:
    """`no` may answer a choice question; only at a text question does it mean *nothing to add*."""
    assert not matches_label(text, LABELS.actions["skip"])


@pytest.mark.parametrize(
    "text",
    [
        "I can’t go on",
        "i cant go on",
        "we are AT BREAKING POINT.",
        "sometimes I want to die",
        "suicide",
        "suicidle",
        "i want to kil myself",
        "kill myslef",
        "I can't cope anymore",
        "I cannot do this any more",
        "I dont want to be here",
        "I'm at the end of my tether",
        "she hits me when she is confused",
        "I am scared of him",
        "he said he is going to kill me",
    ],
)
def test_phrases_of_distress_are_found_within_a_sentence(text: str) -> None:
    assert contains_phrase(text, LABELS.distress_phrases)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "it is a diet",
        "the suicidesquad film",
        "they go on and on",
        "I was ill myself",
        "it is overdone",
        "beats me",
        "it hits me now and then",
        "i don't want to be her carer",
    ],
)
def test_parts_of_words_and_other_meanings_are_not_distress(text: str) -> None:
    assert not contains_phrase(text, LABELS.distress_phrases)


def test_no_label_is_a_phrase_of_distress() -> None:
    for labels in CHOICES.values():
        for label in labels.values():
            assert not any(contains_phrase(word, LABELS.distress_phrases) for word in (label.text, *label.synonyms))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Well, yeah, a bit better I think, love", "a bit better"),
        ("a bit better to be honest", "a bit better"),
        ("no, love", "no"),
        ("not a bit better, mate", "not a bit better"),
        ("love", "love"),
    ],
)
def test_fillers_are_stripped_and_negations_kept(text: str, expected: str) -> None:
    assert strip_fillers(text, LABELS.leading_fillers, LABELS.trailing_fillers) == expected


def test_length_is_counted_as_telegram_counts_it() -> None:
    assert count_utf16_units("abc") == 3
    assert count_utf16_units("né") == 2
    assert count_utf16_units("👍") == 2
