"""Links of campaigns: where they lead somebody who comes anew, who is on their way, and who is on another's."""

from dataclasses import replace

import pytest

from flows.campaign import Link
from flows.events.prompts import AskClosed, OtherUnderway, PlaceReached
from flows.models import Followed, Run
from flows.schema import WELCOME
from tests.support.engine_chat import Talk, begun

WILLOW = Link("willow234567", "The Willow", "Leeds carers", "A page with what we heard")
OTHER = Run("runrun09", "connection_test", 1, "en", campaign=WILLOW.code, link=WILLOW)


def follows(talk: Talk, other: Run | None = OTHER, *, fault: str | None = None, sure: int | None = None) -> Talk:
    talk.replies(Followed(other, fault, sure))
    return talk


def test_who_comes_by_a_link_is_told_whom_they_answer_to() -> None:
    talk = follows(Talk(run=OTHER))
    assert talk.heard(PlaceReached).link == WILLOW
    assert (talk.run.place, talk.run.campaign) == (WELCOME, WILLOW.code)
    talk.taps("start")
    assert talk.heard(PlaceReached).link is None
    assert talk.run.campaign == WILLOW.code


def test_the_same_link_in_mid_walk_is_no_new_beginning() -> None:
    talk = follows(Talk(run=OTHER))
    talk.taps("start")
    talk.answers("neighbour")
    follows(talk, replace(OTHER, id="runrun10"))
    assert talk.heard(PlaceReached).notice == "welcome_back"
    assert (talk.run.place, talk.value("role")) == ("viewpoint", "neighbour")


def test_another_link_takes_nothing_away_without_a_yes() -> None:
    talk = begun()
    talk.answers("neighbour")
    before = talk.run
    follows(talk)
    assert talk.events == (OtherUnderway(before.ask, "", WILLOW),)
    assert replace(talk.run, seen_at=before.seen_at, beside=None) == before


def test_with_a_yes_the_other_begins_and_the_answers_are_gone() -> None:
    talk = begun()
    talk.answers("neighbour")
    ask, run = talk.run.ask, talk.run.id
    follows(talk, sure=ask)
    assert talk.heard(PlaceReached).link == WILLOW
    assert talk.heard(AskClosed).ask == ask
    assert (talk.run.place, talk.run.campaign, talk.run.answers) == (WELCOME, WILLOW.code, {})
    assert (talk.run.id, talk.run.ask) == (run, ask + 1)


def test_a_yes_from_before_more_was_answered_asks_again() -> None:
    talk = begun()
    early = talk.run.ask
    talk.answers("neighbour")
    follows(talk, sure=early)
    assert talk.hears(OtherUnderway)
    assert talk.value("role") == "neighbour"


def test_where_nothing_was_answered_nothing_is_asked() -> None:
    talk = begun()
    follows(talk)
    assert (talk.run.place, talk.run.campaign) == (WELCOME, WILLOW.code)


def test_words_that_wait_are_not_given_up_without_a_yes() -> None:
    talk = begun()
    talk.types("my mother had to wait for ever so long")
    follows(talk)
    assert talk.hears(OtherUnderway)


def test_who_stopped_is_asked_too() -> None:
    talk = begun()
    talk.answers("neighbour")
    talk.taps("stop")
    talk.commands("stop")
    assert talk.run.left == "viewpoint"
    follows(talk)
    assert talk.hears(OtherUnderway)
    follows(talk, sure=talk.run.ask)
    assert (talk.run.place, dict(talk.run.answers)) == (WELCOME, {})
    assert talk.run.left is None


@pytest.mark.parametrize("fault", ["link_unknown", "link_closed", "link_early"])
def test_a_link_that_leads_nowhere_leads_to_the_welcome_with_a_word_about_it(fault: str) -> None:
    talk = follows(Talk(), None, fault=fault)
    heard = talk.heard(PlaceReached)
    assert (heard.place, heard.notice, heard.link) == (WELCOME, fault, None)


def test_in_mid_walk_it_leads_back() -> None:
    talk = begun()
    talk.answers("neighbour")
    follows(talk, None, fault="link_unknown")
    heard = talk.heard(PlaceReached)
    assert (heard.place, heard.notice) == ("viewpoint", "link_unknown_midway")
