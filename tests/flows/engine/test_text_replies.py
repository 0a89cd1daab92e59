"""Typed words: labels, ways, comments, what is unclear, what is too long. Nothing typed is thrown away."""

from datetime import timedelta

import pytest

from flows.events import AnswerSaved, DeletionAsked, RunDeleted, Told
from flows.events.prompts import AskClosed, CheckReached, ChoiceUnclear, CommentOffered, PlaceReached
from flows.models import Typed
from flows.schema import CHECK, LONGEST, WELCOME
from tests.support.engine_chat import NOW, Talk, at, begun

LONG = "x" * (LONGEST + 1)


def test_a_typed_label_answers_and_says_what_was_understood() -> None:
    talk = at("informed")
    talk.types("a bit better")
    assert talk.value("informed") == "1"
    assert talk.heard(PlaceReached).noted == ("informed", "1")


def test_what_was_not_meant_is_one_step_back() -> None:
    talk = at("informed")
    talk.types("dunno")
    assert talk.value("informed") == "not_sure"
    talk.taps("back")
    assert talk.heard(PlaceReached).place == "informed"


def test_unclear_words_are_asked_about_and_answered_by_a_button() -> None:
    talk = at("informed")
    talk.types("better")
    assert talk.heard(ChoiceUnclear).candidates == ("2", "1")
    assert "informed" not in talk.run.answers
    talk.taps("answer", "1")
    assert talk.value("informed") == "1"


def test_none_of_these_offers_the_words_as_a_comment() -> None:
    for none in ("tap", "type"):
        talk = at("informed")
        talk.types("better")
        talk.taps("none") if none == "tap" else talk.types("none of these")
        assert talk.heard(CommentOffered).words == "better"


def test_words_that_fit_nothing_are_offered_as_a_comment_and_the_question_stays() -> None:
    talk = at("informed")
    talk.types("They rang back when they said.")
    assert talk.heard(CommentOffered).words == "They rang back when they said."
    assert not talk.run.answers.get("informed_why")
    talk.taps("keep")
    assert talk.value("informed_why") == "They rang back when they said."
    asked = talk.heard(PlaceReached)
    assert (asked.place, asked.notice) == ("informed", "comment_kept")


@pytest.mark.parametrize("no", ["tap", "no", "leave it out"])
def test_a_comment_can_be_left_out(no: str) -> None:
    talk = at("informed")
    talk.types("They rang back.")
    talk.taps("leave") if no == "tap" else talk.types(no)
    assert "informed_why" not in talk.run.answers
    assert talk.heard(PlaceReached).place == "informed"


@pytest.mark.parametrize("yes", ["yes", "Keep it as a comment", "ok"])
def test_a_comment_can_be_kept_by_typing_so(yes: str) -> None:
    talk = at("informed")
    talk.types("They rang back.")
    talk.types(yes)
    assert talk.value("informed_why") == "They rang back."


def test_who_types_on_keeps_the_comment_and_is_read_anew() -> None:
    talk = at("informed")
    talk.types("They rang back.")
    talk.types("a bit better")
    assert talk.value("informed_why") == "They rang back."
    assert talk.value("informed") == "1"


def test_who_types_on_adds_to_the_words_on_offer_and_nothing_is_kept_unasked() -> None:
    talk = at("informed")
    talk.types("They rang back.")
    talk.types("It took them a week though.")
    assert talk.heard(CommentOffered).words == "They rang back.\nIt took them a week though."
    assert "informed_why" not in talk.run.answers
    talk.edits("It took a month though.")
    assert talk.heard(CommentOffered).words == "They rang back.\nIt took a month though."
    talk.edits("They rang.", talk.message - 1)
    assert talk.heard(CommentOffered).words == "They rang.\nIt took a month though."
    talk.taps("leave")
    assert "informed_why" not in talk.run.answers


def test_unclear_words_after_words_on_offer_lose_neither() -> None:
    talk = at("informed")
    talk.types("They rang back.")
    talk.types("better")
    assert talk.heard(ChoiceUnclear).candidates == ("2", "1")
    talk.taps("answer", "1")
    assert (talk.value("informed"), talk.value("informed_why")) == ("1", "They rang back.")


def test_words_on_offer_before_unclear_ones_are_on_offer_still_when_it_is_asked_anew() -> None:
    talk = at("informed")
    talk.types("They rang back.")
    talk.types("better")
    talk.commands("start")
    assert talk.heard(CommentOffered).words == "They rang back."


def test_a_welcome_back_comes_before_words_on_offer() -> None:
    talk = at("informed")
    talk.types("They rang back.")
    talk.commands("start")
    assert talk.heard(CommentOffered).notice == "welcome_back"


@pytest.mark.parametrize("place", ["informed", "informed_why", CHECK])
def test_words_sent_long_before_the_question_was_asked_do_not_answer_it(place: str) -> None:
    talk = at(place)
    answers = talk.run.answers
    talk.replies(Typed("a bit better", 900, NOW - timedelta(seconds=31)))
    assert talk.hears(ChoiceUnclear if place == "informed" else CommentOffered)
    assert talk.run.answers == answers
    talk = at("informed")
    talk.replies(Typed("a bit better", 900, NOW - timedelta(seconds=29)))
    assert talk.value("informed") == "1"


@pytest.mark.parametrize("words", ["delete", "Delete my answers"])
def test_deleting_can_be_typed(words: str) -> None:
    talk = at("informed")
    talk.types(words)
    assert talk.hears(DeletionAsked)
    newcomer = begun()
    newcomer.types(words)
    assert newcomer.heard(RunDeleted) == RunDeleted()


@pytest.mark.parametrize(("words", "choice"), [("well, quite well, thanks love", "1"), ("I suppose so", None)])
def test_words_that_say_nothing_are_no_answer_and_hide_none(words: str, choice: str | None) -> None:
    talk = at("wider_support")
    talk.types(words)
    assert talk.value("wider_support") == choice


def test_two_comments_are_two_lines() -> None:
    talk = at("informed")
    for words in ("One.", "Two."):
        talk.types(words)
        talk.taps("keep")
    assert talk.value("informed_why") == "One.\nTwo."


def test_a_place_without_its_own_comment_keeps_words_in_the_flows() -> None:
    talk = at("role")
    talk.types("I am all of these, really")
    talk.taps("keep")
    assert talk.value("anything_else") == "I am all of these, really"


@pytest.mark.parametrize("words", ["no", "No.", "nope", "yes"])
def test_no_is_not_taken_for_skip_at_a_choice_question(words: str) -> None:
    talk = at("confident")
    talk.types(words)
    assert talk.heard(CommentOffered).words == words
    assert "confident" not in talk.run.answers


@pytest.mark.parametrize("words", ["no", "nothing", "Nothing to add.", "skip", "next", "none"])
def test_where_words_are_asked_for_no_means_none(words: str) -> None:
    talk = at("anything_else")
    talk.types(words)
    assert talk.run.place == CHECK
    assert talk.value("anything_else") is None


@pytest.mark.parametrize(("words", "place"), [("skip", "confident_why"), ("back", "informed"), ("why", "confident")])
def test_ways_can_be_typed(words: str, place: str) -> None:
    talk = at("confident")
    talk.answers("not_sure") if words == "skip" else None
    talk = at("confident")
    talk.types(words)
    assert talk.run.place in {place, "connected", "informed_why"}
    assert not talk.hears(CommentOffered)


def test_help_can_be_typed_anywhere() -> None:
    for place in ("role", "informed_why", "more", CHECK):
        talk = at(place)
        talk.types("help")
        assert talk.heard(Told).topic == "help"
        assert talk.run.place == place
    talk = Talk()
    talk.commands("start")
    talk.types("Help!")
    assert talk.heard(Told).topic == "help"


def test_why_typed_at_a_fork_gives_its_reason() -> None:
    talk = at("more")
    talk.types("why?")
    assert talk.heard(PlaceReached).why


@pytest.mark.parametrize(("place", "words"), [("more", "skip"), (CHECK, "skip"), (CHECK, "why")])
def test_a_way_that_does_not_exist_here_is_no_comment_but_asks_again(place: str, words: str) -> None:
    talk = at(place)
    talk.types(words)
    assert not talk.hears(CommentOffered)
    assert talk.run.place == place


def test_at_the_welcome_words_begin_or_ask_or_are_not_kept() -> None:
    below = "begin_below"
    for words, place, notice in (
        ("ok then", "role", None),
        ("Yes please!", "role", None),
        ("go on then", "role", None),
        ("ready when you are", "role", None),
        ("privacy", WELCOME, "kept"),
        ("my mum is ill", WELCOME, below),
        ("hello?", WELCOME, None),
    ):
        talk = Talk()
        talk.commands("start")
        talk.types(words)
        asked = talk.heard(PlaceReached)
        assert (asked.place, asked.notice) == (place, notice)
        assert not talk.run.answers


def test_a_yes_that_is_the_first_word_of_all_does_not_skip_the_welcome() -> None:
    talk = Talk()
    talk.types("yes")
    assert talk.heard(PlaceReached).place == WELCOME


def test_words_at_a_text_question_are_the_answer() -> None:
    talk = at("informed_why")
    talk.types("Plain letters, <b>at last</b> & a number to ring")
    assert talk.value("informed_why") == "Plain letters, <b>at last</b> & a number to ring"
    assert talk.heard(AnswerSaved).question == "informed_why"


def test_send_is_a_button_since_it_carries_the_receipt() -> None:
    talk = at(CHECK)
    talk.types("send")
    assert not talk.over
    assert talk.heard(CheckReached).notice == "press_send"


def test_words_at_the_check_page_are_offered_as_the_last_comment() -> None:
    talk = at(CHECK)
    talk.types("One more thing.")
    talk.taps("keep")
    assert talk.heard(CheckReached).answers["anything_else"] == "One more thing."


@pytest.mark.parametrize("place", ["informed", "informed_why", CHECK])
def test_what_is_too_long_is_said_and_nothing_is_kept_or_lost(place: str) -> None:
    talk = at(place)
    ask = talk.run.ask
    talk.types(LONG)
    assert talk.heard(Told) == Told("too_long", "carry_on", LONGEST + 1)
    assert (talk.run.place, talk.run.ask) == (place, ask)
    talk.edits("Short now.")
    if place != "informed_why":
        talk.taps("keep")
    assert "Short now." in [answer.value for answer in talk.run.answers.values()]


def test_a_comment_that_would_grow_too_long_is_not_offered() -> None:
    talk = at("informed")
    talk.types("a" * 400)
    talk.taps("keep")
    talk.types("b" * 299)
    assert talk.hears(CommentOffered)
    talk.taps("leave")
    talk.types("b" * 300)
    assert talk.heard(Told).number == LONGEST + 1


def test_emoji_count_twice_as_telegram_counts_them() -> None:
    talk = at("anything_else")
    talk.types("👍" * 351)
    assert talk.heard(Told).number == 702


def test_a_comment_offered_closes_the_question_above() -> None:
    talk = begun()
    talk.types("well now")
    assert talk.heard(AskClosed).ask == 2
    assert talk.heard(CommentOffered).ask == 3


@pytest.mark.parametrize("words", ["", "  ", "\n"])
def test_empty_words_are_no_reply(words: str) -> None:
    talk = at("informed")
    before = talk.run
    talk.types(words)
    talk.edits(words)
    assert talk.heard(Told).topic == "cant_read_other"
    assert talk.run == before
