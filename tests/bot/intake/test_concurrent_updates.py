"""Updates of one chat that come at once, over a webhook: the end is one that some order of them gives."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import combinations_with_replacement, count
from random import Random

import pytest

from flows.callback_data import encode_callback_data
from flows.models import Tap
from tests.support.deployments import WEBHOOK
from tests.support.running_bot import RunningBot, wait_until
from tests.support.webhook_client import Json, WebhookClient, make_tap_update, make_text_update, open_webhook_client
from tests.support.worker_processes import find_free_port

pytestmark = pytest.mark.deployments(WEBHOOK)
CHATS = count(1000)
STATE = 'select step, prompt, "resume_step", is_changing, passed_forks from runs where chat_id = ?'
ANSWERS = """
select question, choice, texts is null from answers join runs on runs.id = answers.run_id
where chat_id = ? order by question
"""
Act = Callable[["Somebody"], Json]
ACTS: dict[str, Act] = {
    "taps an answer": lambda who: who.taps("role", "answer", "someone_else"),
    "taps another answer": lambda who: who.taps("role", "answer", "neighbour"),
    "skips": lambda who: who.taps("role", "skip", ""),
    "types an answer": lambda who: make_text_update(who.chat, "neighbour", message_id=11),
    "types something else": lambda who: make_text_update(
        who.chat, "it is a long story, and it began in the spring", message_id=12
    ),
    "begins again": lambda who: make_text_update(who.chat, "/start", message_id=13),
    "stops": lambda who: make_text_update(who.chat, "/stop", message_id=14),
    "wants all deleted": lambda who: make_text_update(who.chat, "/delete", message_id=15),
}


class Somebody:
    """Somebody who was asked who they are. What they do is posted past the look-alike, which only hears the bot."""

    def __init__(self, bot: RunningBot) -> None:
        self.bot = bot
        self.chat: int = next(CHATS)
        self.run = ""
        bot.emulator.enter_chat(self.chat)

    async def at_the_first_question(self, poster: WebhookClient) -> None:
        await poster.post_update(make_text_update(self.chat, "/start", message_id=9))
        [(self.run,)] = self.bot.fetch_rows("select id from runs where chat_id = ?", self.chat)
        await poster.post_update(self.taps("welcome", "start", "", ask=1))

    def taps(self, place: str, act: str, value: str, ask: int = 2) -> Json:
        return make_tap_update(self.chat, encode_callback_data(Tap(self.run, ask, place, act, value)))

    def ended(self) -> tuple[object, ...]:
        """What is kept of them now."""
        return tuple(self.bot.fetch_rows(STATE, self.chat)), tuple(self.bot.fetch_rows(ANSWERS, self.chat))


@pytest.fixture
async def webhook_client(bot: RunningBot) -> AsyncIterator[WebhookClient]:
    async with open_webhook_client(bot) as made:
        yield made


async def in_order(bot: RunningBot, poster: WebhookClient, *acts: str) -> tuple[object, ...]:
    somebody = Somebody(bot)
    await somebody.at_the_first_question(poster)
    for act in acts:
        assert (await poster.post_update(ACTS[act](somebody))).status == 200
    return somebody.ended()


async def at_once(bot: RunningBot, poster: WebhookClient, other: WebhookClient, *acts: str) -> tuple[object, ...]:
    """The first of them comes twice."""
    somebody = Somebody(bot)
    await somebody.at_the_first_question(poster)
    first, second = ({"update_id": next(poster.update_ids), **ACTS[act](somebody)} for act in acts)
    answers = await asyncio.gather(poster.post(first), other.post(second), other.post(first))
    assert [answer.status for answer in answers] == [200, 200, 200]
    return somebody.ended()


async def every_pair_ends_as_in_some_order(bot: RunningBot, poster: WebhookClient, other: WebhookClient) -> None:
    for acts in combinations_with_replacement(ACTS, 2):
        allowed = [await in_order(bot, poster, *acts), await in_order(bot, poster, *reversed(acts))]
        assert await at_once(bot, poster, other, *acts) in allowed, acts
        assert await at_once(bot, poster, other, *reversed(acts)) in allowed, acts
    await bot.wait_for_delivery()


async def test_two_updates_of_a_chat_at_once_end_as_one_after_the_other(
    bot: RunningBot, webhook_client: WebhookClient
) -> None:
    await every_pair_ends_as_in_some_order(bot, webhook_client, webhook_client)


async def test_two_updates_of_a_chat_at_two_workers_at_once_end_as_one_after_the_other(
    bot: RunningBot, webhook_client: WebhookClient
) -> None:
    port = find_free_port(Random())
    async with bot.start_another_worker(port=port):
        await wait_until(lambda: len(bot.find_log_lines("the bot has started")) == 2)
        await every_pair_ends_as_in_some_order(bot, webhook_client, webhook_client.with_port(port))
