"""Who is taken out gets nothing any more, not even what they asked for before: rights are looked at when it is said."""

import os
import signal
from functools import partial

import pytest

from bot.handlers import moderation
from storage.campaigns.coordinators import take_out
from tests.bot.delivery.test_export import bot, nothing_left, packer, temporary
from tests.bot.handlers.test_campaign_links import beside
from tests.bot.handlers.test_coordinator_menu import COLLEAGUE, does, invited, opens
from tests.bot.handlers.test_moderation import APPROVE, READ, SAID, commented
from tests.support.campaign_results import answered, released
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running
from tests.support.walkers import press

__all__ = ["bot", "nothing_left", "temporary"]  # fixtures
OUT = partial(take_out, chat=COLLEAGUE)


@pytest.fixture
async def colleague(bot: Running, phone: Phone) -> Phone:
    """One of person 7's organisation, which has a campaign with answers."""
    code = await opens(phone)
    await answered(bot, code, 12, seed=2)
    await released(bot)
    made = Phone(phone.lookalike, COLLEAGUE)
    await does(made, f"/start {await invited(phone)}")
    await does(made, "The <Willow>", "Download the answers")
    return made


def files(phone: Phone) -> list[Message]:
    return [message for message in phone.messages if message.kind == "document"]


async def test_a_download_under_way_comes_no_more_nor_one_that_is_queued(bot: Running, colleague: Phone) -> None:
    offer = colleague.asking
    press(colleague, offer, "For Excel")
    pid = await packer()
    press(colleague, offer, "Plain tables, as a zip")
    await bot.took_in()
    assert await beside(bot, OUT)
    os.kill(pid, signal.SIGCONT)
    await bot.said_all()
    assert files(colleague) == []


async def test_who_is_still_one_gets_it(bot: Running, colleague: Phone) -> None:
    press(colleague, colleague.asking, "For Excel")
    os.kill(await packer(), signal.SIGCONT)
    await bot.said_all()
    assert len(files(colleague)) == 1


async def test_a_comment_on_its_way_comes_no_more(
    bot: Running, colleague: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is to be said waits behind a file that is written."""
    monkeypatch.setattr(moderation, "READ_FOR", 0.0)
    [(code,)] = bot.rows("select code from campaigns where about != ''")
    await commented(bot, code, [*SAID, *SAID])  # the second period wants twenty
    offer = colleague.asking
    asked = await does(colleague, "/coordinator", "The <Willow>", READ)
    heard = len(colleague.heard)
    press(colleague, offer, "For Excel")
    pid = await packer()
    press(colleague, asked, APPROVE)
    await bot.took_in()
    assert await beside(bot, OUT)
    os.kill(pid, signal.SIGCONT)
    await bot.said_all()
    new = [colleague.versions[number][-1].text for number in colleague.heard[heard:]]
    assert not [text for text in new if "Word" in text]
    assert len(colleague.versions[asked.id]) == 1, "nor does the one that was judged change"
