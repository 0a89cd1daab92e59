"""An edited message changes the answer that came from it, and no other."""

import pytest

from flows.events import AnswerChanged, Told
from flows.events.prompts import CheckReached, ChoiceUnclear, CommentOffered
from flows.schema import CHECK, LONGEST
from tests.support.engine_chat import at


def test_editing_words_changes_the_answer_they_gave() -> None:
    talk = at("informed_why")
    talk.types("They rang bak.")
    talk.edits("They rang back.")
    assert talk.heard(AnswerChanged) == AnswerChanged("informed_why", "They rang back.")
    assert talk.value("informed_why") == "They rang back."
    assert talk.run.place == "confident"


def test_editing_one_of_two_messages_changes_its_own_line() -> None:
    talk = at("informed")
    talk.types("One thing.")
    talk.taps("keep")
    talk.types("Two things.")
    talk.taps("keep")
    talk.edits("1 thing.", 1)
    assert talk.value("informed_why") == "1 thing.\nTwo things."


def test_editing_a_typed_choice_reads_it_anew() -> None:
    talk = at("informed")
    talk.types("dunno")
    talk.edits("much better")
    assert talk.value("informed") == "2"
    talk.edits("a bit worse")
    assert talk.value("informed") == "-1"


@pytest.mark.parametrize("words", ["better", "purple", "no"])
def test_a_choice_edited_into_what_is_unclear_stays_as_it_was(words: str) -> None:
    talk = at("informed")
    talk.types("dunno")
    talk.edits(words)
    assert talk.heard(Told).topic == "edit_unclear"
    assert talk.value("informed") == "not_sure"


def test_editing_a_message_that_gave_no_answer_changes_nothing() -> None:
    talk = at("informed")
    talk.types("skip")
    talk.edits("much better")
    assert talk.heard(Told).topic == "edit_not_kept"
    assert talk.value("informed") is None


def test_a_choice_tapped_since_is_not_changed_by_editing_the_old_words() -> None:
    talk = at("informed")
    talk.types("dunno")
    talk.taps("back")
    talk.taps("answer", "2")
    talk.edits("a bit worse")
    assert talk.heard(Told).topic == "edit_not_kept"
    assert talk.value("informed") == "2"


def test_an_edit_that_changes_nothing_says_nothing() -> None:
    talk = at("informed_why")
    talk.types("first")
    assert talk.edits("first") == ()
    talk.types("waiting")
    assert talk.edits("waiting") == ()


def test_editing_words_that_wait_reads_them_anew() -> None:
    talk = at("informed")
    talk.types("rubish")
    talk.edits("a bit worse")
    assert talk.value("informed") == "-1"
    talk = at("informed")
    talk.types("purple")
    talk.edits("better")
    assert talk.hears(ChoiceUnclear)


def test_editing_at_the_check_page_draws_it_anew() -> None:
    talk = at("anything_else")
    talk.types("first")
    talk.edits("second")
    assert talk.heard(AnswerChanged).value == "second"
    assert talk.heard(CheckReached).answers["anything_else"] == "second"
    assert talk.run.place == CHECK


def test_an_edit_that_is_too_long_changes_nothing_and_loses_nothing_that_waits() -> None:
    talk = at("informed_why")
    talk.types("first")
    talk.types("something else entirely")
    assert talk.hears(CommentOffered)
    talk.edits("x" * (LONGEST + 1), 1)
    assert talk.heard(Told) == Told("too_long", "carry_on", LONGEST + 1)
    assert talk.value("informed_why") == "first"
    talk.taps("keep")
    assert talk.value("confident_why") == "something else entirely"


def test_an_edit_can_not_make_a_comment_grow_past_what_fits_while_more_words_wait() -> None:
    talk = at("informed")
    talk.types("apples")
    talk.taps("keep")
    talk.types("b" * 600)
    talk.edits("a" * 200, 1)
    assert talk.heard(Told).topic == "too_long"
    talk.taps("keep")
    assert talk.value("informed_why") == "apples\n" + "b" * 600


def test_an_edit_after_sending_changes_nothing() -> None:
    talk = at("anything_else")
    talk.types("first")
    talk.taps("send", "the-receipt")
    talk.edits("second")
    assert talk.heard(Told).topic == "edit_not_kept"
    assert talk.run.ask == 0


def test_words_that_wait_stay_as_they_were_where_an_edit_would_make_them_too_long() -> None:
    talk = at("informed")
    talk.types("One thing.")
    talk.types("Two things.")
    talk.edits("x" * 4096, 1)
    assert talk.heard(Told).topic == "too_long"
    talk.commands("start")
    assert talk.heard(CommentOffered).words == "One thing.\nTwo things."
