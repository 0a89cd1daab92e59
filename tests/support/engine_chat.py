"""One person and the engine, with no database and no Telegram between them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from flows.engine import take
from flows.events import AnyEvent, Event
from flows.events.prompts import CheckReached, ChoiceUnclear, CommentOffered, PlaceReached, WordsFound
from flows.loader import load
from flows.models import Commanded, Edited, Reply, Run, Tapped, Typed
from flows.state_machine import Walk

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ASKING = (PlaceReached, CheckReached, CommentOffered, ChoiceUnclear, WordsFound)
Kind = TypeVar("Kind", bound=AnyEvent)


@dataclass
class Talk:
    """A run and what was done with it. `events` are those of the last turn."""

    walk: Walk = field(default_factory=load)
    run: Run = field(default_factory=lambda: Run("runrun01", "connection_test", 1, "en"))
    events: tuple[Event, ...] = ()
    over: bool = False
    message: int = 0

    def replies(self, reply: Reply) -> tuple[Event, ...]:
        turn = take(self.walk, self.run, reply, NOW)
        self.over = turn.run is None
        self.run = turn.run or Run("runrun02", self.run.flow, self.run.version, self.run.language)
        self.events = turn.events
        return turn.events

    def taps(self, act: str, value: str = "") -> tuple[Event, ...]:
        """A button of the newest asking."""
        return self.replies(Tapped(self.run.id, self.run.ask, self.run.place, act, value))

    def answers(self, *choices: str) -> None:
        """Taps one choice after the other; `skip` skips, and words are typed where words are asked for."""
        for choice in choices:
            here = self.walk.flow.by_id[self.run.place]
            if choice == "skip":
                self.taps("skip")
            elif here.kind == "fork":
                self.taps(choice)
            elif here.kind == "text":
                self.types(choice)
            else:
                self.taps("answer", choice)

    def types(self, words: str) -> tuple[Event, ...]:
        self.message += 1
        return self.replies(Typed(words, self.message))

    def edits(self, words: str, message: int | None = None) -> tuple[Event, ...]:
        """Changes a message typed before, the last one unless another is named."""
        return self.replies(Edited(words, message or self.message))

    def commands(self, name: str) -> tuple[Event, ...]:
        return self.replies(Commanded(name))

    def heard(self, kind: type[Kind]) -> Kind:
        """The one event of this kind in the last turn."""
        found = [event for event in self.events if isinstance(event, kind)]
        assert len(found) == 1, self.events
        return found[0]

    def hears(self, kind: type[AnyEvent]) -> bool:
        return any(isinstance(event, kind) for event in self.events)

    def value(self, question: str) -> str | None:
        return self.run.chosen(question)


def begun(walk: Walk | None = None) -> Talk:
    """Somebody who has read the welcome and pressed *Let's start*."""
    talk = Talk(walk or load())
    talk.commands("start")
    talk.taps("start")
    return talk


def at(place: str, *, viewpoint: str = "myself") -> Talk:
    """Somebody who answered all by *about the same*, skipped every comment, and stands at this place now."""
    talk = begun()
    while talk.run.place != place:
        answer = {"role": "family_carer", "viewpoint": viewpoint, "more": "go_on"}.get(talk.run.place, "0")
        kind = talk.walk.flow.by_id[talk.run.place].kind
        talk.answers("skip" if kind == "text" else answer)
    return talk
