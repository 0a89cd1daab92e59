"""One person and the engine, with no database and no Telegram between them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from flows.engine import handle_reply
from flows.engine.confirmations import resolve_confirmation
from flows.engine.text_replies import get_labels
from flows.events import AnyEvent, Event
from flows.events.prompts import ChoiceUnclear, CommentOffered, RedactionOffered, ReviewReached, StepReached
from flows.loader import load_walk
from flows.models import Command, Reply, Run, Tap, TextEdit, TextReply
from flows.state_machine import Walk

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PROMPT_EVENTS = (StepReached, ReviewReached, CommentOffered, ChoiceUnclear, RedactionOffered)
EventT = TypeVar("EventT", bound=AnyEvent)


@dataclass
class EngineChat:
    """A run and what was done with it. `events` are those of the last turn."""

    walk: Walk = field(default_factory=load_walk)
    run: Run = field(default_factory=lambda: Run("runrun01", "connection_test", 1, "en"))
    events: tuple[Event, ...] = ()
    is_over: bool = False
    last_message_id: int = 0

    def send_reply(self, reply: Reply) -> tuple[Event, ...]:
        turn = handle_reply(self.walk, self.run, self.resolve_reply(reply), NOW)
        self.is_over = turn.run is None
        self.run = turn.run or Run("runrun02", self.run.flow, self.run.version, self.run.language)
        self.events = turn.events
        return turn.events

    def resolve_reply(self, reply: Reply) -> Reply:
        """As bot/handlers/reply_resolvers does before a turn."""
        return resolve_confirmation(self.run, reply, get_labels(self.walk, self.run))

    def tap(self, action: str, value: str = "") -> tuple[Event, ...]:
        """A button of the newest asking."""
        return self.send_reply(Tap(self.run.id, self.run.prompt, self.run.step, action, value))

    def answer(self, *choices: str) -> None:
        """Taps one choice after the other; `skip` skips, and words are typed where words are asked for."""
        for choice in choices:
            step = self.walk.flow.steps_by_id[self.run.step]
            if choice == "skip":
                self.tap("skip")
            elif step.kind == "fork":
                self.tap(choice)
            elif step.kind == "text":
                self.type_text(choice)
            else:
                self.tap("answer", choice)

    def type_text(self, text: str) -> tuple[Event, ...]:
        self.last_message_id += 1
        return self.send_reply(TextReply(text, self.last_message_id))

    def edit_message(self, text: str, message_id: int | None = None) -> tuple[Event, ...]:
        """Changes a message typed before, the last one unless another is named."""
        return self.send_reply(TextEdit(text, message_id or self.last_message_id))

    def send_command(self, name: str) -> tuple[Event, ...]:
        return self.send_reply(Command(name))

    def get_event(self, kind: type[EventT]) -> EventT:
        """The one event of this kind in the last turn."""
        found = [event for event in self.events if isinstance(event, kind)]
        assert len(found) == 1, self.events
        return found[0]

    def has_event(self, kind: type[AnyEvent]) -> bool:
        return any(isinstance(event, kind) for event in self.events)

    def get_answer(self, question: str) -> str | None:
        return self.run.answer_value(question)


def start_chat(walk: Walk | None = None) -> EngineChat:
    """Somebody who has read the welcome and pressed *Let's start*."""
    engine_chat = EngineChat(walk or load_walk())
    engine_chat.send_command("start")
    engine_chat.tap("start")
    return engine_chat


def start_chat_at(step: str, *, viewpoint: str = "myself") -> EngineChat:
    """Somebody who answered all by *about the same*, skipped every comment, and stands at this place now."""
    engine_chat = start_chat()
    while engine_chat.run.step != step:
        answer = {"role": "family_carer", "viewpoint": viewpoint, "more": "go_on"}.get(engine_chat.run.step, "0")
        kind = engine_chat.walk.flow.steps_by_id[engine_chat.run.step].kind
        engine_chat.answer("skip" if kind == "text" else answer)
    return engine_chat
