"""The bot closes a campaign after its last day; a coordinator can close it before, also if its flow was removed."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.emulator import TelegramEmulator
from storage.campaigns.coordinators import HOME_ORGANISATION
from storage.campaigns.repository import CampaignPlan, to_day_number
from tests.support.campaigns import create_campaign
from tests.support.clock_skew import CLOCK_REFUSED_EVENT, SECONDS_PER_DAY
from tests.support.coordinator_chat import COORDINATOR_ID, fetch_campaign_codes, open_campaign_in_chat, perform
from tests.support.deployments import Deployment
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, running_bot, wait_until
from tests.support.telegram_clock import serve_with_clock_offset
from tests.support.walkers import Walker, get_step

CLOSED_EVENT = "campaigns closed after their last day"
WILLOW = CampaignPlan("The Willow", "Leeds carers", organisation=HOME_ORGANISATION)


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


def set_last_day(deployment: Deployment, day: date) -> None:
    deployment.execute_sql("update campaigns set closes_on = ? where code <> 'general'", to_day_number(day))


def yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


@pytest.mark.deployments("sqlite", "postgresql")
async def test_the_bot_closes_a_campaign_after_its_last_day_and_started_runs_can_be_sent(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with running_bot(emulator, emulator_url, deployment) as bot:
        code, other = await create_campaign(bot, WILLOW), await create_campaign(bot, CampaignPlan("Oak", ""))
        early_walker, late_walker = (Walker(Phone(emulator, number)) for number in (8, 9))
        for walker in (early_walker, late_walker):
            walker.phone.type_text(f"/start {code}")
            await walker.phone.receive()
            await walker.walk_to("check")
        await early_walker.submit()
    deployment.execute_sql("update campaigns set closes_on = ? where code = ?", to_day_number(yesterday()), code)
    assert deployment.fetch_rows("select campaign from participations") == [(code,)]
    async with running_bot(emulator, emulator_url, deployment, coordinator_ids=frozenset({phone.chat_id})) as bot:
        await wait_until(lambda: bot.find_log_lines(CLOSED_EVENT))
        assert sorted(fetch_campaign_codes(bot)) == sorted([(code, True), (other, False)])
        assert bot.fetch_rows("select participation_key from campaigns where code = ?", code) == [(None,)]
        assert bot.fetch_rows("select * from participations") == []
        assert bot.fetch_rows("select chat_id, action, campaign from audit_log") == [(-1, "closed", code)]
        await late_walker.submit()
        assert bot.fetch_rows("select campaign from pending_parts where question = ''") == [(code,)] * 2
        assert "It is closed." in (await perform(phone, "/coordinator", "The Willow (closed)")).text


async def test_a_clock_set_forward_closes_no_campaign(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with running_bot(emulator, emulator_url, deployment) as bot:
        code = await create_campaign(bot, WILLOW)
    set_last_day(deployment, datetime.now(UTC).date() - timedelta(days=39))
    async with (
        serve_with_clock_offset(emulator, -40 * SECONDS_PER_DAY) as telegram_url,
        running_bot(emulator, telegram_url, deployment) as bot,
    ):
        bot.allow_events(CLOCK_REFUSED_EVENT)
        await wait_until(lambda: bot.find_log_lines(CLOCK_REFUSED_EVENT))
        await perform(phone, "/help")  # a closure would have happened before this reply
        assert fetch_campaign_codes(bot) == [(code, False)]


async def test_the_last_day_ends_by_telegrams_clock(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    async with running_bot(emulator, emulator_url, deployment) as bot:
        code = await create_campaign(bot, WILLOW)
    set_last_day(deployment, datetime.fromtimestamp(time.time() - 0.9 * SECONDS_PER_DAY, UTC).date())
    async with (
        serve_with_clock_offset(emulator, -0.9 * SECONDS_PER_DAY) as telegram_url,
        running_bot(emulator, telegram_url, deployment) as bot,
    ):
        await wait_until(lambda: bot.find_log_lines("expired data deleted"))
        assert fetch_campaign_codes(bot) == [(code, False)], "it is still the last day"


async def test_a_coordinator_can_close_a_campaign_whose_last_day_is_over(bot: RunningBot, phone: Phone) -> None:
    code = await open_campaign_in_chat(phone)
    set_last_day(bot.deployment, yesterday())
    page = await perform(phone, "/coordinator", "The <Willow> (closed)")
    assert "Its last day is over: nobody can begin there. Close it, and the last answers can be seen too." in page.text
    assert page.buttons == ["Close this campaign", "‹ All campaigns"]
    await perform(phone, "Close this campaign", "Yes, close it for good")
    assert fetch_campaign_codes(bot) == [(code, True)]


@pytest.mark.deployments("sqlite", "postgresql")
async def test_a_campaign_whose_flow_was_removed_can_only_be_closed(bot: RunningBot, phone: Phone) -> None:
    code = await open_campaign_in_chat(phone)
    await perform(phone, "/start")
    await Walker(phone).walk_to("viewpoint")
    bot.execute_sql("update campaigns set flow = 'gone' where code = ?", code)
    page = await perform(phone, "/coordinator", "The <Willow> (closed)")
    assert "I don't have the questions of this campaign any more, so nothing of it can be shown." in page.text
    assert page.buttons == ["Close this campaign", "‹ All campaigns"]
    share_reply = await tap_and_receive(bot, phone, f".0..menu_share.{code}")
    assert "there is nothing to share" in share_reply
    assert "That link is closed now." in (await perform(phone, f"/start {code}")).text
    await perform(phone, "/coordinator", "The <Willow> (closed)", "Close this campaign", "Yes, close it for good")
    assert fetch_campaign_codes(bot) == [(code, True)]
    page = await perform(phone, "/coordinator", "The <Willow> (closed)")
    assert ("It is closed." in page.text, page.buttons) == (True, ["‹ All campaigns"])
    await perform(phone, "‹ All campaigns")
    assert get_step(await perform(phone, "‹ Back to where I was")) == "viewpoint"
    assert len(bot.fetch_rows("select * from answers")) == 1


async def tap_and_receive(bot: RunningBot, phone: Phone, data: str) -> str:
    phone.skip_received()
    bot.emulator.tap_button(phone.chat_id, 1, data)
    return (await phone.receive()).text
