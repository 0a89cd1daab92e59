"""A removed coordinator receives nothing more, not even what they asked for before: rights are checked on delivery."""

import os
import signal
from functools import partial

import pytest

from bot.handlers import moderation
from storage.campaigns.coordinators import remove_coordinator
from tests.support.campaign_results import release_results, submit_answers
from tests.support.campaigns import run_in_transaction
from tests.support.comment_moderation import APPROVE_LABEL, READ_COMMENTS_LABEL, SAMPLE_COMMENTS, add_released_comments
from tests.support.coordinator_chat import COLLEAGUE_ID, COORDINATOR_ID, invite_in_chat, open_campaign_in_chat, perform
from tests.support.exports import suspend_export_process
from tests.support.phone import Phone, PhoneMessage
from tests.support.running_bot import RunningBot
from tests.support.walkers import tap_last_button

REMOVE_COLLEAGUE = partial(remove_coordinator, chat_id=COLLEAGUE_ID)


pytestmark = pytest.mark.usefixtures("no_leftovers")


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


@pytest.fixture
async def colleague(bot: RunningBot, phone: Phone) -> Phone:
    """A colleague of coordinator 7; their organisation has a campaign with released answers."""
    code = await open_campaign_in_chat(phone)
    await submit_answers(bot, code, 12, seed=2)
    await release_results(bot)
    colleague_phone = Phone(phone.emulator, COLLEAGUE_ID)
    await perform(colleague_phone, f"/start {await invite_in_chat(phone)}")
    await perform(colleague_phone, "The <Willow>", "Download the answers")
    return colleague_phone


def files(phone: Phone) -> list[PhoneMessage]:
    return [message for message in phone.messages if message.kind == "document"]


async def test_a_removed_coordinator_gets_no_download_started_or_queued_before(
    bot: RunningBot, colleague: Phone
) -> None:
    offer = colleague.latest_prompt
    tap_last_button(colleague, offer, "For Excel")
    pid = await suspend_export_process()
    tap_last_button(colleague, offer, "Plain tables, as a zip")
    await bot.wait_for_intake()
    assert await run_in_transaction(bot, REMOVE_COLLEAGUE)
    os.kill(pid, signal.SIGCONT)
    await bot.wait_for_delivery()
    assert files(colleague) == []


async def test_a_current_coordinator_gets_the_download(bot: RunningBot, colleague: Phone) -> None:
    tap_last_button(colleague, colleague.latest_prompt, "For Excel")
    os.kill(await suspend_export_process(), signal.SIGCONT)
    await bot.wait_for_delivery()
    assert len(files(colleague)) == 1


async def test_a_removed_coordinator_gets_no_queued_comment(
    bot: RunningBot, colleague: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comment waits in the outbox behind a file that is being written."""
    monkeypatch.setattr(moderation, "MIN_READING_SECONDS", 0.0)
    [(code,)] = bot.fetch_rows("select code from campaigns where about != ''")
    await add_released_comments(bot, code, [*SAMPLE_COMMENTS, *SAMPLE_COMMENTS])  # the second release needs twenty
    offer = colleague.latest_prompt
    comment = await perform(colleague, "/coordinator", "The <Willow>", READ_COMMENTS_LABEL)
    message_count = len(colleague.received_ids)
    tap_last_button(colleague, offer, "For Excel")
    pid = await suspend_export_process()
    tap_last_button(colleague, comment, APPROVE_LABEL)
    await bot.wait_for_intake()
    assert await run_in_transaction(bot, REMOVE_COLLEAGUE)
    os.kill(pid, signal.SIGCONT)
    await bot.wait_for_delivery()
    new = [colleague.versions[number][-1].text for number in colleague.received_ids[message_count:]]
    assert not [text for text in new if "Word" in text]
    assert len(colleague.versions[comment.id]) == 1, "the approved comment's message is not updated either"
