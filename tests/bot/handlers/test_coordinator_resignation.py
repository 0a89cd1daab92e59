"""Coordinators can resign in the chat."""

import pytest

from tests.support.coordinator_chat import (
    COLLEAGUE_ID,
    COORDINATOR_ID,
    LEAVE_LABEL,
    OUTDATED_BUTTON_TEXT,
    invite_in_chat,
    open_campaign_in_chat,
    perform,
    tap_forged_button,
)
from tests.support.personal_data import read_data_file, request_personal_data
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


async def test_resigning_asks_first_and_then_removes_access(bot: RunningBot, phone: Phone, colleague: Phone) -> None:
    code = await open_campaign_in_chat(phone)
    await perform(colleague, f"/start {await invite_in_chat(phone)}")
    prompt = await perform(colleague, LEAVE_LABEL)
    assert prompt.buttons == ["Yes, stop", "No, go on"]
    assert "The <Willow>" in (await perform(colleague, "No, go on")).buttons
    assert bot.fetch_rows("select chat_id from coordinators") == [(COLLEAGUE_ID,)]
    farewell = await perform(colleague, LEAVE_LABEL, "Yes, stop")
    assert "You are no coordinator any more." in farewell.text
    assert farewell.buttons == []
    assert bot.fetch_rows("select chat_id from coordinators") == []
    assert await tap_forged_button(colleague, f".0..menu_page.{code}") == OUTDATED_BUTTON_TEXT
    assert bot.fetch_rows("select chat_id, action from audit_log order by id desc limit 1") == [(COLLEAGUE_ID, "left")]
    _, file = await request_personal_data(bot, colleague)
    assert "you stopped being a coordinator" in read_data_file(phone.emulator, file)


async def test_a_configured_coordinator_cannot_resign_in_the_chat(bot: RunningBot, phone: Phone) -> None:
    assert LEAVE_LABEL not in (await perform(phone, "/coordinator")).buttons
    for action in ("menu_leave", "menu_leave_confirmed"):
        assert await tap_forged_button(phone, f".0..{action}.") == OUTDATED_BUTTON_TEXT
    assert bot.fetch_rows("select chat_id, action from audit_log") == bot.fetch_rows("select * from invitations") == []
    assert phone.chat_id == COORDINATOR_ID
