"""A campaign that people answer by its link, over HTTP; and what its group is told, read back from the words."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

from bot.graphics.alt_text import load_graphics_texts
from bot.graphics.model import CampaignResults, QuestionTally, build_tally
from flows.loader import load_localization, load_walk
from flows.scale import MAX_POINTS, list_points, strip_point_count
from flows.schema import Step
from storage.anonymity.releases import release_due_responses
from storage.campaigns.repository import CampaignPlan
from storage.db.readonly import open_existing
from tests.support.phone import Phone, PhoneMessage
from tests.support.running_bot import RunningBot
from tests.support.walkers import RandomWalker, StoredAnswers

RELEASE_SIZE = 10
GROUP_PLAN = CampaignPlan("Oak <House> & garden", "Leeds carers")
FLOW_TEXTS = load_localization("connection_test", "en")
SCALE_QUESTIONS = {FLOW_TEXTS.format_text(f"{one.id}.name"): one for one in load_walk().flow.questions if one.is_scale}
CHART_TEXTS = load_graphics_texts("en")
POINT_VALUES = {CHART_TEXTS.format_text(f"point_{point}"): str(point) for point in list_points(MAX_POINTS)}
OTHER_VALUES = {"not sure": "not_sure", "skipped": "skipped"}
CELL_VALUES = {**POINT_VALUES, **OTHER_VALUES}
SHARE_VALUES = {"Most": "most", "About half": "about_half", "Some, or nobody": "some"}


class SkewedRandom(Random):
    """Chance that prefers what stands first: so that there is something to tell."""

    def choice(self, seq: Any) -> Any:
        return seq[min(int(abs(self.gauss(0, 1.6))), len(seq) - 1)]


async def submit_answers(bot: RunningBot, code: str, count: int, seed: int) -> list[StoredAnswers]:
    """So many people follow the link, answer as chance has it, and send. What each of them tapped."""
    random = SkewedRandom(seed)
    people = [Phone(bot.emulator, 1_000 * seed + number) for number in range(count)]
    submitted = [
        await RandomWalker(phone, random, str, text_share=0, start_command=f"/start {code}").walk() for phone in people
    ]
    await bot.wait_for_delivery()
    return submitted


async def release_results(bot: RunningBot) -> None:
    """What is due becomes visible, as it does every minute."""

    def release() -> None:
        database = open_existing(bot.deployment.database_url, bot.deployment.settings.get("secret_key"))
        try:
            assert release_due_responses(database, RELEASE_SIZE)
        finally:
            database.close()

    await asyncio.to_thread(release)


def get_results_code(bot: RunningBot, code: str) -> str:
    """The code of the link to a campaign's results."""
    [(key,)] = bot.fetch_rows("select results_code from campaigns where code = ?", code)
    return str(key)


async def receive_results(bot: RunningBot, phone: Phone) -> list[PhoneMessage]:
    """All that comes after the last action."""
    await bot.wait_for_delivery()
    return [phone.versions[number][-1] for number in phone.received_ids[phone.next_received :]]


def compute_expected_cells(submitted: list[StoredAnswers]) -> dict[str, dict[str, str]]:
    """What may be shown of these answers, by question and answer; worked out past our own code."""
    return {name: _compute_shown_cells(submitted, question) for name, question in SCALE_QUESTIONS.items()}


def _compute_shown_cells(submitted: list[StoredAnswers], question: Step) -> dict[str, str]:
    counts = Counter(strip_point_count(one[question.id] or "skipped") for one in submitted if question.id in one)
    total, answers = counts.total(), list_answers(question)
    if total - counts["skipped"] < RELEASE_SIZE:
        return dict.fromkeys(answers, "*")
    if total < 50:
        shares = {answer: counts[answer] / total for answer in answers}
        return {one: "most" if part >= 0.6 else "about_half" if part >= 0.4 else "some" for one, part in shares.items()}
    return {answer: "*" if counts[answer] < 8 else str(5 * round(counts[answer] / 5)) for answer in answers}


def list_answers(question: Step) -> list[str]:
    """The values of all possible answers to a question with a scale."""
    return [*map(str, question.points), *OTHER_VALUES.values()]


def parse_cells(text: str) -> dict[str, dict[str, str]]:
    """What the words say of each question, by answer."""
    lines = {re.split("[:.]", line)[0]: line for line in text.split("\n\n")}
    return {name: dict(_parse_line(lines[name], list_answers(SCALE_QUESTIONS[name]))) for name in SCALE_QUESTIONS}


def _parse_line(line: str, answers: list[str]) -> Iterator[tuple[str, str]]:
    if "Not shown: too few" in line:
        yield from dict.fromkeys(answers, "*").items()
    if numbers := re.search(r"Answers: (.*)\.", line):
        for part in numbers[1].split(", "):
            name = next(name for name in sorted(CELL_VALUES, key=len, reverse=True) if part.startswith(f"{name} "))
            yield CELL_VALUES[name], part.removeprefix(f"{name} ").replace("not shown", "*")
    for said, word in SHARE_VALUES.items():
        if points := re.search(rf"{said}: ([^.]*)\.", line):
            yield from ((POINT_VALUES[name], word) for name in points[1].split(", "))
    for name in ("Not sure", "Skipped"):
        if apart := re.search(rf"{name}: ([\w ,]+)\.", line):
            yield CELL_VALUES[name.casefold()], apart[1].removesuffix(", or nobody").replace(" ", "_")
        elif not numbers and "Not shown: too few" not in line:
            yield CELL_VALUES[name.casefold()], "some"


def parse_results(text: str) -> CampaignResults:
    """The results that these words tell."""
    answers_match, release_match = re.search(r"About (\d+) answers", text), re.search(r"Results no\. (\d+)", text)
    assert release_match
    answers = answers_match[1] if answers_match else "*"
    cells_by_question = parse_cells(text)
    questions = tuple(_make_tally(name, cells, answers) for name, cells in cells_by_question.items())
    return CampaignResults(GROUP_PLAN.about, GROUP_PLAN.asker, int(release_match[1]), answers, questions)


def _make_tally(name: str, cells: dict[str, str], answers: str) -> QuestionTally:
    question = SCALE_QUESTIONS[name]
    total = answers if any(cell.isdigit() for cell in cells.values()) else "*"
    return build_tally(
        name, len(question.points), {"": total, **cells}, is_in_test=question.part == load_walk().flow.test
    )
