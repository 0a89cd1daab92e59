"""A crowd walks at once: everybody gets their summary, and what is stored is what was pressed."""

import asyncio
import json
from pathlib import Path
from random import Random

import pytest

from bot.emulator import Lookalike
from tests.support.bot_process import beside, on_telegram
from tests.support.crowd import said_again
from tests.support.phone import Phone
from tests.support.running_bot import rows, until
from tests.support.stored_responses import is_as_given
from tests.support.walkers import Stored, Stroller

PEOPLE = 200
FIRST = 10_000_000_000


def in_words(place: str) -> str:
    return f"{place} in my words"


def as_line(stored: Stored) -> str:
    return json.dumps(stored, sort_keys=True)


@pytest.mark.timeout(300)
async def test_everybody_of_a_crowd_is_stored_as_they_pressed(
    tmp_path: Path, lookalike: Lookalike, url: str, file: Path
) -> None:
    random = Random(200)
    crowd = [
        Stroller(Phone(lookalike, FIRST + number), Random(random.random()), in_words, patience=250)
        for number in range(PEOPLE)
    ]
    async with beside(tmp_path, "run", **on_telegram(url, file)):
        walks = await asyncio.gather(*(person.walk() for person in crowd))
        await until(lambda: not rows(file, "select * from outbox"))
    assert is_as_given(f"sqlite:///{file}", walks)
    assert rows(file, "select * from runs") == rows(file, "select * from answers") == []
    assert sum(said_again(person.phone) for person in crowd) == sum(person.pressed_again for person in crowd) == 0
    for person in crowd:
        assert any(message.kind == "photo" for message in person.phone.messages)
        assert person.phone.alerts == []
    assert lookalike.refusals == []
