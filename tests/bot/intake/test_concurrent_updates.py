"""Updates of one chat that come at once, over a webhook: the end is one that some order of them gives."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import combinations_with_replacement, count
from random import Random

import pytest

from flows.callback_data import carried
from flows.models import Tapped
from tests.support.deployments import WEBHOOK
from tests.support.running_bot import Running, until
from tests.support.webhook_client import Json, Poster, posting, tapped, typed
from tests.support.worker_processes import free_port

pytestmark = pytest.mark.ways(WEBHOOK)
CHATS = count(1000)
STATE = 'select place, ask, "left", changing, passed from runs where chat = ?'
ANSWERS = """
select question, choice, said is null from answers join runs on runs.id = answers.run where chat = ? order by question
"""
Act = Callable[["Somebody"], Json]
ACTS: dict[str, Act] = {
    "taps an answer": lambda who: who.taps("role", "answer", "someone_else"),
    "taps another answer": lambda who: who.taps("role", "answer", "neighbour"),
    "skips": lambda who: who.taps("role", "skip", ""),
    "types an answer": lambda who: typed(who.chat, "neighbour", message=11),
    "types something else": lambda who: typed(who.chat, "it is a long story, and it began in the spring", message=12),
    "begins again": lambda who: typed(who.chat, "/start", message=13),
    "stops": lambda who: typed(who.chat, "/stop", message=14),
    "wants all deleted": lambda who: typed(who.chat, "/delete", message=15),
}


class Somebody:
    """Somebody who was asked who they are. What they do is posted past the look-alike, which only hears the bot."""

    def __init__(self, bot: Running) -> None:
        self.bot = bot
        self.chat: int = next(CHATS)
        self.run = ""
        bot.lookalike.entered(self.chat)

    async def at_the_first_question(self, poster: Poster) -> None:
        await poster.update(typed(self.chat, "/start", message=9))
        [(self.run,)] = self.bot.rows("select id from runs where chat = ?", self.chat)
        await poster.update(self.taps("welcome", "start", "", ask=1))

    def taps(self, place: str, act: str, value: str, ask: int = 2) -> Json:
        return tapped(self.chat, carried(Tapped(self.run, ask, place, act, value)))

    def ended(self) -> tuple[object, ...]:
        """What is kept of them now."""
        return tuple(self.bot.rows(STATE, self.chat)), tuple(self.bot.rows(ANSWERS, self.chat))


@pytest.fixture
async def poster(bot: Running) -> AsyncIterator[Poster]:
    async with posting(bot) as made:
        yield made


async def in_order(bot: Running, poster: Poster, *acts: str) -> tuple[object, ...]:
    somebody = Somebody(bot)
    await somebody.at_the_first_question(poster)
    for act in acts:
        assert (await poster.update(ACTS[act](somebody))).status == 200
    return somebody.ended()


async def at_once(bot: Running, poster: Poster, other: Poster, *acts: str) -> tuple[object, ...]:
    """The first of them comes twice."""
    somebody = Somebody(bot)
    await somebody.at_the_first_question(poster)
    first, second = ({"update_id": next(poster.numbers), **ACTS[act](somebody)} for act in acts)
    answers = await asyncio.gather(poster.post(first), other.post(second), other.post(first))
    assert [answer.status for answer in answers] == [200, 200, 200]
    return somebody.ended()


async def every_pair_ends_as_in_some_order(bot: Running, poster: Poster, other: Poster) -> None:
    for acts in combinations_with_replacement(ACTS, 2):
        allowed = [await in_order(bot, poster, *acts), await in_order(bot, poster, *reversed(acts))]
        assert await at_once(bot, poster, other, *acts) in allowed, acts
        assert await at_once(bot, poster, other, *reversed(acts)) in allowed, acts
    await bot.said_all()


async def test_two_updates_of_a_chat_at_once_end_as_one_after_the_other(bot: Running, poster: Poster) -> None:
    await every_pair_ends_as_in_some_order(bot, poster, poster)


async def test_two_updates_of_a_chat_at_two_workers_at_once_end_as_one_after_the_other(
    bot: Running, poster: Poster
) -> None:
    port = free_port(Random())
    async with bot.beside(port=port):
        await until(lambda: len(bot.said("the bot is there")) == 2)
        await every_pair_ends_as_in_some_order(bot, poster, poster.to(port))
