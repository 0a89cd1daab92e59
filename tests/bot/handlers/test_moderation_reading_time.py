"""A comment is judged by who can have read it: an impatient second tap, meant for the one before, judges nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.handlers import moderation
from bot.handlers.moderation import READ_FOR, take_review
from flows.events.moderation import AGAIN, At, moment, seconds_since, value_at
from flows.models import Tapped
from storage.anonymity.gateway import opened
from storage.campaigns.coordinators import HOME, Coordinator, home
from storage.campaigns.repository import open_campaign
from storage.db.database import open_database
from tests.bot.handlers.test_coordinator_menu import does
from tests.bot.handlers.test_moderation import (
    APPROVE,
    HIDE,
    UNDO,
    WILLOW,
    K,
    begins,
    bot,
    changes,
    code,
    speak,
    states,
    words_of,
)
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running
from tests.support.walkers import press

__all__ = ["bot", "code"]  # fixtures
UNREAD = "Please read it first. Then press again."
LONG = 1_000.0


def rows(message: Message) -> dict[str, int]:
    """Where each button stands, counted from the end of the message."""
    keyboard = message.raw["reply_markup"]["inline_keyboard"]
    return {button["text"]: len(keyboard) - row for row, of in enumerate(keyboard) for button in of}


@pytest.mark.usefixtures("code")
async def test_taps_in_quick_succession_judge_one_comment(
    bot: Running, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await begins(phone)
    monkeypatch.setattr(moderation, "READ_FOR", 0.0)
    second = await does(phone, APPROVE)
    monkeypatch.setattr(moderation, "READ_FOR", LONG)
    heard = len(phone.heard)
    for _ in range(3):
        tap = press(phone, second, APPROVE)
        assert (await phone.answered(tap)).text == UNREAD
    await bot.said_all()
    assert (states(bot), len(phone.heard)) == ({"approved": 1, "new": 11}, heard)
    assert phone.versions[second.id][-1].buttons == second.buttons, "they are still there"
    assert words_of(second) != words_of(first)
    monkeypatch.setattr(moderation, "READ_FOR", 0.0)
    await does(phone, APPROVE)
    assert states(bot) == {"approved": 2, "new": 10}


@pytest.mark.usefixtures("code")
async def test_who_has_just_hidden_a_word_has_the_comment_to_read_again(
    bot: Running, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begins(phone)
    await changes(phone, HIDE)
    monkeypatch.setattr(moderation, "READ_FOR", LONG)
    await changes(phone, "Done")
    assert (await phone.answered(press(phone, phone.asking, APPROVE))).text == UNREAD
    assert states(bot) == {"new": 12}


@pytest.mark.usefixtures("code")
async def test_no_button_moves_where_undo_comes_in(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await begins(phone)
    monkeypatch.setattr(moderation, "READ_FOR", 0.0)
    second = await does(phone, APPROVE)
    assert {**rows(first), UNDO: rows(second)[UNDO]} == rows(second)


def test_it_is_a_moment_and_no_more(file: Path) -> None:
    database = open_database(f"sqlite:///{file}")
    with database.transaction() as tx:
        home(tx)
        there = open_campaign(tx, WILLOW)
    speak(database, there, [f"word of {number}" for number in range(12)])
    with opened(database, there, K) as gate:
        one = next(iter(gate.comments())).id
    since = 1_800_000_000.0
    tap = Tapped("", 0, "", "approve", value_at(At(there, "new", one, shown=moment(since))))
    for later, done in ((0.0, "judged_unread"), (READ_FOR - 0.2, "judged_unread"), (READ_FOR + 0.2, "comment_judged")):
        with database.transaction() as tx:
            event, *_ = take_review(tx, Coordinator(7, HOME), tap, datetime.fromtimestamp(since + later, UTC))
        assert event.kind == done
    database.close()


@pytest.mark.parametrize("now", [0.0, 1_800_000_000.7, AGAIN / 10 - 0.1])
def test_a_moment_is_known_for_more_than_an_hour(now: float) -> None:
    assert len(moment(now)) == 3
    for later in (0.0, 1.5, 3_600.0):
        assert abs(seconds_since(moment(now), now + later) - later) <= 0.1
