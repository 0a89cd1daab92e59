"""The walk that all bots of a comparison serve: recorded from this project's bot, written to files for the others."""

import json
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from bot.emulator import TelegramEmulator, serve_emulator
from tests.support.phone import Phone, PhoneMessage
from tests.support.running_bot import running_bot
from tests.support.walkers import SEND_LABEL, Walker, find_first_label, find_skip_label, get_step, is_text_question


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A prompt (HTML), its buttons, and the one that every simulated user taps."""

    text: str
    buttons: list[str]
    tapped_label: str


@dataclass(frozen=True, slots=True)
class RecordedWalk:
    """All steps in order, and the final message (HTML)."""

    steps: list[RecordedStep]
    end_text: str

    @property
    def labels(self) -> list[str]:
        return [step.tapped_label for step in self.steps]

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
            label = find_skip_label(message) if is_text_question(step) else find_first_label(step)
            steps.append(_record_step(message, label))
            message = await walker.tap(label)
        steps.append(_record_step(message, SEND_LABEL))
        return RecordedWalk(steps, escape((await walker.submit()).text, quote=False))


def _record_step(message: PhoneMessage, tapped_label: str) -> RecordedStep:
    return RecordedStep(escape(message.text, quote=False), message.buttons, tapped_label)
