"""Updates as nobody should send them: Telegram's own with something else in one place or more, and plain nonsense."""

import json
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

from bot.emulator import Lookalike

Json = dict[str, Any]
PEOPLE = 500  # each gets its share: more than a burst of one chat would be dropped unread
ODD: list[Any] = [
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
KINDS = ("message", "edited_message", "callback_query", "my_chat_member", "poll_answer", "a_kind_of_next_year")
NAMES = ("id", "chat", "from", "text", "date", "data", "type", "message", "message_id", "entities", "new_chat_member")


def junk(random: Random, how_many: int) -> Iterator[Json]:
    """So many updates without a number, of all kinds; and some that nothing is wrong with."""
    originals = [originals_of(10_000 + person) for person in range(PEOPLE)]
    for turn in range(how_many):
        if random.random() < 0.2:
            yield nonsense(random)
        else:
            yield spoiled(random.choice(originals[turn % PEOPLE]), random)


def originals_of(person: int) -> list[Json]:
    """One of each kind that this person's phone may bring about."""
    lookalike = Lookalike()
    lookalike.types(person, "/start")
    typed = lookalike.types(person, "some words")
    lookalike.edits(person, typed["message_id"], "other words")
    lookalike.taps(person, 1, "abcdefgh.1.role.answer.neighbour")
    lookalike.sends(person, "voice")
    lookalike.adds_to_group(-person, by=person)
    lookalike.types(-person, "/start", by=person)
    lookalike.blocks(person)
    updates = [waiting.update for waiting in lookalike.updates.waiting]
    return [{kind: content for kind, content in update.items() if kind != "update_id"} for update in updates]


def spoiled(update: Json, random: Random) -> Json:
    """A copy with something else in one place or two; a part may be missing, or there twice."""
    copy: Json = json.loads(json.dumps(update))
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        places = list(parts_of(copy))
        if not places:
            break
        holder, name = random.choice(places)
        deed = random.random()
        if deed < 0.1:
            del holder[name]
        elif deed < 0.2:
            holder[random.choice(NAMES)] = deepcopy(holder[name])
        else:
            holder[name] = deepcopy(random.choice(ODD))
    return copy


def nonsense(random: Random) -> Json:
    return {random.choice(KINDS): anything(random, 5)}


def anything(random: Random, depth: int) -> Any:
    """Some JSON, with names in it that mean something."""
    chance = random.random()
    if depth == 0 or chance < 0.3:
        return deepcopy(random.choice(ODD))
    if chance < 0.4:
        return [anything(random, depth - 1) for _ in range(random.randrange(3))]
    return {random.choice(NAMES): anything(random, depth - 1) for _ in range(random.randrange(6))}


def parts_of(thing: Any) -> Iterator[tuple[Json, str]]:
    if isinstance(thing, list):
        for part in thing:
            yield from parts_of(part)
    if isinstance(thing, dict):
        for name, part in thing.items():
            yield thing, name
            yield from parts_of(part)
