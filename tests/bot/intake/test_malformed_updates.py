"""What can't be read, or means nothing to us, holds nobody up. JUNK=20000: so many in each way; else 21,000 in all."""

import asyncio
import json
import os
from collections import Counter
from random import Random
from typing import Any

import pytest

from bot.emulator import Lookalike
from tests.bot.intake.malformed_updates import junk
from tests.bot.intake.test_dead_letters import EVERYWHERE
from tests.support.deployments import POSTGRESQL, SQLITE, WEBHOOK
from tests.support.phone import Phone
from tests.support.running_bot import Running
from tests.support.walkers import Walker
from tests.support.webhook_client import Poster, posting

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
MANY = int(os.environ.get("JUNK", "20000" if LONG else "7000"))
AT_ONCE = 20
CHAT = {"id": 9, "type": "private", "first_name": "Person 9"}
ALLOWED = (
    "an update was set aside",
    "a word past the outbox could not be said",
    "Telegram refused a call for good",
    "something could not be said",
)
JUNK: list[dict[str, Any]] = [
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


@EVERYWHERE
async def test_updates_that_cannot_be_read_hold_nobody_up(bot: Running, lookalike: Lookalike, phone: Phone) -> None:
    bot.allow(*ALLOWED)
    for one in JUNK:
        lookalike.push_raw(one)
        phone.type("/start")
        lookalike.push_raw(one)
    await Walker(phone).to("role")
    await bot.took_in()


def as_telegram_writes(update: dict[str, Any]) -> bool:
    """Whether its JSON can be sent as UTF-8. Posted to the webhook, other JSON comes too."""
    try:
        return bool(json.dumps(update, ensure_ascii=False, allow_nan=False).encode())
    except ValueError:
        return False


@pytest.mark.timeout(600)
@pytest.mark.ways(SQLITE, POSTGRESQL, reason="they are posted to the webhook in the next test")
async def test_thousands_of_spoiled_updates_hold_nobody_up(bot: Running, lookalike: Lookalike, phone: Phone) -> None:
    bot.allow(*ALLOWED)
    await Walker(phone).to("role")
    await bot.said_all()
    for one in junk(Random(1), MANY):
        if as_telegram_writes(one):
            lookalike.push_raw(one)
    phone.tap("Somebody else")
    await phone.hears(timeout=300)
    await bot.took_in()
    assert bot.said("turn")
    assert len(bot.said("an update was set aside")) > MANY / 20


@pytest.mark.timeout(600)
@pytest.mark.ways(WEBHOOK)
async def test_thousands_of_spoiled_updates_are_taken_from_the_webhook_and_hold_nobody_up(
    bot: Running, phone: Phone
) -> None:
    bot.allow(*ALLOWED)
    statuses: Counter[int] = Counter()
    left = junk(Random(2), MANY)

    async def some(poster: Poster) -> None:
        for one in left:
            body = json.dumps({"update_id": next(poster.numbers), **one})
            statuses[(await poster.post(body.encode())).status] += 1

    async with posting(bot) as poster:
        await asyncio.gather(*(some(poster) for _ in range(AT_ONCE)))
    assert statuses == {200: MANY}
    await Walker(phone).to("role")
    assert len(bot.said("an update was set aside")) > MANY / 20
