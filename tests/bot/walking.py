"""Walks a phone through the questions, and remembers what was pressed and typed: what must be stored in the end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from flows.loading import load
from tests.phone import Message, Phone

Json = dict[str, Any]
Stored = dict[str, str | None]
LABELS = load().flow.labels["en"]
CHOICES = {place: {label.text: choice for choice, label in of.items()} for place, of in LABELS.choices.items()}
START, SKIP, SEND = LABELS.ways["start"].text, LABELS.ways["skip"].text, LABELS.ways["send"].text


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
        """Types an answer in words."""
        self.stored[place_of(self.phone.asking)] = words
        self.phone.type(words)
        return await self.phone.hears()

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
            message = await self.tap(way_past(message) if is_text(here) else first_way(here))
        return message

    async def send(self) -> Message:
        """From the check page to the last message of the summary; gives it."""
        self.phone.tap(SEND)
        await self.phone.until(lambda: any("Delete my answers" in label for label in self.phone.buttons()))
        return self.phone.asking


async def walk(phone: Phone, random: Random, words: Callable[[str], str]) -> Stored:
    """A whole walk of random choices, skips and comments. Gives what must be stored."""
    walker = Walker(phone)
    message = await walker.begin()
    while (place := place_of(message)) != "check":
        if is_text(place) and random.random() < 0.5:
            message = await walker.type(words(place))
        elif is_text(place) or (random.random() < 0.1 and place != "more"):
            message = await walker.tap(SKIP)
        else:
            message = await walker.tap(random.choice(list(CHOICES[place])))
    await walker.send()
    return walker.stored


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
