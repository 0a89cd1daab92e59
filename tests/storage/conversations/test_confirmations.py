"""A yes or no that stands beside the walk is kept with the run: what is typed next, wherever it is read, is for it."""

import pytest
from pydantic import TypeAdapter

from flows.events import DeletionAsked, RunDeleted
from flows.events.prompts import OtherUnderway, PlaceReached
from flows.models import Commanded, Held, Typed
from flows.schema import WELCOME
from storage.anonymity.participation import close_campaign
from storage.campaigns.repository import Plan
from storage.conversations.run_mapper import _WAITING
from storage.db.database import Database
from tests.storage.campaigns.test_campaign_links import opened
from tests.support.raw_sql import rows
from tests.support.stored_chat import Turning, standing

OAK = Plan("Oak House", "Leeds carers")


def between(database: Database) -> tuple[Turning, str]:
    """Somebody in the middle who followed a campaign's link; its code."""
    code = opened(database, OAK)
    turning = standing(database, "informed")
    turning.do(Commanded("start", code))
    return turning, code


def test_no_word_for_it_answers_the_question_it_hides(database: Database) -> None:
    turning, _ = between(database)
    before = rows(database, "select question, choice from answers order by question")
    for words in ("much better", "yes", "they never ring", "2"):
        [asked] = turning.do(Typed(words, 5))
        assert isinstance(asked, OtherUnderway)
    turning.do(Typed("no", 6))
    assert isinstance(turning.asked, PlaceReached)
    assert turning.asked.place == "informed"
    assert rows(database, "select question, choice from answers order by question") == before


@pytest.mark.parametrize("words", ["Delete them, begin the other", "oak house"])
def test_the_other_begins_by_its_name(database: Database, words: str) -> None:
    turning, code = between(database)
    turning.do(Typed(words, 5))
    assert rows(database, "select campaign, place from runs") == [(code, WELCOME)]
    assert rows(database, "select * from answers") == []


def test_where_the_other_was_closed_meanwhile_nothing_is_lost(database: Database) -> None:
    turning, code = between(database)
    with database.transaction() as tx:
        close_campaign(tx, code)
    turning.do(Typed("oak house", 5))
    assert rows(database, "select campaign, place from runs") == [("general", "informed")]
    assert len(rows(database, "select * from answers")) == 2


def test_what_is_said_between_makes_a_yes_doubtful(database: Database) -> None:
    turning = standing(database, "informed")
    turning.do(Commanded("delete"))
    turning.do(Commanded("mydata"))
    [asked] = turning.do(Typed("yes", 5))
    assert isinstance(asked, DeletionAsked)
    assert RunDeleted() in turning.do(Typed("yes", 6))
    assert rows(database, "select * from runs") == []


def test_words_that_wait_are_kept_beside_it_and_the_version_before_reads_them(database: Database) -> None:
    turning = standing(database, "informed")
    turning.do(Typed("the day centre", 5))
    turning.do(Commanded("delete"))
    [(locked,)] = rows(database, "select held from runs")
    before = TypeAdapter(Held).validate_json(database.cipher.unlock(bytes(locked)))
    assert before == Held("the day centre", 5)
    turning.do(Typed("no", 6))
    [(locked,)] = rows(database, "select held from runs")
    assert _WAITING.validate_json(database.cipher.unlock(bytes(locked))).beside is None
