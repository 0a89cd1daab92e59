"""A decision counts only if the comment could have been read: a second tap meant for the comment before is ignored."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.handlers import moderation
from bot.handlers.moderation import MIN_READING_SECONDS, take_moderation_action
from flows.events.moderation import CLOCK_PERIOD_TENTHS, CommentPosition, encode_position, encode_time, seconds_since
from flows.models import Tap
from storage.anonymity.gateway import open_release_view
from storage.campaigns.coordinators import HOME_ORGANISATION, Coordinator, ensure_home_organisation
from storage.campaigns.repository import open_campaign
from storage.db.database import open_database
from tests.support.comment_moderation import (
    APPROVE_LABEL,
    REDACT_LABEL,
    RELEASE_SIZE,
    UNDO_LABEL,
    WILLOW_PLAN,
    count_comment_states,
    extract_quoted_text,
    open_first_comment,
    seal_and_release_comments,
    tap_and_wait_for_edit,
)
from tests.support.coordinator_chat import COORDINATOR_ID, perform
from tests.support.phone import Phone, PhoneMessage
from tests.support.running_bot import RunningBot
from tests.support.walkers import tap_last_button

UNREAD = "Please read it first. Then press again."
LONG = 1_000.0


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


def button_rows(message: PhoneMessage) -> dict[str, int]:
    """The row of each button, counted from the end of the message."""
    keyboard = message.raw["reply_markup"]["inline_keyboard"]
    return {button["text"]: len(keyboard) - row for row, row_buttons in enumerate(keyboard) for button in row_buttons}


@pytest.mark.usefixtures("commented_campaign")
async def test_quick_repeated_taps_decide_on_one_comment_only(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await open_first_comment(phone)
    monkeypatch.setattr(moderation, "MIN_READING_SECONDS", 0.0)
    second = await perform(phone, APPROVE_LABEL)
    monkeypatch.setattr(moderation, "MIN_READING_SECONDS", LONG)
    message_count = len(phone.received_ids)
    for _ in range(3):
        tap = tap_last_button(phone, second, APPROVE_LABEL)
        assert (await phone.wait_for_answer(tap)).text == UNREAD
    await bot.wait_for_delivery()
    assert (count_comment_states(bot), len(phone.received_ids)) == ({"approved": 1, "new": 11}, message_count)
    assert phone.versions[second.id][-1].buttons == second.buttons, "the buttons are still there"
    assert extract_quoted_text(second) != extract_quoted_text(first)
    monkeypatch.setattr(moderation, "MIN_READING_SECONDS", 0.0)
    await perform(phone, APPROVE_LABEL)
    assert count_comment_states(bot) == {"approved": 2, "new": 10}


@pytest.mark.usefixtures("commented_campaign")
async def test_after_hiding_a_word_the_reading_time_starts_again(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_first_comment(phone)
    await tap_and_wait_for_edit(phone, REDACT_LABEL)
    monkeypatch.setattr(moderation, "MIN_READING_SECONDS", LONG)
    await tap_and_wait_for_edit(phone, "Done")
    assert (await phone.wait_for_answer(tap_last_button(phone, phone.latest_prompt, APPROVE_LABEL))).text == UNREAD
    assert count_comment_states(bot) == {"new": 12}


@pytest.mark.usefixtures("commented_campaign")
async def test_the_undo_button_moves_no_other_button(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await open_first_comment(phone)
    monkeypatch.setattr(moderation, "MIN_READING_SECONDS", 0.0)
    second = await perform(phone, APPROVE_LABEL)
    assert {**button_rows(first), UNDO_LABEL: button_rows(second)[UNDO_LABEL]} == button_rows(second)


def test_a_decision_counts_after_the_minimum_reading_time(database_file: Path) -> None:
    database = open_database(f"sqlite:///{database_file}")
    with database.transaction() as session:
        ensure_home_organisation(session)
        campaign = open_campaign(session, WILLOW_PLAN)
    seal_and_release_comments(database, campaign, [f"word of {number}" for number in range(12)])
    with open_release_view(database, campaign, RELEASE_SIZE) as view:
        comment_id = next(iter(view.iter_comments())).id
    shown_seconds = 1_800_000_000.0
    tap = Tap(
        "",
        0,
        "",
        "approve",
        encode_position(CommentPosition(campaign, "new", comment_id, shown_at=encode_time(shown_seconds))),
    )
    for seconds, expected_event in (
        (0.0, "moderation_ignored"),
        (MIN_READING_SECONDS - 0.2, "moderation_ignored"),
        (MIN_READING_SECONDS + 0.2, "comment_moderated"),
    ):
        with database.transaction() as session:
            event, *_ = take_moderation_action(
                session, Coordinator(7, HOME_ORGANISATION), tap, datetime.fromtimestamp(shown_seconds + seconds, UTC)
            )
        assert event.kind == expected_event
    database.close()


@pytest.mark.parametrize("now", [0.0, 1_800_000_000.7, CLOCK_PERIOD_TENTHS / 10 - 0.1])
def test_encoded_times_can_be_compared_for_over_an_hour(now: float) -> None:
    assert len(encode_time(now)) == 3
    for seconds in (0.0, 1.5, 3_600.0):
        assert abs(seconds_since(encode_time(now), now + seconds) - seconds) <= 0.1
