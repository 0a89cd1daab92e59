"""Turns without Telegram: replies go in, and what is left to be said is read from the outbox."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from bot.handlers.turn import take_turn
from bot.telegram.updates import IncomingUpdate
from flows.events import Event
from flows.events.prompts import ChoiceUnclear, CommentOffered, RedactionOffered, ReviewReached, StepReached
from flows.loader import load_walk
from flows.models import Command, Reply, Tap, TextReply
from flows.schema import REVIEW, WELCOME
from storage.conversations.outbox import acknowledge, load_next_entry
from storage.db.database import Database

CHAT_ID = 5_123_456_789
NOW = datetime(2026, 1, 2, tzinfo=UTC)
SAMPLE_RECEIPT = "a-receipt-of-one"
UPDATE_IDS = count(10_000_000)  # as with Telegram, no two updates have the same, whosever they are
PromptEvent = StepReached | ReviewReached | ChoiceUnclear | CommentOffered | RedactionOffered


@dataclass(slots=True)
class StoredChat:
    """One chat. What was asked last is known from what the outbox said."""

    database: Database
    chat_id: int = CHAT_ID
    run_id: str = ""
    prompt_event: PromptEvent | None = None
    update_ids: Iterator[int] = field(default_factory=lambda: UPDATE_IDS)

    def take_reply(self, reply: Reply, update_id: int) -> bool:
        return take_turn(self.database, IncomingUpdate(update_id, self.chat_id, reply, "en"), reply, NOW) is not None

    def deliver_entries(self) -> list[Event]:
        """Says all that is due, as the sender does."""
        delivered: list[Event] = []
        while entry := load_next_entry(self.database, self.chat_id):
            delivered += entry.content.events
            self.run_id = entry.content.run_id
            acknowledge(self.database, entry, None, None)
        for event in delivered:
            self.note_event(event)
        return delivered

    def note_event(self, event: Event) -> None:
        """What the person sees of what is said."""
        is_over = event.kind in {"response_submitted", "run_deleted"}
        self.prompt_event = event if isinstance(event, PromptEvent) else None if is_over else self.prompt_event

    def send_reply(self, reply: Reply) -> list[Event]:
        assert self.take_reply(reply, next(self.update_ids))
        return self.deliver_entries()

    def make_tap(self, action: str, value: str = "") -> Reply:
        """A tap on the newest question's buttons; where there is none, a new beginning."""
        if self.prompt_event is None:
            return Command("start")
        step = REVIEW if isinstance(self.prompt_event, ReviewReached) else self.prompt_event.step
        return Tap(self.run_id, self.prompt_event.prompt, step, action, value)

    def make_next_reply(self) -> Reply:
        """The first way on from where we are."""
        match self.prompt_event:
            case ReviewReached():
                return self.make_tap("send", f"receipt-of-{self.chat_id}")
            case ChoiceUnclear(candidates=candidates):
                return self.make_tap("answer", candidates[0])
            case CommentOffered():
                return self.make_tap("keep")
            case RedactionOffered():
                return self.make_tap("keep_original")
            case StepReached(step=place) if place != WELCOME:
                question = load_walk().flow.steps_by_id[place]
                replies = {"text": self.make_tap("skip"), "fork": self.make_tap("send_now")}
                return replies.get(question.kind) or self.make_tap("answer", question.choices[0].id)
        return self.make_tap("start")

    def walk_to_review(self, text: str | None = None) -> None:
        """The first way on, to the check page; with these words where words are asked for."""
        self.send_reply(Command("start"))
        while not isinstance(self.prompt_event, ReviewReached):
            question = (
                load_walk().flow.steps_by_id.get(self.prompt_event.step)
                if isinstance(self.prompt_event, StepReached)
                else None
            )
            self.send_reply(
                TextReply(text, 1) if text and question and question.kind == "text" else self.make_next_reply()
            )

    def submit(self, receipt: str = SAMPLE_RECEIPT) -> None:
        self.send_reply(self.make_tap("send", receipt))


def start_chat_at(database: Database, step: str) -> StoredChat:
    """Somebody with this question open."""
    chat = StoredChat(database)
    chat.send_reply(Command("start"))
    while not (isinstance(chat.prompt_event, StepReached) and chat.prompt_event.step == step):
        chat.send_reply(chat.make_next_reply())
    return chat
