"""An older database was restored: a button of an asking that the run knows nothing of brings back what is open."""

from dataclasses import replace

import pytest

from flows.engine.taps import MOST_ASKED
from flows.events import ReplyOutdated
from flows.events.prompts import AskClosed, CheckReached, CommentOffered, PlaceReached
from flows.models import Tapped
from flows.schema import CHECK, STOPPED, WELCOME
from tests.support.engine_chat import Talk, at


def later(talk: Talk, by: int = 6, act: str = "answer", value: str = "2") -> Tapped:
    """A button that was asked so many askings after what the run remembers."""
    return Tapped(talk.run.id, talk.run.ask + by, "connected", act, value)


@pytest.mark.parametrize("by", [1, 6])
@pytest.mark.parametrize(("act", "value"), [("answer", "2"), ("skip", ""), ("back", ""), ("stop", "")])
def test_the_open_question_is_asked_again_with_a_word_about_it(by: int, act: str, value: str) -> None:
    talk = at("viewpoint")
    before = talk.run
    talk.replies(later(talk, by, act, value))
    assert [type(event) for event in talk.events] == [AskClosed, PlaceReached]
    asked = talk.heard(PlaceReached)
    assert (asked.place, asked.notice, asked.ask) == ("viewpoint", "behind", before.ask + by + 1)
    assert talk.heard(AskClosed).ask == before.ask
    assert replace(talk.run, ask=before.ask) == before, "nothing else changed"
    talk.taps("answer", "family")
    assert talk.value("viewpoint") == "family"


def test_the_same_button_once_more_is_only_old() -> None:
    talk = at("viewpoint")
    tap = later(talk)
    talk.replies(tap)
    talk.replies(tap)
    assert talk.events == (ReplyOutdated("viewpoint"),)


def test_a_send_button_of_later_sends_nothing() -> None:
    talk = at(CHECK)
    talk.replies(Tapped(talk.run.id, talk.run.ask + 1, CHECK, "send", "a-receipt"))
    assert talk.heard(CheckReached).notice == "behind"
    assert not talk.over


def test_who_had_stopped_then_is_asked_where_they_were() -> None:
    talk = at("viewpoint")
    talk.commands("stop")
    assert talk.run.place == STOPPED
    talk.replies(later(talk))
    assert talk.heard(PlaceReached).notice == "behind"
    assert (talk.run.place, talk.run.left) == ("viewpoint", None)


def test_words_on_offer_then_are_offered_again() -> None:
    talk = at("viewpoint")
    talk.types("they never rang back, and nobody knew why")
    talk.replies(later(talk))
    assert talk.heard(CommentOffered).notice == "behind"


def test_at_the_welcome_it_is_the_welcome() -> None:
    talk = Talk()
    talk.commands("start")
    talk.replies(later(talk))
    assert (talk.heard(PlaceReached).place, talk.heard(PlaceReached).notice) == (WELCOME, "behind")


@pytest.mark.parametrize(("ask", "counts"), [(MOST_ASKED, True), (MOST_ASKED + 1, False)])
def test_a_number_that_no_run_gets_to_is_none_of_ours(ask: int, counts: bool) -> None:
    """Else a forged one would leave no room for the numbers that follow."""
    talk = at("viewpoint")
    talk.replies(Tapped(talk.run.id, ask, "role", "skip"))
    assert talk.hears(PlaceReached) == counts
    assert talk.hears(ReplyOutdated) != counts
