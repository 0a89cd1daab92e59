"""Turns without Telegram: replies go in, and what is left to be said is read from the outbox."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from bot.handlers.turn import take_turn
from bot.telegram.updates import Incoming
from flows.events import Event
from flows.events.prompts import CheckReached, ChoiceUnclear, CommentOffered, PlaceReached, WordsFound
from flows.loader import load
from flows.models import Commanded, Reply, Tapped, Typed
from flows.schema import CHECK, WELCOME
from storage.conversations.outbox import next_due, strike_off
from storage.db.database import Database

CHAT = 5_123_456_789
NOW = datetime(2026, 1, 2, tzinfo=UTC)
RECEIPT = "a-receipt-of-one"
NUMBERS = count(10_000_000)  # as with Telegram, no two updates have the same, whosever they are
Asking = PlaceReached | CheckReached | ChoiceUnclear | CommentOffered | WordsFound


@dataclass(slots=True)
class Turning:
    """One chat. What was asked last is known from what the outbox said."""

    database: Database
    chat: int = CHAT
    run: str = ""
    asked: Asking | None = None
    numbers: Iterator[int] = field(default_factory=lambda: NUMBERS)

    def take(self, reply: Reply, number: int) -> bool:
        return take_turn(self.database, Incoming(number, self.chat, reply, "en"), reply, NOW) is not None

    def say(self) -> list[Event]:
        """Says all that is due, as the sender does."""
        said: list[Event] = []
        while due := next_due(self.database, self.chat):
            said += due.saying.events
            self.run = due.saying.run
            strike_off(self.database, due, None, None)
        for event in said:
            self.notice(event)
        return said

    def notice(self, event: Event) -> None:
        """What the person sees of what is said."""
        over = event.kind in {"run_sent", "run_deleted"}
        self.asked = event if isinstance(event, Asking) else None if over else self.asked

    def do(self, reply: Reply) -> list[Event]:
        assert self.take(reply, next(self.numbers))
        return self.say()

    def tap(self, act: str, value: str = "") -> Reply:
        """A tap on the newest question's buttons; where there is none, a new beginning."""
        if self.asked is None:
            return Commanded("start")
        place = CHECK if isinstance(self.asked, CheckReached) else self.asked.place
        return Tapped(self.run, self.asked.ask, place, act, value)

    def way_on(self) -> Reply:
        """The first way on from where we are."""
        match self.asked:
            case CheckReached():
                return self.tap("send", f"receipt-of-{self.chat}")
            case ChoiceUnclear(candidates=candidates):
                return self.tap("answer", candidates[0])
            case CommentOffered():
                return self.tap("keep")
            case WordsFound():
                return self.tap("keep_whole")
            case PlaceReached(place=place) if place != WELCOME:
                asking = load().flow.by_id[place]
                ways = {"text": self.tap("skip"), "fork": self.tap("send_now")}
                return ways.get(asking.kind) or self.tap("answer", asking.choices[0].id)
        return self.tap("start")

    def to_check(self, words: str | None = None) -> None:
        """The first way on, to the check page; with these words where words are asked for."""
        self.do(Commanded("start"))
        while not isinstance(self.asked, CheckReached):
            place = load().flow.by_id.get(self.asked.place) if isinstance(self.asked, PlaceReached) else None
            self.do(Typed(words, 1) if words and place and place.kind == "text" else self.way_on())

    def send(self, receipt: str = RECEIPT) -> None:
        self.do(self.tap("send", receipt))


def standing(database: Database, place: str) -> Turning:
    """Somebody with this question open."""
    turning = Turning(database)
    turning.do(Commanded("start"))
    while not (isinstance(turning.asked, PlaceReached) and turning.asked.place == place):
        turning.do(turning.way_on())
    return turning
