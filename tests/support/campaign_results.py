"""A campaign that people answer by its link, over HTTP; and what its group is told, read back from the words."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

from bot.graphics.model import Results, Tally, tally
from flows.loader import load, words_of
from flows.schema import Place
from storage.anonymity.releases import release_due
from storage.campaigns.repository import Plan
from storage.db.readonly import open_existing
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running
from tests.support.walkers import Stored, Stroller

K = 10
GROUP = Plan("Oak <House> & garden", "Leeds carers")
WORDS = words_of("connection_test", "en")
SCALES = {WORDS.text(f"{one.id}.name"): one for one in load().flow.questions if one.is_scale}
STEPS = {"very good": "2", "good": "1", "in the middle": "0", "poor": "-1", "very poor": "-2"}
CELLS = {**STEPS, "not sure": "not_sure", "skipped": "skipped"}
SHARES = {"Most": "most", "About half": "about_half", "Some, or nobody": "some"}


class Leaning(Random):
    """Chance that prefers what stands first: so that there is something to tell."""

    def choice(self, seq: Any) -> Any:
        return seq[min(int(abs(self.gauss(0, 1.6))), len(seq) - 1)]


async def answered(bot: Running, code: str, many: int, seed: int) -> list[Stored]:
    """So many people follow the link, answer as chance has it, and send. What each of them tapped."""
    random = Leaning(seed)
    people = [Phone(bot.lookalike, 1_000 * seed + number) for number in range(many)]
    said = [await Stroller(phone, random, str, types=0, begins=f"/start {code}").walk() for phone in people]
    await bot.said_all()
    return said


async def released(bot: Running) -> None:
    """What is due becomes visible, as it does every minute."""

    def release() -> None:
        database = open_existing(bot.way.address, bot.way.settings.get("secret_key"))
        try:
            assert release_due(database, K)
        finally:
            database.close()

    await asyncio.to_thread(release)


def key_of(bot: Running, code: str) -> str:
    """The code of the link to a campaign's results."""
    [(key,)] = bot.rows("select results from campaigns where code = ?", code)
    return str(key)


async def hears_results(bot: Running, phone: Phone) -> list[Message]:
    """All that comes after the last action."""
    await bot.said_all()
    return [phone.versions[number][-1] for number in phone.heard[phone.next_heard :]]


def expected(said: list[Stored]) -> dict[str, dict[str, str]]:
    """What may be shown of these answers, by question and answer; worked out past our own code."""
    return {name: _shown(said, question) for name, question in SCALES.items()}


def _shown(said: list[Stored], question: Place) -> dict[str, str]:
    given = Counter(one[question.id] or "skipped" for one in said if question.id in one)
    total, answers = given.total(), list(CELLS.values())
    if total - given["skipped"] < K:
        return dict.fromkeys(answers, "*")
    if total < 50:
        shares = {answer: given[answer] / total for answer in answers}
        return {one: "most" if part >= 0.6 else "about_half" if part >= 0.4 else "some" for one, part in shares.items()}
    return {answer: "*" if given[answer] < 8 else str(5 * round(given[answer] / 5)) for answer in answers}


def decoded(text: str) -> dict[str, dict[str, str]]:
    """What the words say of each question, by answer."""
    lines = {re.split("[:.]", line)[0]: line for line in text.split("\n\n")}
    return {name: dict(_cells(lines[name])) for name in SCALES}


def _cells(line: str) -> Iterator[tuple[str, str]]:
    if "Not shown: too few" in line:
        yield from dict.fromkeys(CELLS.values(), "*").items()
    if numbers := re.search(r"Answers: (.*)\.", line):
        for part in numbers[1].split(", "):
            name = next(name for name in sorted(CELLS, key=len, reverse=True) if part.startswith(f"{name} "))
            yield CELLS[name], part.removeprefix(f"{name} ").replace("not shown", "*")
    for said, word in SHARES.items():
        if steps := re.search(rf"{said}: ([^.]*)\.", line):
            yield from ((STEPS[name], word) for name in steps[1].split(", "))
    for name in ("Not sure", "Skipped"):
        if apart := re.search(rf"{name}: ([\w ,]+)\.", line):
            yield CELLS[name.casefold()], apart[1].removesuffix(", or nobody").replace(" ", "_")
        elif not numbers and "Not shown: too few" not in line:
            yield CELLS[name.casefold()], "some"


def results_told(text: str) -> Results:
    """The results that these words tell."""
    about, number = re.search(r"About (\d+) answers", text), re.search(r"Results no\. (\d+)", text)
    assert number
    answers = about[1] if about else "*"
    told = decoded(text)
    questions = tuple(_tally(name, cells, answers) for name, cells in told.items())
    return Results(GROUP.about, GROUP.asker, int(number[1]), answers, questions)


def _tally(name: str, cells: dict[str, str], answers: str) -> Tally:
    total = answers if any(cell.isdigit() for cell in cells.values()) else "*"
    return tally(name, {"": total, **cells}, in_test=SCALES[name].part == load().flow.test)
