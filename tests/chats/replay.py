"""Replays a whole chat from a text file; the bot keeps nothing in memory from one turn to the next.

What the person does, one action a line:

    > types: dunno                        words, or a command such as /stop
    > taps: A bit better                  the newest button on the screen with that label
    > taps again: A bit better            the button tapped last with that label, also if it is gone: a double tap
    > taps old: A bit better              the first button ever shown with that label
    > edits: rubish => a bit worse        edits an earlier message
    > sends: voice                        something without text: voice, sticker, photo ...
    > waits: 7 days
    > is: a coordinator                 from here on, as if listed by the operator

`{word x 800}` in typed text means the word repeated so often. What the bot does:

    < a new message                       its further lines are indented; those of a file have a bar before them
      [A button]
    ~ the new text of an earlier message    without text, it only loses its buttons
    ! an alert

The end lists what is stored: the unfinished run, if any, each response, and each campaign. Codes in links are random,
and are written as CODE.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.handlers.turn import take_turn
from bot.render import render_event
from bot.render.localization import make_localizer
from bot.render.messages import Alert, Button, Document, Message, PdfDocument, Photo, PromptEdit, RenderedMessage
from bot.telegram.updates import ACTIONS_KEEPING_BUTTONS, IncomingUpdate
from flows.callback_data import parse_callback_data
from flows.events.submission import ResponseWithdrawn
from flows.models import Command, Reply, Tap, TextEdit, TextReply, UnreadableReply
from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.conversations.outbox import TapContext, acknowledge, load_next_entry
from storage.db.database import Database, open_database
from storage.db.schema import answers, campaigns, runs
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.stored_responses import load_choices, load_comments

CHAT_ID = 5_000_000_007
DatabaseFactory = Callable[[], AbstractContextManager[Database]]


@dataclass
class ShownMessage:
    """A message of the bot as the phone shows it."""

    buttons: tuple[Button, ...]
    prompt: int | None = None
    all_buttons: tuple[Button, ...] = ()

    def __post_init__(self) -> None:
        self.all_buttons = self.buttons


@dataclass
class ScriptedChat:
    """One chat with the bot on one database."""

    database_factory: DatabaseFactory
    update_count: int = 0
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    shown_messages: list[ShownMessage] = field(default_factory=list)
    all_buttons: list[Button] = field(default_factory=list)
    tapped_buttons: list[Button] = field(default_factory=list)
    message_ids_by_text: dict[str, int] = field(default_factory=dict)
    receipt_count: int = 0
    is_configured: bool = False

    def perform(self, action: str, argument: str) -> Iterator[str]:
        """Performs one action; yields what the bot does then, as lines of the file."""
        if action == "waits":
            self.now += timedelta(days=int(argument.split(maxsplit=1)[0]))
            return
        if action == "is":
            self.is_configured = True
            return
        self.update_count += 1
        reply, button = self.make_reply(action, argument)
        tap = None
        if isinstance(reply, Tap):
            tap = TapContext(
                f"tap{self.update_count}",
                self.find_message_id(button),
                reply.prompt or None,
                should_keep_buttons=reply.action in ACTIONS_KEEPING_BUTTONS,
            )
        with self.database_factory() as database:
            incoming = IncomingUpdate(self.update_count, CHAT_ID, reply, "en", tap, is_configured=self.is_configured)
            assert take_turn(database, incoming, reply, self.now)
            lines = list(self.deliver_entries(database))
        if button and tap and not tap.should_keep_buttons and tap.prompt is None:
            self.remove_buttons(button)
        yield from lines

    def make_reply(self, action: str, argument: str) -> tuple[Reply, Button | None]:
        if action == "types":
            text = _expand_repeats(argument)
            self.message_ids_by_text[text] = self.update_count
            return (Command(text[1:]) if text.startswith("/") else TextReply(text, self.update_count)), None
        if action == "edits":
            old, new = map(_expand_repeats, argument.split(" => "))
            self.message_ids_by_text[new] = self.message_ids_by_text[old]
            return TextEdit(new, self.message_ids_by_text[new]), None
        if action == "sends":
            return UnreadableReply(argument), None
        button = self.find_button(action, argument)
        self.tapped_buttons.append(button)
        tap = parse_callback_data(button.callback_data)
        assert tap is not None
        return tap, button

    def find_button(self, action: str, label: str) -> Button:
        on_screen = [button for message in reversed(self.shown_messages) for button in message.buttons]
        candidates = {"taps": on_screen, "taps again": self.tapped_buttons[::-1], "taps old": self.all_buttons}[action]
        found = next((button for button in candidates if button.text == label), None)
        assert found, f"no button says {label!r}; on the screen: {[button.text for button in on_screen]}"
        return found

    def find_message_id(self, button: Button | None) -> int:
        """The number of the newest message that ever had this button; messages are counted from 1."""
        return max(number for number, shown in enumerate(self.shown_messages, 1) if button in shown.all_buttons)

    def deliver_entries(self, database: Database) -> Iterator[str]:
        while entry := load_next_entry(database, CHAT_ID):
            localizer = make_localizer(entry.content)
            for event in entry.content.events:
                self.receipt_count += 1
                message = render_event(event, localizer, f"receipt{self.receipt_count:09}")
                if isinstance(event, ResponseWithdrawn) and event.message_id:
                    self.shown_messages[event.message_id - 1].buttons = ()
                if message:
                    yield from (line.replace(entry.content.run_id, "(run)") for line in self.show_message(message))
            acknowledge(database, entry, None, None)

    def show_message(self, message: RenderedMessage) -> Iterator[str]:
        match message:
            case Message(text, buttons, prompt):
                self.shown_messages.append(ShownMessage(buttons, prompt))
                self.all_buttons += buttons
                yield from _format_lines("<", _mask_codes(text))
                yield from (f"  [{button.text}]" for button in buttons)
            case Photo(_, caption):
                yield from _format_lines("<", f"(picture) {_mask_codes(caption)}")
            case PdfDocument(file_name=name, caption=caption):
                yield from _format_lines("<", f"(file {name}) {caption}")
            case Document(name, text, caption):
                yield from _format_lines("<", f"(file {name}) {caption}")
                yield from (f"  | {line}".rstrip() for line in text.splitlines())
            case PromptEdit(prompt, text):
                for shown in self.shown_messages:
                    if shown.prompt == prompt:
                        shown.buttons = ()
                yield from _format_lines("~", text or "")
            case Alert(text):
                yield from _format_lines("!", text)

    def remove_buttons(self, button: Button) -> None:
        for message in self.shown_messages:
            if message.prompt is None and button in message.buttons:
                message.buttons = ()

    def describe_stored(self) -> Iterator[str]:
        """What the database contains at the end."""
        with self.database_factory() as database, database.transaction() as session:
            for run in session.execute(select(runs)).all():
                query = select(answers.c.question).where(answers.c.run_id == run.id)
                answered = ", ".join(sorted(session.execute(query).scalars())) or "nothing"
                yield f"= unfinished, at {run.resume_step or run.step}; answered: {answered}"
            query = select(campaigns).where(campaigns.c.code != GENERAL_CAMPAIGN).order_by(campaigns.c.about)
            for campaign in session.execute(query).all():
                closed = "yes" if campaign.is_closed else "no"
                yield f"= a campaign about {campaign.about}, by {campaign.asker}; closed: {closed}"
        with self.database_factory() as database:
            for response in sorted(load_choices(database), key=str):  # stored in no order
                yield "= a response"
                yield from (f"= {question}: {json.dumps(choice)}" for question, choice in response.items())
            for question, words in load_comments(database).items():
                yield from (
                    f"= a comment on {question}: {json.dumps(campaign, ensure_ascii=False)}" for campaign in words
                )


def _expand_repeats(words: str) -> str:
    return re.sub(r"\{(.+) x (\d+)\}", lambda many: many[1] * int(many[2]), words)


def _mask_codes(text: str) -> str:
    return re.sub(r"((?:start|startgroup)=(?:invite-|r-)?)[a-z0-9]+", r"\1CODE", text)


def _format_lines(mark: str, text: str) -> Iterator[str]:
    """A text with its mark and further lines indented; tags stay as they are."""
    first, *rest = text.split("\n")
    yield f"{mark} {first}".rstrip()
    yield from (f"  {line}".rstrip() for line in rest)


def reopen_every_turn(database_url: str) -> DatabaseFactory:
    """Opens the database again for every turn."""
    return lambda: closing(open_database(database_url, TEST_SECRET_KEY))


def replay(script: str, database_factory: DatabaseFactory) -> str:
    """The file as it would be written now: heading, actions, and what the bot does."""
    chat = ScriptedChat(database_factory)
    heading = [line for line in script.splitlines() if line.startswith("#")]
    out = [*heading, ""]
    for line in script.splitlines():
        if not line.startswith("> "):
            continue
        action, _, argument = line[2:].partition(": ")
        out += [line, *chat.perform(action, argument), ""]
    return "\n".join([*out, *(list(chat.describe_stored()) or ["= nothing is stored"])]) + "\n"
