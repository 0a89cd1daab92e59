"""Walks a phone through the questions, and remembers what was pressed and typed: what must be stored in the end."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from flows.loader import load
from tests.support.phone import Message, Phone

Json = dict[str, Any]
Stored = dict[str, str | None]
LABELS = load().flow.labels["en"]
CHOICES = {place: {label.text: choice for choice, label in of.items()} for place, of in LABELS.choices.items()}
START, SKIP, SEND = LABELS.ways["start"].text, LABELS.ways["skip"].text, LABELS.ways["send"].text
KEEP = LABELS.ways["keep_whole"].text


@dataclass(slots=True)
class Walker:
    """Somebody on their way. `stored` is what the database must hold once all is sent."""

    phone: Phone
    stored: Stored = field(default_factory=dict)

    async def begin(self) -> Message:
        """To the first question."""
        self.phone.type("/start")
        await self.phone.hears()
        return await self.tap(START)

    async def tap(self, label: str) -> Message:
        """Taps, and waits for the message that follows."""
        self.note(self.phone.asking, label)
        self.phone.tap(label)
        return await self.phone.hears()

    async def type(self, words: str) -> Message:
        """Types an answer in words; keeps them as they are, should anything be found in them."""
        self.stored[place_of(self.phone.asking)] = words
        self.phone.type(words)
        heard = await self.phone.hears()
        return await self.tap(KEEP) if KEEP in heard.buttons else heard

    def note(self, asked: Message, label: str) -> None:
        place = place_of(asked)
        if label == SKIP:
            self.stored[place] = None
        elif place in CHOICES and label not in {"send_now", "go_on"} and place != "more":
            self.stored[place] = CHOICES[place][label]

    async def to(self, place: str) -> Message:
        """Takes the first way on until this place asks."""
        message = self.phone.asking if self.phone.buttons() else await self.begin()
        while (here := place_of(message)) != place:
            aside = message.buttons[0] if not here else None  # the way back from something that asks nothing
            message = await self.tap(aside or (way_past(message) if is_text(here) else first_way(here)))
        return message

    async def send(self) -> Message:
        """From the check page to the last message of the summary; gives it."""
        press(self.phone, self.phone.asking, SEND)
        await self.phone.until(lambda: any("Delete my answers" in label for label in self.phone.buttons()))
        return self.phone.asking


async def no_pause() -> None:
    """Nobody waits before they press."""


@dataclass(slots=True)
class Stroller:
    """Somebody who walks all the way, at random, and heeds nothing but the newest question.

    A question that is said twice is answered once. Who hears nothing for a while presses again: `pressed_again`.
    `types`: the share of questions for words that are answered in words; others are skipped.
    `pace` is awaited before each thing they do; `waits` are the seconds from each to what followed.
    """

    phone: Phone
    random: Random
    words: Callable[[str], str]
    patience: float = 30
    types: float = 0.5
    pace: Callable[[], Awaitable[object]] = no_pause
    begins: str = "/start"
    at: tuple[str, int] = ("", 0)
    pressed_again: int = 0
    waits: list[float] = field(default_factory=list)

    async def walk(self) -> Stored:
        """One whole walk; what must be stored of it."""
        stored: Stored = {}
        message = await self.until_asked(lambda: self.phone.type(self.begins))
        while (place := place_of(message)) != "check":
            message = await self.until_asked(self.reply(message, place, stored))
        await self.until_told(lambda: press(self.phone, message, SEND))
        return stored

    def reply(self, message: Message, place: str, stored: Stored) -> Callable[[], object]:
        """What to do at this place, as something that can be done again."""
        chance = self.random.random()
        if is_text(place) and chance < self.types:
            stored[place] = words = self.words(place)
            return lambda: self.phone.type(words)
        if is_text(place) or (chance < 0.1 and place not in {"welcome", "more"}):
            stored[place] = None
            return lambda: self.phone.tap_on(message, SKIP)
        label = START if place == "welcome" else self.random.choice(list(CHOICES[place]))
        if place not in {"welcome", "more"}:
            stored[place] = CHOICES[place][label]
        return lambda: self.phone.tap_on(message, label)

    async def until_asked(self, act: Callable[[], object]) -> Message:
        """Does this until something is asked that was not asked before."""
        await self.insist(act, self.is_asked)
        run, ask, *_ = self.carried()
        self.at = (run, int(ask))
        return self.phone.asking

    async def until_told(self, act: Callable[[], object]) -> None:
        """Does this until the summary is there, with its receipt."""
        run, _ = self.at
        await self.insist(act, lambda: self.carried(-1)[:4:3] == [run, "withdraw"])

    def is_asked(self) -> bool:
        run, ask, place, *_ = self.carried()
        return place == "welcome" if run != self.at[0] else int(ask) > self.at[1]

    def carried(self, at: int = 0) -> list[str]:
        """What the newest buttons carry: the first of them, or the one there."""
        return data_of(self.phone.asking.keyboard[at]) if self.phone.buttons() else ["", "0", "", "", ""]

    async def insist(self, act: Callable[[], object], done: Callable[[], bool]) -> None:
        await self.pace()
        since = time.monotonic()
        act()
        while True:
            try:
                await self.phone.until(done, self.patience)
            except AssertionError:
                self.pressed_again += 1
                act()
            else:
                self.waits.append(time.monotonic() - since)
                return


def press(phone: Phone, message: Message, label: str) -> str:
    """Taps the last button with this label: the check page has *Send* at both ends."""
    return phone.tap_data(message, [button for button in message.keyboard if button["text"] == label][-1])


def place_of(message: Message) -> str:
    """The place that a message's buttons belong to."""
    return data_of(message.keyboard[0])[2]


def data_of(button: Json) -> list[str]:
    """What a button carries: run, ask, place, act, value."""
    return str(button["callback_data"]).split(".")


def way_past(message: Message) -> str:
    """Skips a text question; leaves words that were given there as they are."""
    return SKIP if SKIP in message.buttons else "Leave it as it is"


def is_text(place: str) -> bool:
    found = load().flow.by_id.get(place)
    return found is not None and found.kind == "text"


def first_way(place: str) -> str:
    return START if place == "welcome" else next(iter(CHOICES[place]))
