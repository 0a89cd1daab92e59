"""Who is taken out gets nothing any more, not even what they asked for before: rights are looked at when it is said."""

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
    """One of person 7's organisation, which has a campaign with answers."""
    code = await open_campaign_in_chat(phone)
    await submit_answers(bot, code, 12, seed=2)
    await release_results(bot)
    made = Phone(phone.emulator, COLLEAGUE_ID)
    await perform(made, f"/start {await invite_in_chat(phone)}")
    await perform(made, "The <Willow>", "Download the answers")
    return made


def files(phone: Phone) -> list[PhoneMessage]:
    return [message for message in phone.messages if message.kind == "document"]


async def test_a_download_under_way_comes_no_more_nor_one_that_is_queued(bot: RunningBot, colleague: Phone) -> None:
    offer = colleague.latest_prompt
    tap_last_button(colleague, offer, "For Excel")
    pid = await suspend_export_process()
    tap_last_button(colleague, offer, "Plain tables, as a zip")
    await bot.wait_for_intake()
    assert await run_in_transaction(bot, REMOVE_COLLEAGUE)
    os.kill(pid, signal.SIGCONT)
    await bot.wait_for_delivery()
    assert files(colleague) == []


async def test_who_is_still_one_gets_it(bot: RunningBot, colleague: Phone) -> None:
    tap_last_button(colleague, colleague.latest_prompt, "For Excel")
    os.kill(await suspend_export_process(), signal.SIGCONT)
    await bot.wait_for_delivery()
    assert len(files(colleague)) == 1


async def test_a_comment_on_its_way_comes_no_more(
    bot: RunningBot, colleague: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is to be said waits behind a file that is written."""
    monkeypatch.setattr(moderation, "MIN_READING_SECONDS", 0.0)
    [(code,)] = bot.fetch_rows("select code from campaigns where about != ''")
    await add_released_comments(bot, code, [*SAMPLE_COMMENTS, *SAMPLE_COMMENTS])  # the second period wants twenty
    offer = colleague.latest_prompt
    asked = await perform(colleague, "/coordinator", "The <Willow>", READ_COMMENTS_LABEL)
    heard = len(colleague.received_ids)
    tap_last_button(colleague, offer, "For Excel")
    pid = await suspend_export_process()
    tap_last_button(colleague, asked, APPROVE_LABEL)
    await bot.wait_for_intake()
    assert await run_in_transaction(bot, REMOVE_COLLEAGUE)
    os.kill(pid, signal.SIGCONT)
    await bot.wait_for_delivery()
    new = [colleague.versions[number][-1].text for number in colleague.received_ids[heard:]]
    assert not [text for text in new if "Word" in text]
    assert len(colleague.versions[asked.id]) == 1, "nor does the one that was judged change"
