"""Malformed updates: valid ones of Telegram's with corrupted parts, and random JSON."""

import json
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

from bot.emulator import TelegramEmulator

Json = dict[str, Any]
PERSON_COUNT = 500  # spreads the updates over chats, as the rate limit drops longer bursts unread
ODD_VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    5,
    0.5,
    -(2**70),
    2**62,
    2**63,
    10**400,
    float("nan"),
    float("inf"),
    "",
    "junk",
    "7",
    "\0",
    "\ud800",
    "%s{}<b>",
    "я" * 5_000,
    [],
    [1],
    [[]],
    [{}],
    {},
    {"id": [1]},
    {"id": True},
    {"": ""},
]
UPDATE_KINDS = ("message", "edited_message", "callback_query", "my_chat_member", "poll_answer", "a_kind_of_next_year")
FIELD_NAMES = (
    "id",
    "chat",
    "from",
    "text",
    "date",
    "data",
    "type",
    "message",
    "message_id",
    "entities",
    "new_chat_member",
)


def generate_updates(random: Random, count: int) -> Iterator[Json]:
    """So many updates without an ID, of all kinds; some are valid."""
    originals = [make_valid_updates(10_000 + person) for person in range(PERSON_COUNT)]
    for turn in range(count):
        if random.random() < 0.2:
            yield make_nonsense_update(random)
        else:
            yield corrupt_update(random.choice(originals[turn % PERSON_COUNT]), random)


def make_valid_updates(person: int) -> list[Json]:
    """One update of each kind that a person can cause."""
    emulator = TelegramEmulator()
    emulator.type_text(person, "/start")
    typed = emulator.type_text(person, "some words")
    emulator.edit_text(person, typed["message_id"], "other words")
    emulator.tap_button(person, 1, "abcdefgh.1.role.answer.neighbour")
    emulator.send_attachment(person, "voice")
    emulator.add_bot_to_group(-person, user_id=person)
    emulator.type_text(-person, "/start", user_id=person)
    emulator.block_bot(person)
    updates = [waiting.update for waiting in emulator.updates.pending]
    return [{kind: content for kind, content in update.items() if kind != "update_id"} for update in updates]


def corrupt_update(update: Json, random: Random) -> Json:
    """A copy with one to three parts replaced, removed or duplicated."""
    copy: Json = json.loads(json.dumps(update))
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        locations = list(iterate_parts(copy))
        if not locations:
            break
        holder, name = random.choice(locations)
        chance = random.random()
        if chance < 0.1:
            del holder[name]
        elif chance < 0.2:
            holder[random.choice(FIELD_NAMES)] = deepcopy(holder[name])
        else:
            holder[name] = deepcopy(random.choice(ODD_VALUES))
    return copy


def make_nonsense_update(random: Random) -> Json:
    return {random.choice(UPDATE_KINDS): make_random_json(random, 5)}


def make_random_json(random: Random, depth: int) -> Any:
    """Random JSON that uses Telegram's field names."""
    chance = random.random()
    if depth == 0 or chance < 0.3:
        return deepcopy(random.choice(ODD_VALUES))
    if chance < 0.4:
        return [make_random_json(random, depth - 1) for _ in range(random.randrange(3))]
    return {random.choice(FIELD_NAMES): make_random_json(random, depth - 1) for _ in range(random.randrange(6))}


def iterate_parts(thing: Any) -> Iterator[tuple[Json, str]]:
    if isinstance(thing, list):
        for part in thing:
            yield from iterate_parts(part)
    if isinstance(thing, dict):
        for name, part in thing.items():
            yield thing, name
            yield from iterate_parts(part)
