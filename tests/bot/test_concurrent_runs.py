"""Two hundred people walk at once: each gets a result, and the stored answers are those that they gave."""

import asyncio
import json
from pathlib import Path
from random import Random

import pytest

from bot.emulator import TelegramEmulator
from tests.support.bot_process import make_process_settings, run_in_background
from tests.support.crowd import count_repeated_messages
from tests.support.phone import Phone
from tests.support.running_bot import fetch_rows, wait_until
from tests.support.stored_responses import has_exactly
from tests.support.walkers import RandomWalker, StoredAnswers

PERSON_COUNT = 200
FIRST_CHAT_ID = 10_000_000_000


def make_comment(step: str) -> str:
    return f"{step} in my words"


def as_line(stored: StoredAnswers) -> str:
    return json.dumps(stored, sort_keys=True)


@pytest.mark.timeout(300)
async def test_two_hundred_concurrent_runs_store_the_given_answers(
    tmp_path: Path, emulator: TelegramEmulator, emulator_url: str, database_file: Path
) -> None:
    random = Random(200)
    crowd = [
        RandomWalker(
            Phone(emulator, FIRST_CHAT_ID + number), Random(random.random()), make_comment, reply_timeout_seconds=250
        )
        for number in range(PERSON_COUNT)
    ]
    async with run_in_background(tmp_path, "run", **make_process_settings(emulator_url, database_file)):
        walks = await asyncio.gather(*(person.walk() for person in crowd))
        await wait_until(lambda: not fetch_rows(database_file, "select * from outbox_entries"))
    assert has_exactly(f"sqlite:///{database_file}", walks)
    assert fetch_rows(database_file, "select * from runs") == fetch_rows(database_file, "select * from answers") == []
    assert (
        sum(count_repeated_messages(person.phone) for person in crowd)
        == sum(person.retry_count for person in crowd)
        == 0
    )
    for person in crowd:
        assert any(message.kind == "photo" for message in person.phone.messages)
        assert person.phone.alerts == []
    assert emulator.refusals == []
