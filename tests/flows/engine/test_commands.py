"""Commands at any time; deleting; withdrawing; what holds no words."""

import pytest

from flows.engine import TOPICS
from flows.events import DataGiven, DataTold, DeletionAsked, ReplyOutdated, RunDeleted, Told
from flows.events.prompts import AskClosed, PlaceReached
from flows.events.submission import WithdrawalAsked, WithdrawalConfirmed
from flows.models import Tapped, Unreadable
from flows.schema import STOPPED, WELCOME
from tests.support.engine_chat import Talk, at


@pytest.mark.parametrize("name", [*TOPICS, "nonsense", ""])
def test_a_command_in_mid_walk_answers_itself_and_leaves_the_walk_alone(name: str) -> None:
    talk = at("informed")
    before = talk.run
    talk.commands(name)
    assert talk.heard(Told) == Told(name if name in TOPICS else "unknown_command", "carry_on")
    assert (talk.run.place, talk.run.ask, talk.run.answers) == (before.place, before.ask, before.answers)
    talk.taps("answer", "2")
    assert talk.value("informed") == "2"


@pytest.mark.parametrize("name", [*TOPICS, "nonsense", "stop", "delete"])
def test_a_command_of_somebody_with_no_run_begins_none(name: str) -> None:
    talk = Talk()
    talk.commands(name)
    assert talk.run.ask == 0
    assert talk.heard(Told).button is None


def test_start_in_mid_walk_asks_again_where_one_was() -> None:
    talk = at("confident")
    talk.commands("start")
    asked = talk.heard(PlaceReached)
    assert (asked.place, asked.notice) == ("confident", "welcome_back")
    assert talk.hears(AskClosed)


def test_start_at_the_welcome_welcomes() -> None:
    talk = Talk()
    talk.commands("start")
    talk.commands("start")
    asked = talk.heard(PlaceReached)
    assert (asked.place, asked.notice) == (WELCOME, None)


def test_deleting_asks_first_and_then_everything_is_gone() -> None:
    talk = at("confident")
    ask = talk.run.ask
    talk.commands("delete")
    assert talk.events == (DeletionAsked(ask),)
    assert talk.run.answers
    talk.replies(Tapped(talk.run.id, 0, "", "delete_yes", str(ask)))
    assert talk.over
    assert talk.heard(AskClosed).ask == ask
    assert talk.hears(RunDeleted)


def test_not_deleting_leads_back_to_the_question() -> None:
    talk = at("confident")
    talk.commands("delete")
    answers = talk.run.answers
    talk.replies(Tapped(talk.run.id, 0, "", "delete_no"))
    asked = talk.heard(PlaceReached)
    assert (asked.place, asked.notice) == ("confident", "nothing_deleted")
    assert talk.run.answers == answers


def test_deleting_works_after_a_stop() -> None:
    talk = at("confident")
    talk.commands("stop")
    talk.commands("delete")
    talk.replies(Tapped(talk.run.id, 0, "", "delete_yes", str(talk.heard(DeletionAsked).ask)))
    assert talk.over


def test_a_yes_to_deleting_counts_until_more_is_asked_and_then_asks_again() -> None:
    talk = at("confident")
    talk.commands("delete")
    yes = Tapped(talk.run.id, 0, "", "delete_yes", str(talk.run.ask))
    talk.taps("answer", "2")
    talk.replies(yes)
    assert not talk.over
    talk.replies(Tapped(talk.run.id, 0, "", "delete_yes", str(talk.heard(DeletionAsked).ask)))
    assert talk.over


def test_a_deletion_confirmed_in_an_earlier_run_deletes_no_later_one() -> None:
    talk = at("confident")
    old = Tapped("earlier0", 0, "", "delete_yes")
    talk.replies(old)
    assert talk.events == (ReplyOutdated("confident"),)
    assert not talk.over


def test_what_is_kept_is_told() -> None:
    talk = at("informed")
    talk.commands("mydata")
    assert talk.heard(DataTold).answers == {"role": "family_carer", "viewpoint": "myself"}
    kept = talk.heard(DataGiven).kept.run
    assert kept
    assert list(kept.answers) == ["role", "viewpoint"]


def test_of_somebody_with_no_run_nothing_is_kept_and_none_begins() -> None:
    talk = Talk()
    talk.commands("mydata")
    assert talk.run.ask == 0
    assert talk.heard(DataTold).kept.nothing
    assert talk.heard(DataGiven).kept.nothing


def test_withdrawing_asks_first_works_without_a_run_and_leaves_an_open_one_alone() -> None:
    for talk in (Talk(), at("confident")):
        place = talk.run.place
        talk.replies(Tapped("earlier0", 0, "", "withdraw", "the-receipt"))
        assert talk.heard(WithdrawalAsked).receipt == "the-receipt"
        talk.replies(Tapped("earlier0", 0, "", "withdraw_yes", "the-receipt"))
        assert talk.heard(WithdrawalConfirmed).receipt == "the-receipt"
        assert talk.run.place == place


def test_not_withdrawing_offers_the_way_back_where_there_is_one() -> None:
    for talk, button in ((Talk(), None), (at("confident"), "carry_on")):
        talk.replies(Tapped("earlier0", 0, "", "withdraw_no"))
        assert talk.events == (Told("nothing_deleted", button),)


@pytest.mark.parametrize("kind", ["voice", "photo", "sticker", "location", "other"])
def test_what_holds_no_words_is_told_so_and_changes_nothing(kind: str) -> None:
    talk = at("informed_why")
    before = talk.run
    talk.replies(Unreadable(kind))
    assert talk.events == (Told(f"cant_read_{kind}", "carry_on"),)
    assert talk.run == before


def test_what_holds_no_words_does_not_end_a_stop() -> None:
    talk = at("informed")
    talk.commands("stop")
    talk.replies(Unreadable("voice"))
    assert talk.run.place == STOPPED
