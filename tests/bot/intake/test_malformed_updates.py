"""Unreadable updates and those without meaning for the bot delay nobody.

JUNK=20000 sets the number of updates in each of the three runs; the default is 7,000.
"""

import asyncio
import json
import os
from collections import Counter
from random import Random
from typing import Any

import pytest

from bot.emulator import TelegramEmulator
from tests.bot.intake.malformed_updates import generate_updates
from tests.support.dead_letter_log import ON_ALL_DEPLOYMENTS
from tests.support.deployments import POSTGRESQL, SQLITE, WEBHOOK
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot
from tests.support.walkers import Walker
from tests.support.webhook_client import WebhookClient, open_webhook_client

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
UPDATE_COUNT = int(os.environ.get("JUNK", "20000" if LONG else "7000"))
CONCURRENT_POSTS = 20
CHAT = {"id": 9, "type": "private", "first_name": "Person 9"}
ALLOWED = (
    "update moved to dead letters",
    "a direct reply could not be sent",
    "Telegram rejected a call",
    "an outbox entry could not be delivered",
)
MALFORMED_UPDATES: list[dict[str, Any]] = [
    {},
    {"message": {}},
    {"message": "junk"},
    {"message": None},
    {"message": {"message_id": 1, "date": "yesterday", "chat": CHAT}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": "nine", "type": "private"}, "text": "/start"}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": [9], "type": "private"}, "text": "/start"}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": True, "type": "private"}, "text": "/start"}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": 2**80, "type": "private"}, "text": "/start"}},
    {"message": {"message_id": 1, "date": 1, "chat": {**CHAT, "type": "planet"}, "text": "/start"}},
    {"message": {"message_id": 1, "date": 1, "chat": CHAT}},
    {"message": {"message_id": 1, "date": 1, "chat": CHAT, "text": 5}},
    {"callback_query": {"id": "1", "from": {"id": 9, "is_bot": False, "first_name": "9"}, "chat_instance": "9"}},
    {"callback_query": {"id": 1}},
    {"my_chat_member": {"chat": CHAT}},
    {"a_kind_of_next_year": {"anything": [1, 2, 3]}},
    {"poll_answer": {"poll_id": "1"}},
]


@ON_ALL_DEPLOYMENTS
async def test_unreadable_updates_delay_nobody(bot: RunningBot, emulator: TelegramEmulator, phone: Phone) -> None:
    bot.allow_events(*ALLOWED)
    for malformed in MALFORMED_UPDATES:
        emulator.push_raw(malformed)
        phone.type_text("/start")
        emulator.push_raw(malformed)
    await Walker(phone).walk_to("role")
    await bot.wait_for_intake()


def is_sendable_json(update: dict[str, Any]) -> bool:
    """Whether its JSON can be sent as UTF-8. Posted to the webhook, other JSON comes too."""
    try:
        return bool(json.dumps(update, ensure_ascii=False, allow_nan=False).encode())
    except ValueError:
        return False


@pytest.mark.timeout(600)
@pytest.mark.deployments(SQLITE, POSTGRESQL, reason="they are posted to the webhook in the next test")
async def test_thousands_of_malformed_updates_delay_nobody(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone
) -> None:
    bot.allow_events(*ALLOWED)
    await Walker(phone).walk_to("role")
    await bot.wait_for_delivery()
    for malformed in generate_updates(Random(1), UPDATE_COUNT):
        if is_sendable_json(malformed):
            emulator.push_raw(malformed)
    phone.tap("Somebody else")
    await phone.receive(timeout_seconds=300)
    await bot.wait_for_intake()
    assert bot.find_log_lines("turn")
    assert len(bot.find_log_lines("update moved to dead letters")) > UPDATE_COUNT / 20


@pytest.mark.timeout(600)
@pytest.mark.deployments(WEBHOOK)
async def test_thousands_of_malformed_updates_over_the_webhook_delay_nobody(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(*ALLOWED)
    statuses: Counter[int] = Counter()
    updates = generate_updates(Random(2), UPDATE_COUNT)

    async def post_updates(client: WebhookClient) -> None:
        for malformed in updates:
            body = json.dumps({"update_id": next(client.update_ids), **malformed})
            statuses[(await client.post(body.encode())).status] += 1

    async with open_webhook_client(bot) as client:
        await asyncio.gather(*(post_updates(client) for _ in range(CONCURRENT_POSTS)))
    assert statuses == {200: UPDATE_COUNT}
    await Walker(phone).walk_to("role")
    assert len(bot.find_log_lines("update moved to dead letters")) > UPDATE_COUNT / 20
