"""What can't be read, or means nothing to us, holds nobody up."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from bot.preview import Lookalike
from tests.bot.running import Running
from tests.bot.walking import Walker
from tests.phone import Phone

CHAT = {"id": 9, "type": "private", "first_name": "Person 9"}
JUNK: list[dict[str, Any]] = [
    {},
    {"message": {}},
    {"message": "junk"},
    {"message": None},
    {"message": {"message_id": 1, "date": "yesterday", "chat": CHAT}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": "nine", "type": "private"}, "text": "/start"}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": [9], "type": "private"}, "text": "/start"}},
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


async def test_updates_that_cannot_be_read_hold_nobody_up(bot: Running, lookalike: Lookalike, phone: Phone) -> None:
    bot.allow("an update was set aside", "a word past the outbox could not be said")
    for junk in JUNK:
        lookalike.push_raw(junk)
        phone.type("/start")
        lookalike.push_raw(junk)
    await Walker(phone).to("role")
    await bot.took_in()


async def test_spoiled_updates_hold_nobody_up(bot: Running, lookalike: Lookalike, phone: Phone) -> None:
    """Updates as Telegram sends them, each with one part of it turned into something else."""
    bot.allow("an update was set aside", "a word past the outbox could not be said")
    bot.allow("Telegram refused a call for good", "something could not be said")
    random = Random(1)
    other = Phone(lookalike, 8)
    lookalike.types(8, "/start")
    asked = await other.hears()
    lookalike.taps(8, asked.id, asked.keyboard[0]["callback_data"])
    lookalike.edits(8, other.type("words").id, "other words")
    lookalike.adds_to_group(-5, by=8)
    originals = [waiting.update for waiting in lookalike.updates.waiting]
    for _ in range(300):
        lookalike.push_raw(spoiled(random.choice(originals), random))
    await Walker(phone).to("role")
    await bot.took_in()


def spoiled(update: dict[str, Any], random: Random) -> dict[str, Any]:
    """A copy without its number, and with something else in one place."""
    copy = json.loads(json.dumps({kind: content for kind, content in update.items() if kind != "update_id"}))
    places = list(parts_of(copy))
    holder, name = random.choice(places)
    holder[name] = random.choice([None, 5, -(2**70), "", "junk", [], [1], {}, {"id": [1]}, True])
    return dict(copy)


def parts_of(thing: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for name, part in thing.items():
        yield thing, name
        if isinstance(part, dict):
            yield from parts_of(part)
