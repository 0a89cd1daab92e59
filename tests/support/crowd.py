"""A crowd that walks again and again, and what must be true of all of them in the end, whatever happened meanwhile."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from bot.emulator import Lookalike
from tests.support.phone import Phone
from tests.support.raw_sql import rows
from tests.support.running_bot import until
from tests.support.stored_responses import is_as_given
from tests.support.walkers import Stored, Stroller, data_of

FIRST = 10_000_000_000
FORGOTTEN = ("runs", "answers", "outbox", "set_aside")  # the tables that are empty when everybody is done


@dataclass(slots=True)
class Crowd:
    """People, each with words of their own: what one typed is nobody else's."""

    people: list[Stroller]
    walks: list[Stored] = field(default_factory=list)
    one_more: asyncio.Event = field(default_factory=asyncio.Event)

    async def walk(self, over: Callable[[], bool] = lambda: True) -> None:
        """Everybody walks, and again until it is over; then to the end of that walk."""
        async with asyncio.TaskGroup() as group:
            for person in self.people:
                group.create_task(self.walk_on(person, over))

    async def walk_on(self, person: Stroller, over: Callable[[], bool]) -> None:
        while True:
            self.walks.append(await person.walk())
            self.one_more.set()
            if over():
                return

    async def through(self, walks: int) -> None:
        """Waits until so many walks are done."""
        while len(self.walks) < walks:
            self.one_more.clear()
            await self.one_more.wait()

    async def finished(self, address: str) -> None:
        """Everybody's answers are kept as they gave them, once, and nothing else is left of them."""
        assert self.pressed_again == 0
        await until(lambda: not rows(address, "SELECT 1 FROM outbox"))
        assert is_as_given(address, self.walks)
        assert {table: rows(address, f"SELECT * FROM {table}") for table in FORGOTTEN} == {of: [] for of in FORGOTTEN}
        assert [person.phone.chat_id for person in self.people if missed(person.phone)] == []

    @property
    def pressed_again(self) -> int:
        return sum(person.pressed_again for person in self.people)

    @property
    def repeated(self) -> int:
        """How many messages were said more than once."""
        return sum(said_again(person.phone) for person in self.people)

    def tell(self, **figures: object) -> None:
        """Prints the figures of a run: `pytest -rP` shows them."""
        counted = {"people": len(self.people), "walks": len(self.walks), **figures}
        counted |= {"repeated messages": self.repeated, "pressed again": self.pressed_again}
        print(", ".join(f"{name}: {value}" for name, value in counted.items()))  # noqa: T201


def crowd(lookalike: Lookalike, number: int, patience: float) -> Crowd:
    """`patience`: seconds after which somebody who hears nothing presses again; then something was lost."""
    chance = Random(number)
    return Crowd([person(lookalike, FIRST + each, Random(chance.random()), patience) for each in range(number)])


def person(lookalike: Lookalike, chat: int, chance: Random, patience: float) -> Stroller:
    return Stroller(Phone(lookalike, chat), chance, lambda place: f"{place} in the words of {chat}", patience)


def as_line(stored: Stored) -> str:
    return json.dumps(stored, sort_keys=True)


def said_again(phone: Phone) -> int:
    """How many messages of a walk say what another of the same walk has said."""
    return sum(len(said) - len(set(said)) for said in walks_of(phone).values())


def missed(phone: Phone) -> bool:
    """Whether a question was never shown: askings are numbered."""
    asked = {(run, ask) for run, said in walks_of(phone).items() for kind, ask, *_ in said if kind == "asks"}
    return any((run, ask - 1) not in asked for run, ask in asked if ask > 1)


def asked_again(phone: Phone) -> int:
    """How many questions were asked anew, though nobody went back to them."""
    asked = [place for said in walks_of(phone).values() for kind, _, place in said if kind == "asks"]
    return sum(earlier == later for earlier, later in pairwise(asked))


def walks_of(phone: Phone) -> dict[str, list[tuple[str, int, str]]]:
    """What was said in each run; what asks nothing belongs to the run before it."""
    said = [phone.versions[number][0] for number in phone.heard]
    found: dict[str, list[tuple[str, int, str]]] = {}
    run = ""
    for message in said:
        if message.keyboard:
            run, ask, place, act, _ = data_of(message.keyboard[0])
            key = ("asks", int(ask), place) if place else ("offers", 0, act)
        else:
            key = (message.kind, 0, message.text)
        found.setdefault(run, []).append(key)
    return found
