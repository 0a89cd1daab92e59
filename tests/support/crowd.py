"""A crowd that walks again and again, and what must be true of all of them in the end, whatever happened meanwhile."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from bot.emulator import TelegramEmulator
from tests.support.phone import Phone
from tests.support.raw_sql import fetch_rows
from tests.support.running_bot import wait_until
from tests.support.stored_responses import has_exactly
from tests.support.walkers import RandomWalker, StoredAnswers, parse_callback_data

FIRST_CHAT_ID = 10_000_000_000
TABLES_EMPTY_AT_END = (
    "runs",
    "answers",
    "outbox_entries",
    "dead_letters",
)  # the tables that are empty when everybody is done


@dataclass(slots=True)
class Crowd:
    """People, each with words of their own: what one typed is nobody else's."""

    walkers: list[RandomWalker]
    expected_responses: list[StoredAnswers] = field(default_factory=list)
    run_finished: asyncio.Event = field(default_factory=asyncio.Event)

    async def walk(self, should_stop: Callable[[], bool] = lambda: True) -> None:
        """Everybody walks, and again until it is over; then to the end of that walk."""
        async with asyncio.TaskGroup() as group:
            for person in self.walkers:
                group.create_task(self.walk_repeatedly(person, should_stop))

    async def walk_repeatedly(self, walker: RandomWalker, should_stop: Callable[[], bool]) -> None:
        while True:
            self.expected_responses.append(await walker.walk())
            self.run_finished.set()
            if should_stop():
                return

    async def wait_for_runs(self, count: int) -> None:
        """Waits until so many runs are done."""
        while len(self.expected_responses) < count:
            self.run_finished.clear()
            await self.run_finished.wait()

    async def assert_finished(self, database_url: str) -> None:
        """Everybody's answers are kept as they gave them, once, and nothing else is left of them."""
        assert self.retry_count == 0
        await wait_until(lambda: not fetch_rows(database_url, "SELECT 1 FROM outbox_entries"))
        assert has_exactly(database_url, self.expected_responses)
        assert {table: fetch_rows(database_url, f"SELECT * FROM {table}") for table in TABLES_EMPTY_AT_END} == {
            of: [] for of in TABLES_EMPTY_AT_END
        }
        assert [person.phone.chat_id for person in self.walkers if has_missed_prompt(person.phone)] == []

    @property
    def retry_count(self) -> int:
        return sum(person.retry_count for person in self.walkers)

    @property
    def repeated_message_count(self) -> int:
        """How many messages were said more than once."""
        return sum(count_repeated_messages(person.phone) for person in self.walkers)

    def print_figures(self, **figures: object) -> None:
        """Prints the figures of a run: `pytest -rP` shows them."""
        counted = {"people": len(self.walkers), "walks": len(self.expected_responses), **figures}
        counted |= {"repeated messages": self.repeated_message_count, "pressed again": self.retry_count}
        print(", ".join(f"{name}: {value}" for name, value in counted.items()))  # noqa: T201


def make_crowd(emulator: TelegramEmulator, size: int, reply_timeout_seconds: float) -> Crowd:
    """`reply_timeout_seconds`: after which a person who gets no reply taps again; then something was lost."""
    chance = Random(size)
    return Crowd(
        [
            make_walker(emulator, FIRST_CHAT_ID + each, Random(chance.random()), reply_timeout_seconds)
            for each in range(size)
        ]
    )


def make_walker(emulator: TelegramEmulator, chat_id: int, random: Random, reply_timeout_seconds: float) -> RandomWalker:
    return RandomWalker(
        Phone(emulator, chat_id), random, lambda place: f"{place} in the words of {chat_id}", reply_timeout_seconds
    )


def to_json_line(stored: StoredAnswers) -> str:
    return json.dumps(stored, sort_keys=True)


def count_repeated_messages(phone: Phone) -> int:
    """How many messages of a walk say what another of the same walk has said."""
    return sum(len(said) - len(set(said)) for said in group_messages_by_run(phone).values())


def has_missed_prompt(phone: Phone) -> bool:
    """Whether a question was never shown: askings are numbered."""
    asked = {
        (run, ask) for run, said in group_messages_by_run(phone).items() for kind, ask, *_ in said if kind == "asks"
    }
    return any((run, ask - 1) not in asked for run, ask in asked if ask > 1)


def count_repeated_prompts(phone: Phone) -> int:
    """How many questions were asked anew, though nobody went back to them."""
    asked = [place for said in group_messages_by_run(phone).values() for kind, _, place in said if kind == "asks"]
    return sum(earlier == later for earlier, later in pairwise(asked))


def group_messages_by_run(phone: Phone) -> dict[str, list[tuple[str, int, str]]]:
    """What was said in each run; what asks nothing belongs to the run before it."""
    said = [phone.versions[number][0] for number in phone.received_ids]
    found: dict[str, list[tuple[str, int, str]]] = {}
    run = ""
    for message in said:
        if message.keyboard:
            run, ask, place, act, _ = parse_callback_data(message.keyboard[0])
            key = ("asks", int(ask), place) if place else ("offers", 0, act)
        else:
            key = (message.kind, 0, message.text)
        found.setdefault(run, []).append(key)
    return found
