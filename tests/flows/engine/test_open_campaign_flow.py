"""The flow with which coordinators open campaigns: what is theirs alone in it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.terminal import mermaid
from flows.campaign import Link
from flows.engine.distress import calmly
from flows.errors import FlowFault
from flows.events import Told
from flows.events.prompts import CheckReached, CommentOffered, OtherUnderway, PlaceReached, WordsFound
from flows.events.submission import CampaignPlanned, ResultTold, RunSent
from flows.loader import OPENING, load, read_flow
from flows.models import Answer, Followed, Held, Run, Said, Turn, Typed
from flows.schema import CHECK, STOPPED, length
from tests.support.engine_chat import NOW, Talk
from tests.support.flow_files import change, copy_of_the_flow

PLANNING = Run("runrun01", OPENING, 1, "en", campaign="")
NAMES = "Mrs Margaret Hollis, 0113 496 0000"


def planning() -> Talk:
    """A coordinator at the first question."""
    talk = Talk(load(OPENING), PLANNING)
    talk.commands("start")
    talk.taps("start")
    return talk


def planned() -> Talk:
    """One at the check page."""
    talk = planning()
    talk.answers("The Willow", NAMES, "A page", "four_weeks", "skip", "eight_weeks")
    return talk


def test_at_the_end_stands_a_plan_and_no_response() -> None:
    talk = planned()
    talk.taps("send", "a-receipt")
    assert talk.over
    assert talk.heard(CampaignPlanned).answers == {
        "about_what": "The Willow",
        "asker": NAMES,
        "promise": "A page",
        "back_in": "four_weeks",
        "welcome_line": None,
        "open_for": "eight_weeks",
    }
    assert not talk.hears(RunSent)
    assert not talk.hears(ResultTold)


def test_nothing_is_taken_out_of_what_a_group_says_of_itself() -> None:
    talk = planning()
    talk.types(NAMES)
    assert not talk.hears(WordsFound)
    talk.edits(f"{NAMES}!")
    assert talk.value("about_what") == f"{NAMES}!"


@pytest.mark.parametrize("way", ["skip", "clear"])
def test_what_is_needed_is_not_left_out_by_a_tap(way: str) -> None:
    talk = planning()
    talk.taps(way)
    assert (talk.run.place, talk.heard(PlaceReached).notice) == ("about_what", "needed")


@pytest.mark.parametrize("words", ["skip", "nothing to add", "no comment"])
def test_nor_by_typing(words: str) -> None:
    talk = planning()
    talk.types(words)
    assert (talk.run.place, talk.heard(PlaceReached).notice) == ("about_what", "needed")


def test_once_it_is_given_it_can_be_left_as_it_is_or_typed_again_but_not_taken_out() -> None:
    talk = planning()
    talk.types("The Willow")
    talk.taps("back")
    talk.taps("clear")
    assert talk.heard(PlaceReached).notice == "needed"
    talk.taps("skip")
    assert talk.run.place == "asker"
    talk.taps("back")
    talk.types("Oak House")
    assert talk.value("about_what") == "Oak House", "typed again, and not added"


@pytest.mark.parametrize(("place", "most"), [("about_what", 80), ("promise", 200)])
def test_what_is_too_long_for_a_campaign_is_said_with_both_numbers(place: str, most: int) -> None:
    talk = planning()
    if place == "promise":
        talk.answers("The Willow", "Leeds carers")
    talk.types("x" * (most + 1))
    told = talk.heard(Told)
    assert (told.topic, told.number, told.most) == ("too_long", most + 1, most)
    talk.edits("x" * most)
    assert talk.value(place) == "x" * most


def test_an_edit_that_makes_it_too_long_changes_nothing() -> None:
    talk = planning()
    talk.types("The Willow")
    talk.edits("x" * 81)
    assert talk.heard(Told).most == 80
    assert talk.value("about_what") == "The Willow"


@pytest.mark.parametrize("place", ["back_in", CHECK])
def test_words_that_name_no_choice_are_no_comment(place: str) -> None:
    talk = planned()
    if place != CHECK:
        talk.taps("change", place)
    talk.types("it depends on what the council says")
    asked = talk.heard(CheckReached) if place == CHECK else talk.heard(PlaceReached)
    assert (talk.run.place, asked.notice) == (place, "not_understood")
    assert talk.run.held is None
    assert not talk.hears(CommentOffered)


def test_after_a_stop_too() -> None:
    talk = planned()
    talk.taps("stop")
    talk.types("it depends on what the council says")
    assert talk.run.place == CHECK
    assert talk.heard(CheckReached).notice == "not_understood"


def test_who_to_ring_is_said_here_too_and_nothing_is_kept_of_it() -> None:
    talk = planned()
    before = talk.run.answers
    talk.types("i want to die")
    assert talk.heard(Told).topic == "helpline"
    assert (talk.run.place, talk.run.answers, talk.run.held) == (STOPPED, before, None)


def test_words_of_distress_that_wait_are_no_comment_here() -> None:
    talk = planned()
    talk.taps("change", "open_for")
    words = "i want to die"
    waiting = replace(talk.run, held=Held(words, 9, ("two_weeks", "four_weeks")))
    turn = calmly(talk.walk, talk.run, Turn(waiting), words, talk.walk.flow.labels["en"])
    assert turn.run
    assert turn.run.answers == talk.run.answers


def late(talk: Talk, words: str, message: int) -> None:
    """Words that were sent well before what is asked now: they are offered."""
    talk.run = replace(talk.run, asked_at=NOW)
    talk.replies(Typed(words, message, NOW - timedelta(seconds=100)))


def test_words_that_come_late_are_offered_and_take_the_place_of_earlier_ones() -> None:
    talk = planning()
    talk.types("The Willow")
    talk.taps("back")
    late(talk, "Oak House", 8)
    assert talk.heard(CommentOffered).words == "Oak House"
    talk.taps("keep")
    assert talk.value("about_what") == "Oak House"


def test_they_can_be_too_long_too() -> None:
    talk = planning()
    late(talk, "x" * 81, 8)
    assert (talk.heard(Told).number, talk.heard(Told).most) == (81, 80)
    late(talk, "x" * 50, 9)
    late(talk, "x" * 50, 10)
    assert (talk.heard(Told).number, talk.heard(Told).most) == (101, 80)


def test_an_edit_of_a_part_counts_all_parts() -> None:
    talk = planning()
    said = Answer(said=(Said("Oak", 1), Said("House", 2)))
    talk.run = replace(talk.run, answers={"about_what": said}, held=Held("Elm", 3))
    talk.edits("x" * 80, 1)
    assert (talk.heard(Told).number, talk.heard(Told).most) == (86, 80)
    assert talk.value("about_what") == "Oak\nHouse"


WORDS = st.sampled_from(
    [
        *("skip", "back", "stop", "carry on", "delete", "keep", "no", "nothing", "2 weeks", "weeks", "in a while"),
        *(NAMES, "i want to die", "x" * 79, "x" * 199, "x" * 701, " "),
    ]
)
ACTS = st.sampled_from(
    [
        *("answer", "skip", "back", "why", "clear", "change", "start", "kept", "send", "stop", "resume", "keep"),
        *("leave", "none", "take_out", "keep_whole", "send_now", "delete_yes"),
    ]
)
VALUES = st.sampled_from(["two_weeks", "no_day", *load(OPENING).flow.by_id, "x", ""])
DOES = st.one_of(
    st.tuples(st.just("taps"), ACTS, VALUES),
    st.tuples(st.just("types"), WORDS, st.sampled_from([0, 100])),
    st.tuples(st.just("edits"), WORDS, st.integers(1, 20)),
    st.tuples(st.just("commands"), st.sampled_from(["start", "stop", "delete", "mydata", "help"]), st.none()),
)


@given(st.lists(DOES, max_size=40))
def test_whatever_is_done_a_plan_has_what_is_needed_and_nothing_too_long(does: list[tuple[str, str, object]]) -> None:
    talk = planned()
    for number, (what, said, more) in enumerate(does, 20):
        match what:
            case "taps":
                talk.taps(said, str(more))
            case "types":
                talk.replies(Typed(said, number, NOW - timedelta(seconds=int(str(more)))))
            case "edits":
                talk.edits(said, int(str(more)))
            case _:
                talk.commands(said)
        if talk.over:
            return
        talk.run = replace(talk.run, asked_at=NOW)
        for question, answer in talk.run.answers.items():
            place = talk.walk.flow.by_id[question]
            assert answer.value or not place.needed, question
            assert place.kind == "choice" or length(answer.value or "") <= place.longest, question
            assert not any(part.typed for part in answer.said), "nothing is taken out"


def test_a_link_followed_half_way_asks_first() -> None:
    talk = planning()
    talk.types("The Willow")
    link = Link("oak234567892", "Oak House")
    other = Run("runrun02", "connection_test", 1, "en", campaign=link.code, link=link)
    talk.replies(Followed(other))
    assert talk.events == (OtherUnderway(talk.run.ask, "", link),)
    talk.walk = load()
    talk.replies(Followed(PLANNING))
    assert talk.run.flow == OPENING


def test_it_can_be_drawn_without_a_fork() -> None:
    assert "open_for --> check: answer / skip" in mermaid(load(OPENING))


def test_a_flow_that_gives_responses_needs_its_comment_and_its_test(tmp_path: Path) -> None:
    folder = copy_of_the_flow(tmp_path)
    change(folder / "flow.toml", 'comment = "anything_else"', "")
    with pytest.raises(FlowFault, match="a flow that gives responses names its comment and its test; add both"):
        read_flow(folder)


@pytest.mark.parametrize("what", ['kind = "fork"', 'id = "informed_why"\nkind = "text"'])
def test_what_is_not_always_asked_can_not_be_needed(tmp_path: Path, what: str) -> None:
    folder = copy_of_the_flow(tmp_path)
    change(folder / "flow.toml", what, f"{what}\nneeded = true")
    with pytest.raises(FlowFault, match="only a question that is always asked can be needed"):
        read_flow(folder)
