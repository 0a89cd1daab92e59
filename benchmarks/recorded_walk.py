"""The walk that all bots of a comparison serve: recorded from this project's bot, written to files for the others."""

import json
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from bot.emulator import TelegramEmulator, serve_emulator
from flows.scale import parse_point_count
from tests.support.phone import Phone, PhoneMessage
from tests.support.running_bot import running_bot
from tests.support.walkers import (
    CHOICES_BY_LABEL,
    SEND_LABEL,
    Walker,
    find_first_label,
    find_skip_label,
    get_step,
    is_text_question,
)


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A prompt (HTML), its buttons, and those that simulated users tap: the first one, or one of them at random.

    Whichever is tapped, the same prompt follows.
    """

    text: str
    buttons: list[str]
    tapped_labels: list[str]


@dataclass(frozen=True, slots=True)
class RecordedWalk:
    """All steps in order, and the final message (HTML)."""

    steps: list[RecordedStep]
    end_text: str

    @property
    def labels(self) -> list[list[str]]:
        """What users may tap, for each step."""
        return [step.tapped_labels for step in self.steps]

    def write(self, folder: Path) -> None:
        """Writes the files that the bots in `benchmarks.peers` read."""
        (folder / "walk.json").write_text(json.dumps([asdict(step) for step in self.steps]), "utf-8")
        (folder / "end.txt").write_text(self.end_text, "utf-8")


async def record_walk(folder: Path) -> RecordedWalk:
    """Walks through this project's bot once, from /start to the result."""
    emulator = TelegramEmulator()
    async with serve_emulator(emulator) as url, running_bot(emulator, url, folder / "recorded.db"):
        walker = Walker(Phone(emulator, 7))
        walker.phone.type_text("/start")
        message, steps = await walker.phone.receive(), list[RecordedStep]()
        while (step := get_step(message)) != "check":
            labels = _list_labels(message, step)
            steps.append(_record_step(message, labels))
            message = await walker.tap(labels[0])
        steps.append(_record_step(message, [SEND_LABEL]))
        return RecordedWalk(steps, escape((await walker.submit()).text, quote=False))


def _list_labels(message: PhoneMessage, step: str) -> list[str]:
    """The labels of a scale's points, or the one label with which the recording goes on."""
    if is_text_question(step):
        return [find_skip_label(message)]
    points = [label for label, choice in CHOICES_BY_LABEL.get(step, {}).items() if parse_point_count(choice)]
    return points or [find_first_label(step)]


def _record_step(message: PhoneMessage, tapped_labels: list[str]) -> RecordedStep:
    return RecordedStep(escape(message.text, quote=False), message.buttons, tapped_labels)
