"""Concurrent updates of one chat over a webhook end as if they had been processed in some order."""

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
CHAT_IDS = count(1000)
STATE = 'select step, prompt, "resume_step", is_changing, passed_forks from runs where chat_id = ?'
ANSWERS = """
select question, choice, texts is null from answers join runs on runs.id = answers.run_id
where chat_id = ? order by question
"""
Action = Callable[["Person"], Json]
ACTIONS: dict[str, Action] = {
    "taps an answer": lambda person: person.make_tap("role", "answer", "someone_else"),
    "taps another answer": lambda person: person.make_tap("role", "answer", "neighbour"),
    "skips": lambda person: person.make_tap("role", "skip", ""),
    "types an answer": lambda person: make_text_update(person.chat, "neighbour", message_id=11),
    "types something else": lambda person: make_text_update(
        person.chat, "it is a long story, and it began in the spring", message_id=12
    ),
    "begins again": lambda person: make_text_update(person.chat, "/start", message_id=13),
    "stops": lambda person: make_text_update(person.chat, "/stop", message_id=14),
    "wants all deleted": lambda person: make_text_update(person.chat, "/delete", message_id=15),
}


class Person:
    """A person at the first question. Their updates are posted to the webhook directly, not by the emulator."""

    def __init__(self, bot: RunningBot) -> None:
        self.bot = bot
        self.chat: int = next(CHAT_IDS)
        self.run = ""
        bot.emulator.enter_chat(self.chat)

    async def walk_to_first_question(self, client: WebhookClient) -> None:
        await client.post_update(make_text_update(self.chat, "/start", message_id=9))
        [(self.run,)] = self.bot.fetch_rows("select id from runs where chat_id = ?", self.chat)
        await client.post_update(self.make_tap("welcome", "start", "", prompt=1))

    def make_tap(self, step: str, action: str, value: str, prompt: int = 2) -> Json:
        return make_tap_update(self.chat, encode_callback_data(Tap(self.run, prompt, step, action, value)))

    def read_state(self) -> tuple[object, ...]:
        """The stored state of the run and its answers."""
        return tuple(self.bot.fetch_rows(STATE, self.chat)), tuple(self.bot.fetch_rows(ANSWERS, self.chat))


@pytest.fixture
async def webhook_client(bot: RunningBot) -> AsyncIterator[WebhookClient]:
    async with open_webhook_client(bot) as client:
        yield client


async def post_in_order(bot: RunningBot, client: WebhookClient, *actions: str) -> tuple[object, ...]:
    person = Person(bot)
    await person.walk_to_first_question(client)
    for action in actions:
        assert (await client.post_update(ACTIONS[action](person))).status == 200
    return person.read_state()


async def post_at_once(
    bot: RunningBot, client: WebhookClient, other_client: WebhookClient, *actions: str
) -> tuple[object, ...]:
    """Posts both updates at once, and the first of them twice."""
    person = Person(bot)
    await person.walk_to_first_question(client)
    first, second = ({"update_id": next(client.update_ids), **ACTIONS[action](person)} for action in actions)
    answers = await asyncio.gather(client.post(first), other_client.post(second), other_client.post(first))
    assert [answer.status for answer in answers] == [200, 200, 200]
    return person.read_state()


async def assert_each_pair_ends_as_in_some_order(
    bot: RunningBot, client: WebhookClient, other_client: WebhookClient
) -> None:
    for actions in combinations_with_replacement(ACTIONS, 2):
        allowed = [await post_in_order(bot, client, *actions), await post_in_order(bot, client, *reversed(actions))]
        assert await post_at_once(bot, client, other_client, *actions) in allowed, actions
        assert await post_at_once(bot, client, other_client, *reversed(actions)) in allowed, actions
    await bot.wait_for_delivery()


async def test_concurrent_updates_of_a_chat_end_as_in_some_order(
    bot: RunningBot, webhook_client: WebhookClient
) -> None:
    await assert_each_pair_ends_as_in_some_order(bot, webhook_client, webhook_client)


async def test_concurrent_updates_at_two_workers_end_as_in_some_order(
    bot: RunningBot, webhook_client: WebhookClient
) -> None:
    port = find_free_port(Random())
    async with bot.start_another_worker(port=port):
        await wait_until(lambda: len(bot.find_log_lines("the bot has started")) == 2)
        await assert_each_pair_ends_as_in_some_order(bot, webhook_client, webhook_client.with_port(port))
