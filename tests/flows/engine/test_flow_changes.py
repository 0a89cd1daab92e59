"""A run that was begun before its flow was changed: what fits is kept, nothing raises, nobody is stuck."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from flows.events.prompts import PlaceReached
from flows.models import Answer, Commanded, Edited, Held, Reply, Run, Said, Tapped, Typed, Unreadable
from flows.schema import STOPPED, WELCOME
from tests.support.engine_chat import Talk

GONE = Run(
    "runrun01",
    "connection_test",
    1,
    "en",
    place="weather",
    ask=7,
    answers=MappingProxyType(
        {
            "role": Answer("neighbour"),
            "viewpoint": Answer("galaxy"),
            "informed": Answer(said=(Said("It rained.", 3),)),
            "informed_why": Answer(said=(Said("It rained.", 4),)),
            "confident_why": Answer("2"),
            "connected": Answer(),
            "weather": Answer("rain", (Said("", 5),)),
            "more": Answer("go_on"),
        }
    ),
    held=Held("more rain", 6),
)
REPLIES: list[Reply] = [
    Tapped("runrun01", 7, "weather", "answer", "rain"),
    Tapped("runrun01", 0, "", "resume"),
    Typed("rain", 8),
    Edited("snow", 5),
    Edited("snow", 6),
    Commanded("start"),
    Commanded("help"),
    Commanded("mydata"),
    Unreadable("voice"),
]


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("stopped", [True, False])
def test_a_place_that_is_gone_leads_to_the_welcome_with_all_that_still_fits(reply: Reply, stopped: bool) -> None:
    run = replace(GONE, place=STOPPED, left="weather") if stopped else GONE
    talk = Talk(run=run)
    talk.replies(reply)
    assert talk.run.place == WELCOME
    assert talk.run.left is None
    assert {name: given.value for name, given in talk.run.answers.items()} == {
        "role": "neighbour",
        "informed_why": "It rained.",
        "connected": None,
    }


def test_from_there_the_walk_goes_on_with_what_was_answered() -> None:
    talk = Talk(run=replace(GONE, held=None))
    talk.commands("start")
    talk.taps("start")
    asked = talk.heard(PlaceReached)
    assert (asked.place, asked.given) == ("role", "neighbour")


def test_a_run_that_fits_goes_on_where_it_was_and_takes_the_new_version() -> None:
    talk = Talk(run=Run("runrun01", "connection_test", 0, "en", "role", 2))
    talk.taps("answer", "neighbour")
    assert (talk.run.place, talk.run.version) == ("viewpoint", 1)


def test_a_run_in_a_language_that_is_gone_is_read_in_the_flows_own() -> None:
    talk = Talk(run=Run("runrun01", "connection_test", 1, "tlh", "role", 2))
    talk.types("carer")
    assert talk.value("role") == "family_carer"
