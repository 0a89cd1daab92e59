"""One chat with the engine, without a database or Telegram."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from flows.engine import handle_reply
from flows.engine.confirmations import resolve_confirmation
from flows.engine.text_replies import get_labels
from flows.events import AnyEvent, Event
from flows.events.prompts import ChoiceUnclear, CommentOffered, RedactionOffered, ReviewReached, StepReached
from flows.events.requests import Request
from flows.loader import load_walk
from flows.models import Command, Reply, Run, Tap, TextEdit, TextReply
from flows.state_machine import Walk

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PROMPT_EVENTS = (StepReached, ReviewReached, CommentOffered, ChoiceUnclear, RedactionOffered)
EventT = TypeVar("EventT", bound=AnyEvent | Request)


@dataclass
class EngineChat:
    """A run that replies are sent to. `events` are the events and requests of the last turn."""

    walk: Walk = field(default_factory=load_walk)
    run: Run = field(default_factory=lambda: Run("runrun01", "connection_test", 1, "en"))
    events: tuple[Event | Request, ...] = ()
    is_over: bool = False
    last_message_id: int = 0

    def send_reply(self, reply: Reply) -> tuple[Event | Request, ...]:
        turn = handle_reply(self.walk, self.run, self.resolve_reply(reply), NOW)
        self.is_over = turn.run is None
        self.run = turn.run or Run("runrun02", self.run.flow, self.run.version, self.run.language)
        self.events = turn.events
        return turn.events

    def resolve_reply(self, reply: Reply) -> Reply:
        """As bot/handlers/reply_resolvers does before a turn."""
        return resolve_confirmation(self.run, reply, get_labels(self.walk, self.run))

    def tap(self, action: str, value: str = "") -> tuple[Event | Request, ...]:
        """Taps a button of the newest prompt."""
        return self.send_reply(Tap(self.run.id, self.run.prompt, self.run.step, action, value))

    def answer(self, *choices: str) -> None:
        """Answers one question after another: taps a choice, `skip` or a fork's button, or types the answer to a text
        question.
        """
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

    def type_text(self, text: str) -> tuple[Event | Request, ...]:
        self.last_message_id += 1
        return self.send_reply(TextReply(text, self.last_message_id))

    def edit_message(self, text: str, message_id: int | None = None) -> tuple[Event | Request, ...]:
        """Edits an earlier message: the last one, unless `message_id` names another."""
        return self.send_reply(TextEdit(text, message_id or self.last_message_id))

    def send_command(self, name: str) -> tuple[Event | Request, ...]:
        return self.send_reply(Command(name))

    def get_event(self, kind: type[EventT]) -> EventT:
        """The only event of this kind in the last turn."""
        matches = [event for event in self.events if isinstance(event, kind)]
        assert len(matches) == 1, self.events
        return matches[0]

    def has_event(self, kind: type[AnyEvent | Request]) -> bool:
        return any(isinstance(event, kind) for event in self.events)

    def get_answer(self, question: str) -> str | None:
        return self.run.answer_value(question)


def start_chat(walk: Walk | None = None) -> EngineChat:
    """A chat at the first question, after *Let's start*."""
    engine_chat = EngineChat(walk or load_walk())
    engine_chat.send_command("start")
    engine_chat.tap("start")
    return engine_chat


def start_chat_at(step: str, *, viewpoint: str = "myself") -> EngineChat:
    """A chat at this step, with *about the same* as every answer and every comment skipped."""
    engine_chat = start_chat()
    while engine_chat.run.step != step:
        answer = {"role": "family_carer", "viewpoint": viewpoint, "more": "go_on"}.get(engine_chat.run.step, "0")
        kind = engine_chat.walk.flow.steps_by_id[engine_chat.run.step].kind
        engine_chat.answer("skip" if kind == "text" else answer)
    return engine_chat
