"""Walks a phone through the questions, and remembers what was pressed and typed: what must be stored in the end."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from flows.loader import load_walk
from tests.support.phone import Phone, PhoneMessage

Json = dict[str, Any]
StoredAnswers = dict[str, str | None]
FLOW_LABELS = load_walk().flow.labels["en"]
CHOICES_BY_LABEL = {
    place: {label.text: choice for choice, label in of.items()} for place, of in FLOW_LABELS.choices.items()
}
START_LABEL, SKIP_LABEL, SEND_LABEL = (
    FLOW_LABELS.actions["start"].text,
    FLOW_LABELS.actions["skip"].text,
    FLOW_LABELS.actions["send"].text,
)
KEEP_WORDS_LABEL = FLOW_LABELS.actions["keep_original"].text


@dataclass(slots=True)
class Walker:
    """Somebody on their way. `stored` is what the database must hold once all is sent."""

    phone: Phone
    expected_answers: StoredAnswers = field(default_factory=dict)

    async def start_run(self) -> PhoneMessage:
        """To the first question."""
        self.phone.type_text("/start")
        await self.phone.receive()
        return await self.tap(START_LABEL)

    async def tap(self, label: str) -> PhoneMessage:
        """Taps, and waits for the message that follows."""
        self.record_choice(self.phone.latest_prompt, label)
        self.phone.tap(label)
        return await self.phone.receive()

    async def type_text(self, text: str) -> PhoneMessage:
        """Types an answer in words; keeps them as they are, should anything be found in them."""
        self.expected_answers[get_step(self.phone.latest_prompt)] = text
        self.phone.type_text(text)
        reply = await self.phone.receive()
        return await self.tap(KEEP_WORDS_LABEL) if KEEP_WORDS_LABEL in reply.buttons else reply

    def record_choice(self, prompt: PhoneMessage, label: str) -> None:
        step = get_step(prompt)
        if label == SKIP_LABEL:
            self.expected_answers[step] = None
        elif step in CHOICES_BY_LABEL and label not in {"send_now", "go_on"} and step != "more":
            self.expected_answers[step] = CHOICES_BY_LABEL[step][label]

    async def walk_to(self, step: str) -> PhoneMessage:
        """Takes the first way on until this place asks."""
        message = self.phone.latest_prompt if self.phone.current_buttons() else await self.start_run()
        while (current_step := get_step(message)) != step:
            return_label = (
                message.buttons[0] if not current_step else None
            )  # the way back from something that asks nothing
            message = await self.tap(
                return_label
                or (find_skip_label(message) if is_text_question(current_step) else find_first_label(current_step))
            )
        return message

    async def submit(self) -> PhoneMessage:
        """From the check page to the last message of the summary; gives it."""
        tap_last_button(self.phone, self.phone.latest_prompt, SEND_LABEL)
        await self.phone.wait_until(lambda: any("Delete my answers" in label for label in self.phone.current_buttons()))
        return self.phone.latest_prompt


async def do_not_pause() -> None:
    """Nobody waits before they press."""


@dataclass(slots=True)
class RandomWalker:
    """Somebody who walks all the way, at random, and heeds nothing but the newest question.

    A question that is said twice is answered once. Who hears nothing for a while presses again: `pressed_again`.
    `types`: the share of questions for words that are answered in words; others are skipped.
    `pace` is awaited before each thing they do; `waits` are the seconds from each to what followed.
    """

    phone: Phone
    random: Random
    make_text: Callable[[str], str]
    reply_timeout_seconds: float = 30
    text_share: float = 0.5
    pace: Callable[[], Awaitable[object]] = do_not_pause
    start_command: str = "/start"
    latest_prompt: tuple[str, int] = ("", 0)
    retry_count: int = 0
    wait_seconds: list[float] = field(default_factory=list)

    async def walk(self) -> StoredAnswers:
        """One whole walk; what must be stored of it."""
        stored: StoredAnswers = {}
        message = await self.wait_for_prompt(lambda: self.phone.type_text(self.start_command))
        while (place := get_step(message)) != "check":
            message = await self.wait_for_prompt(self.choose_reply(message, place, stored))
        await self.wait_for_receipt(lambda: tap_last_button(self.phone, message, SEND_LABEL))
        return stored

    def choose_reply(self, message: PhoneMessage, step: str, stored: StoredAnswers) -> Callable[[], object]:
        """What to do at this place, as something that can be done again."""
        chance = self.random.random()
        if is_text_question(step) and chance < self.text_share:
            stored[step] = words = self.make_text(step)
            return lambda: self.phone.type_text(words)
        if is_text_question(step) or (chance < 0.1 and step not in {"welcome", "more"}):
            stored[step] = None
            return lambda: self.phone.tap_in(message, SKIP_LABEL)
        label = START_LABEL if step == "welcome" else self.random.choice(list(CHOICES_BY_LABEL[step]))
        if step not in {"welcome", "more"}:
            stored[step] = CHOICES_BY_LABEL[step][label]
        return lambda: self.phone.tap_in(message, label)

    async def wait_for_prompt(self, act: Callable[[], object]) -> PhoneMessage:
        """Does this until something is asked that was not asked before."""
        await self.retry_until(act, self.has_new_prompt)
        run, prompt, *_ = self.get_callback_data()
        self.latest_prompt = (run, int(prompt))
        return self.phone.latest_prompt

    async def wait_for_receipt(self, act: Callable[[], object]) -> None:
        """Does this until the summary is there, with its receipt."""
        run, _ = self.latest_prompt
        await self.retry_until(act, lambda: self.get_callback_data(-1)[:4:3] == [run, "withdraw"])

    def has_new_prompt(self) -> bool:
        run, ask, place, *_ = self.get_callback_data()
        return place == "welcome" if run != self.latest_prompt[0] else int(ask) > self.latest_prompt[1]

    def get_callback_data(self, index: int = 0) -> list[str]:
        """What the newest buttons carry: the first of them, or the one there."""
        return (
            parse_callback_data(self.phone.latest_prompt.keyboard[index])
            if self.phone.current_buttons()
            else ["", "0", "", "", ""]
        )

    async def retry_until(self, act: Callable[[], object], condition: Callable[[], bool]) -> None:
        await self.pace()
        started_at = time.monotonic()
        act()
        while True:
            try:
                await self.phone.wait_until(condition, self.reply_timeout_seconds)
            except AssertionError:
                self.retry_count += 1
                act()
            else:
                self.wait_seconds.append(time.monotonic() - started_at)
                return


def tap_last_button(phone: Phone, message: PhoneMessage, label: str) -> str:
    """Taps the last button with this label: the check page has *Send* at both ends."""
    return phone.tap_button(message, [button for button in message.keyboard if button["text"] == label][-1])


def get_step(message: PhoneMessage) -> str:
    """The place that a message's buttons belong to."""
    return parse_callback_data(message.keyboard[0])[2]


def parse_callback_data(button: Json) -> list[str]:
    """What a button carries: run, ask, place, act, value."""
    return str(button["callback_data"]).split(".")


def find_skip_label(message: PhoneMessage) -> str:
    """Skips a text question; leaves words that were given there as they are."""
    return SKIP_LABEL if SKIP_LABEL in message.buttons else "Leave it as it is"


def is_text_question(step: str) -> bool:
    found = load_walk().flow.steps_by_id.get(step)
    return found is not None and found.kind == "text"


def find_first_label(step: str) -> str:
    return START_LABEL if step == "welcome" else next(iter(CHOICES_BY_LABEL[step]))
