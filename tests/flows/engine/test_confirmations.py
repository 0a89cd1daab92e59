"""What is typed while a yes or no stands beside the walk: it is for that, and never for the question it hides."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.campaign import Link
from flows.engine import ask_again
from flows.engine.confirmations import pressed
from flows.events import DeletionAsked, RunDeleted, Told
from flows.events.prompts import OtherUnderway, PlaceReached
from flows.loader import OPENING, load
from flows.models import Followed, Run, Tapped, Typed
from flows.schema import STOPPED
from tests.flows.engine.test_campaign_links import OTHER, WILLOW, follows
from tests.support.engine_chat import Talk, at

LABELS = load().flow.labels["en"]
OAK = Link("oak234567892", "Oak House")
HIDDEN = ("informed", "more", "informed_why", "check")  # where it was asked: a choice, a fork, words, the check page


def deleting(place: str = "informed") -> Talk:
    talk = at(place)
    talk.commands("delete")
    return talk


def between(place: str = "informed", other: Run = OTHER) -> Talk:
    """Somebody in the middle of Oak House who followed another link."""
    talk = at(place)
    talk.run = replace(talk.run, campaign=OAK.code, link=OAK)
    return follows(talk, other)


def stands_for(talk: Talk, words: str) -> tuple[str, str] | None:
    reply = pressed(talk.run, Typed(words, 99), LABELS)
    return (reply.act, reply.value) if isinstance(reply, Tapped) else None


@pytest.mark.parametrize("place", HIDDEN)
@pytest.mark.parametrize("words", ["no", "No, keep them", "don't", "carry on"])
def test_no_to_deleting_keeps_all_and_leads_back(place: str, words: str) -> None:
    talk = deleting(place)
    before = dict(talk.run.answers)
    talk.types(words)
    assert (talk.run.place, dict(talk.run.answers)) == (place, before)
    assert talk.events[-1].kind in {"place_reached", "check_reached"}
    assert talk.run.beside is None


@pytest.mark.parametrize("words", ["Yes, delete them", "yes", "delete them"])
def test_yes_to_deleting_deletes(words: str) -> None:
    talk = deleting()
    talk.types(words)
    assert talk.over
    assert talk.hears(RunDeleted)


def test_a_yes_after_something_else_was_said_is_asked_about() -> None:
    talk = deleting()
    talk.commands("help")
    talk.types("yes")
    assert talk.events == (DeletionAsked(talk.run.ask),)
    talk.types("yes")
    assert talk.over


@pytest.mark.parametrize(
    ("words", "button"),
    [
        ("carry on", ("resume", "")),
        ("no", ("resume", "")),
        ("oak house", ("resume", "")),
        ("Delete them, begin the other", ("begin_other", "willow234567-5")),
        ("the willow.", ("begin_other", "willow234567-5")),
        ("yes", None),  # to which of the two?
        ("a bit better", None),
        ("skip", None),
    ],
)
def test_between_two_campaigns_words_name_a_button_or_it_is_asked_again(
    words: str, button: tuple[str, str] | None
) -> None:
    talk = between()
    before = dict(talk.run.answers)
    talk.run = replace(talk.run, ask=5, beside=talk.run.beside and replace(talk.run.beside, asked=asked_of(talk, 5)))
    assert stands_for(talk, words) == button
    talk.types(words)
    assert dict(talk.run.answers) == before
    assert talk.hears(OtherUnderway) is (button is None)


def asked_of(talk: Talk, ask: int) -> OtherUnderway:
    assert talk.run.beside
    assert isinstance(talk.run.beside.asked, OtherUnderway)
    return replace(talk.run.beside.asked, ask=ask)


def test_the_name_of_both_names_neither() -> None:
    talk = between(other=replace(OTHER, link=replace(WILLOW, about="OAK HOUSE")))
    assert stands_for(talk, "delete them") == ("begin_other", f"{WILLOW.code}-{talk.run.ask}")
    talk = between(other=replace(OTHER, link=replace(WILLOW, about=OAK.about)))
    assert stands_for(talk, "Oak House") is None


def test_a_campaign_to_be_opened_is_begun_by_its_own_words() -> None:
    talk = between(other=Run("runrun05", OPENING, 1, "en", campaign=""))
    assert stands_for(talk, "delete them") == ("desk_open", str(talk.run.ask))
    assert stands_for(talk, "begin the other") is None


def test_words_of_distress_are_answered_by_who_to_ring_and_then_nothing_stands() -> None:
    for talk in (deleting(), between()):
        talk.types("I can't go on")
        assert talk.heard(Told).topic == "helpline"
        assert talk.run.place == STOPPED
        talk.types("yes")
        assert not talk.over, "a yes to stopping deletes nothing"


def test_once_more_is_asked_it_stands_no_more() -> None:
    talk = deleting()
    talk.taps("answer", "2")
    talk.types("no")
    assert not talk.hears(DeletionAsked)
    talk = deleting()
    talk.run = ask_again(talk.walk, talk.run).run or talk.run
    talk.types("much better")
    assert talk.hears(PlaceReached)


WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from([word for of in LABELS.choices.values() for one in of.values() for word in (one.text, *one.also)]),
    st.sampled_from([word for label in LABELS.ways.values() for word in (label.text, *label.also)]),
    st.sampled_from(["Oak House", "The Willow", "They never ring back", "1", "I can't go on"]),
)


@given(st.sampled_from(HIDDEN), st.booleans(), st.booleans(), st.lists(WORDS, min_size=1, max_size=3))
def test_no_typed_word_changes_an_answer_while_it_stands(
    place: str, other: bool, stopped: bool, words: list[str]
) -> None:
    talk = at(place)
    if stopped:
        talk.commands("stop")
    if other:
        talk.replies(Followed(OTHER))
    else:
        talk.commands("delete")
    before = dict(talk.run.answers)
    for one in words:
        if talk.run.beside is None:
            return
        talk.types(one)
        assert talk.over or dict(talk.run.answers) == before
