"""A campaign whose last day is over is closed by the bot itself; until then a coordinator can. So it is with one whose
flow left the library.
"""

import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.emulator import Lookalike
from storage.campaigns.coordinators import HOME
from storage.campaigns.repository import Plan, number_of
from tests.bot.cli.doctor.test_telegram import telegram_of_another_time
from tests.bot.handlers.test_campaign_links import opened
from tests.bot.handlers.test_coordinator_menu import NAMED, codes, does, opens
from tests.bot.jobs.test_clock_skew import A_DAY, REFUSED
from tests.support.deployments import Way
from tests.support.phone import Phone
from tests.support.running_bot import Running, running, until
from tests.support.walkers import Walker, place_of

CLOSED = "campaigns whose last day is over were closed"
WILLOW = Plan("The Willow", "Leeds carers", organisation=HOME)


@pytest.fixture
async def bot(lookalike: Lookalike, url: str, way: Way) -> AsyncIterator[Running]:
    async with running(lookalike, url, way, coordinator_ids=frozenset({NAMED})) as made:
        yield made


def ends_on(way: Way, day: date) -> None:
    way.change("update campaigns set closes_on = ? where code <> 'general'", number_of(day))


def yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


@pytest.mark.ways("sqlite", "postgresql")
async def test_after_its_last_day_the_bot_closes_it_and_who_is_in_the_middle_can_still_send(
    lookalike: Lookalike, url: str, way: Way, phone: Phone
) -> None:
    async with running(lookalike, url, way) as bot:
        code, other = await opened(bot, WILLOW), await opened(bot, Plan("Oak", ""))
        early, late = (Walker(Phone(lookalike, number)) for number in (8, 9))
        for walker in (early, late):
            walker.phone.type(f"/start {code}")
            await walker.phone.hears()
            await walker.to("check")
        await early.send()
    way.change("update campaigns set closes_on = ? where code = ?", number_of(yesterday()), code)
    assert way.rows("select campaign from participations") == [(code,)]
    async with running(lookalike, url, way, coordinator_ids=frozenset({phone.chat_id})) as bot:
        await until(lambda: bot.said(CLOSED))
        assert sorted(codes(bot)) == sorted([(code, True), (other, False)])
        assert bot.rows("select key from campaigns where code = ?", code) == [(None,)]
        assert bot.rows("select * from participations") == []
        assert bot.rows("select chat, act, campaign from audit") == [(-1, "closed", code)]
        await late.send()
        assert bot.rows("select campaign from waiting where question = ''") == [(code,)] * 2
        assert "It is closed." in (await does(phone, "/coordinator", "The Willow (closed)")).text


async def test_a_clock_that_is_set_forward_closes_none(lookalike: Lookalike, url: str, way: Way, phone: Phone) -> None:
    async with running(lookalike, url, way) as bot:
        code = await opened(bot, WILLOW)
    ends_on(way, datetime.now(UTC).date() - timedelta(days=39))
    async with telegram_of_another_time(lookalike, -40 * A_DAY) as behind, running(lookalike, behind, way) as bot:
        bot.allow(REFUSED)
        await until(lambda: bot.said(REFUSED))
        await does(phone, "/help")  # what was to be closed would be closed before
        assert codes(bot) == [(code, False)]
    ends_on(way, datetime.fromtimestamp(time.time() - 0.9 * A_DAY, UTC).date())
    async with telegram_of_another_time(lookalike, -0.9 * A_DAY) as behind, running(lookalike, behind, way) as bot:
        await until(lambda: bot.said("erased what is over"))
        assert codes(bot) == [(code, False)], "by Telegram's clock it is still the last day"


async def test_until_then_the_desk_says_that_its_last_day_is_over_and_closes_it(bot: Running, phone: Phone) -> None:
    code = await opens(phone)
    ends_on(bot.way, yesterday())
    page = await does(phone, "/coordinator", "The <Willow> (closed)")
    assert "Its last day is over: nobody can begin there. Close it, and the last answers can be seen too." in page.text
    assert page.buttons == ["Close this campaign", "‹ All campaigns"]
    await does(phone, "Close this campaign", "Yes, close it for good")
    assert codes(bot) == [(code, True)]


@pytest.mark.ways("sqlite", "postgresql")
async def test_one_whose_flow_left_the_library_can_not_be_shown_and_can_be_closed(bot: Running, phone: Phone) -> None:
    code = await opens(phone)
    await does(phone, "/start")
    await Walker(phone).to("viewpoint")
    bot.change("update campaigns set flow = 'gone' where code = ?", code)
    page = await does(phone, "/coordinator", "The <Willow> (closed)")
    assert "I don't have the questions of this campaign any more, so nothing of it can be shown." in page.text
    assert page.buttons == ["Close this campaign", "‹ All campaigns"]
    shared = await tapped(bot, phone, f".0..desk_share.{code}")
    assert "there is nothing to share" in shared
    assert "That link is closed now." in (await does(phone, f"/start {code}")).text
    await does(phone, "/coordinator", "The <Willow> (closed)", "Close this campaign", "Yes, close it for good")
    assert codes(bot) == [(code, True)]
    page = await does(phone, "/coordinator", "The <Willow> (closed)")
    assert ("It is closed." in page.text, page.buttons) == (True, ["‹ All campaigns"])
    await does(phone, "‹ All campaigns")
    assert place_of(await does(phone, "‹ Back to where I was")) == "viewpoint"
    assert len(bot.rows("select * from answers")) == 1


async def tapped(bot: Running, phone: Phone, data: str) -> str:
    phone.act()
    bot.lookalike.taps(phone.chat_id, 1, data)
    return (await phone.hears()).text
