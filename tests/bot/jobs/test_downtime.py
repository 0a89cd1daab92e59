"""Back after an outage that was longer than Telegram keeps a tap: whoever was in the middle is asked again, once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from bot.emulator import Lookalike
from tests.bot.intake.test_dead_letters import EVERYWHERE
from tests.support.deployments import WEBHOOK, Way
from tests.support.phone import Phone
from tests.support.running_bot import Running, running, until
from tests.support.walkers import Walker, place_of
from tests.support.worker_processes import free_port

WERE_AWAY = "Sorry, I was away for a while"
BACK = "back after an outage"
LONG, SHORT = 200, 100  # seconds: longer than a tap is kept, and not


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.jobs.scheduler.WELL", 0.3)
    monkeypatch.setattr("bot.intake.webhook.LOOKING", 0.2)
    monkeypatch.setattr("bot.jobs.scheduler.SWEEP", 0.1)


@asynccontextmanager
async def away_for(seconds: int, lookalike: Lookalike, url: str, way: Way) -> AsyncIterator[Running]:
    """The bot that comes back so long after the last one was well. All that it remembers is as much older."""
    for what in ("moments set at = at - 1000 * ?", "runs set seen_at = seen_at - ?", "chats set seen_at = seen_at - ?"):
        way.change(f"update {what}", seconds)
    async with running(lookalike, url, way) as bot:
        yield bot


@asynccontextmanager
async def before(lookalike: Lookalike, url: str, way: Way) -> AsyncIterator[Running]:
    """The bot before the outage."""
    async with running(lookalike, url, way) as bot:
        await until(lambda: bot.said("the bot is there") and way.rows("select 1 from moments where name = 'well'"))
        yield bot
        await bot.said_all()


@EVERYWHERE
async def test_who_was_in_the_middle_is_asked_again_once(
    lookalike: Lookalike, url: str, way: Way, phone: Phone
) -> None:
    async with before(lookalike, url, way):
        await Walker(phone).to("viewpoint")
    heard = len(phone.heard)
    phone.act()
    async with away_for(LONG, lookalike, url, way) as bot:
        again = await phone.hears()
        await until(lambda: bot.said(BACK))
        await bot.said_all()
        assert bot.said(BACK)[0]["asked_again"] == 1
    assert WERE_AWAY in again.text
    assert place_of(again) == "viewpoint"
    assert [message.id for message in phone.messages if message.buttons] == [again.id]
    async with running(lookalike, url, way) as bot:
        await bot.took_in()
        await phone_is_answered(phone)
    assert times_told(phone) == 1
    assert len(phone.heard) == heard + 2


def times_told(phone: Phone) -> int:
    return sum(WERE_AWAY in phone.versions[number][0].text for number in phone.heard)


async def phone_is_answered(phone: Phone) -> None:
    phone.tap("My family")
    assert place_of(await phone.hears()) == "informed"


@EVERYWHERE
async def test_a_tap_that_was_on_its_way_counts_also_after_it_was_asked_again(
    lookalike: Lookalike, url: str, way: Way, phone: Phone
) -> None:
    async with before(lookalike, url, way):
        asked = await Walker(phone).to("viewpoint")
    phone.act()
    async with away_for(LONG, lookalike, url, way) as bot:
        assert WERE_AWAY in (await phone.hears()).text
        await bot.said_all()
        tap = phone.tap_on(asked, "My family")
        assert place_of(await phone.hears()) == "informed"
        assert not (await phone.answered(tap)).show_alert
        await bot.said_all()
        assert [message.id for message in phone.messages if message.buttons] == [phone.shown.id]


@EVERYWHERE
async def test_after_a_short_time_nobody_is_asked_again(lookalike: Lookalike, url: str, way: Way, phone: Phone) -> None:
    async with before(lookalike, url, way):
        await Walker(phone).to("viewpoint")
    async with away_for(SHORT, lookalike, url, way) as bot:
        await until(lambda: recent(way))
        await bot.said_all()
        await phone_is_answered(phone)
    assert bot.said(BACK) == []
    assert times_told(phone) == 0


def recent(way: Way) -> bool:
    """Whether the bot has noted again that it is well."""
    now = "strftime('%s')" if way.name == "sqlite" else "extract(epoch from now())"
    return bool(way.rows(f"select 1 from moments where name = 'well' and at > 1000 * ({now} - 60)"))


@EVERYWHERE
async def test_who_stopped_who_has_sent_and_who_never_began_are_left_alone(
    lookalike: Lookalike, url: str, way: Way
) -> None:
    stopped, sent, new, blocked, inside = (Phone(lookalike, number) for number in (11, 12, 13, 14, 15))
    async with before(lookalike, url, way):
        await Walker(stopped).to("viewpoint")
        stopped.type("/stop")
        await stopped.hears()
        await Walker(sent).to("check")
        await Walker(sent).send()
        new.type("/help")
        await new.hears()
        await Walker(blocked).to("viewpoint")
        blocked.block()
        await Walker(inside).to("viewpoint")
    heard = [len(phone.heard) for phone in (stopped, sent, new, blocked)]
    inside.act()
    async with away_for(LONG, lookalike, url, way) as bot:
        assert WERE_AWAY in (await inside.hears()).text
        await until(lambda: bot.said(BACK))
        await bot.said_all()
    assert [len(phone.heard) for phone in (stopped, sent, new, blocked)] == heard


@EVERYWHERE
async def test_who_wrote_meanwhile_is_answered_and_not_asked_again(
    lookalike: Lookalike, url: str, way: Way, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they wrote comes before the first look, which is 10 seconds after the start."""
    other = Phone(lookalike, 8)
    async with before(lookalike, url, way):
        await Walker(phone).to("informed_why")
        await Walker(other).to("viewpoint")
    phone.type("They rang back")
    other.act()
    monkeypatch.setattr("bot.jobs.scheduler.WELL", 6.0)
    async with away_for(LONG, lookalike, url, way) as bot:
        assert place_of(await phone.hears()) == "confident"
        assert WERE_AWAY in (await other.hears()).text
        await until(lambda: bot.said(BACK))
        await bot.said_all()
    assert times_told(phone) == 0


@EVERYWHERE
async def test_who_was_heard_of_long_before_the_outage_is_left_alone(
    lookalike: Lookalike, url: str, way: Way, phone: Phone
) -> None:
    """Nobody taps a question of yesterday in just these minutes."""
    other = Phone(lookalike, 8)
    async with before(lookalike, url, way):
        await Walker(phone).to("viewpoint")
        await Walker(other).to("viewpoint")
    way.change("update runs set seen_at = seen_at - 3700 where chat = 7")
    other.act()
    async with away_for(LONG, lookalike, url, way) as bot:
        assert WERE_AWAY in (await other.hears()).text
        await until(lambda: bot.said(BACK))
        await bot.said_all()
    assert times_told(phone) == 0


@pytest.mark.ways(WEBHOOK)
async def test_two_workers_that_come_back_ask_once(lookalike: Lookalike, url: str, way: Way, phone: Phone) -> None:
    async with before(lookalike, url, way):
        await Walker(phone).to("viewpoint")
    phone.act()
    async with away_for(LONG, lookalike, url, way) as bot, bot.beside(port=free_port(Random())):
        assert WERE_AWAY in (await phone.hears()).text
        await until(lambda: len(bot.said("the bot is there")) == 2 and bot.said(BACK))
        await bot.said_all()
    assert times_told(phone) == 1
