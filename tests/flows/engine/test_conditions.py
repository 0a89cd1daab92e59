"""Conditions: what is asked only if, what a changed answer hides, and what it makes appear. On a small flow."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows.events import AnswerChanged
from flows.events.prompts import CheckReached, CommentOffered, PlaceReached
from flows.loader import read_flow
from flows.schema import CHECK, STOPPED
from flows.state_machine import Walk
from tests.support.engine_chat import Talk, begun
from tests.support.flow_files import small_flow


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    return read_flow(small_flow(tmp_path))


@pytest.fixture
def talk(walk: Walk) -> Talk:
    begun_talk = begun(walk)
    assert begun_talk.run.place == "pet"
    return begun_talk


def at_check(talk: Talk, *choices: str) -> Talk:
    talk.answers(*choices)
    assert talk.run.place == CHECK
    return talk


def test_a_question_whose_condition_holds_is_asked(talk: Talk) -> None:
    talk.answers("cat")
    assert talk.run.place == "indoors"
    talk.answers("no")
    assert talk.run.place == "why_out"


def test_a_question_whose_condition_fails_is_passed_over(talk: Talk) -> None:
    talk.answers("dog")
    assert talk.run.place == "walks"


def test_a_skipped_question_makes_no_condition_hold(talk: Talk) -> None:
    talk.answers("skip")
    assert talk.run.place == "more"


def test_back_passes_over_what_is_not_asked(talk: Talk) -> None:
    talk.answers("dog")
    talk.taps("back")
    assert talk.run.place == "pet"


def test_a_changed_answer_drops_the_choices_that_it_hides_and_those_that_hang_on_them(talk: Talk) -> None:
    at_check(talk, "cat", "no", "skip", "2", "send_now")
    talk.taps("change", "pet")
    talk.answers("none")
    assert talk.run.place == CHECK
    assert talk.heard(CheckReached).answers == {"pet": "none"}


def test_words_are_never_dropped_by_a_condition(talk: Talk) -> None:
    at_check(talk, "cat", "no", "it likes birds", "2", "send_now")
    talk.taps("change", "pet")
    talk.answers("dog")
    assert talk.heard(CheckReached).answers == {"pet": "dog", "why_out": "it likes birds", "walks": "2"}


def test_a_question_that_a_change_makes_appear_is_asked_before_the_check_page(talk: Talk) -> None:
    at_check(talk, "dog", "2", "send_now")
    talk.taps("change", "pet")
    talk.answers("cat")
    assert talk.run.place == "indoors"
    talk.answers("no")
    assert talk.run.place == "why_out"
    talk.answers("skip")
    assert talk.run.place == CHECK


def test_what_lies_past_an_ungone_fork_does_not_appear(talk: Talk) -> None:
    at_check(talk, "cat", "yes", "2", "send_now")
    talk.taps("change", "pet")
    talk.answers("dog")
    assert talk.run.place == CHECK


def test_what_lies_past_a_gone_fork_does(talk: Talk) -> None:
    at_check(talk, "cat", "yes", "2", "go_on", "skip")
    talk.taps("change", "pet")
    talk.answers("dog")
    assert talk.run.place == "late"


def test_an_edit_makes_a_question_appear_before_the_check_page_and_leads_back_there(talk: Talk) -> None:
    talk.types("a dog")
    typed = talk.message
    at_check(talk, "2", "go_on", "no", "skip")
    talk.edits("a cat", typed)
    assert talk.run.place == "indoors"
    assert talk.heard(AnswerChanged).value == "cat"
    talk.answers("yes")
    assert talk.run.place == CHECK


def test_an_edit_in_mid_walk_makes_a_question_appear_at_the_end(talk: Talk) -> None:
    talk.types("a dog")
    talk.edits("a cat")
    assert talk.run.place == "walks"
    talk.answers("2", "send_now")
    assert talk.run.place == "indoors"
    talk.answers("yes")
    assert talk.run.place == CHECK


def test_an_edit_that_hides_the_question_on_screen_leaves_it(talk: Talk) -> None:
    talk.types("a cat")
    talk.edits("a dog")
    assert talk.run.place == "walks"
    assert talk.heard(PlaceReached).place == "walks"


def test_an_edit_that_hides_the_question_where_one_stopped_moves_the_place_that_is_kept(talk: Talk) -> None:
    talk.types("a cat")
    talk.commands("stop")
    talk.edits("a dog")
    assert talk.run.place == STOPPED
    talk.commands("start")
    assert talk.run.place == "walks"


def test_an_edit_while_stopped_at_the_check_page_asks_what_appeared_first(talk: Talk) -> None:
    talk.types("a dog")
    typed = talk.message
    at_check(talk, "2", "send_now")
    talk.commands("stop")
    talk.edits("a cat", typed)
    assert talk.run.place == STOPPED
    talk.commands("start")
    assert talk.run.place == "indoors"
    talk.answers("yes")
    assert talk.run.place == CHECK


def test_an_edit_that_hides_the_question_keeps_the_words_that_were_offered_there(talk: Talk) -> None:
    talk.types("a cat")
    typed = talk.message
    talk.types("she comes and goes as she likes")
    assert talk.run.place == "indoors"
    talk.edits("a dog", typed)
    assert talk.run.place == "walks"
    assert talk.heard(CommentOffered).words == "she comes and goes as she likes"
    talk.taps("keep")
    assert talk.value("words") == "she comes and goes as she likes"


def test_a_comment_kept_for_a_hidden_question_is_asked_about_no_more_than_others(talk: Talk) -> None:
    at_check(talk, "none", "go_on", "hello")
    assert talk.value("words") == "hello"
    assert "walks" not in talk.run.answers


def test_a_hidden_question_can_not_be_changed(talk: Talk) -> None:
    at_check(talk, "none", "send_now")
    before = talk.run
    talk.taps("change", "walks")
    assert replace(talk.run, seen_at=None) == replace(before, seen_at=None, ask=before.ask + 1)
