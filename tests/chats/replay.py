"""A whole chat as a text file, and the bot that answers it, with nothing in memory from one turn to the next.

What the person does, one action a line:

    > types: dunno                        words, or a command such as /stop
    > taps: A bit better                  the newest button on the screen with that label
    > taps again: A bit better            the button tapped last with that label, also if it is gone: a double tap
    > taps old: A bit better              the first button ever shown with that label
    > edits: rubish => a bit worse        changes an earlier message
    > sends: voice                        something without words: voice, sticker, photo ...
    > waits: 7 days
    > is: a coordinator                 from here on, as the operator names them

`{word x 800}` in typed words stands for that many of the word. What the bot does:

    < a new message                       its further lines are indented; those of a file have a bar before them
      [A button]
    ~ what an earlier message now reads   without text: it only loses its buttons
    ! an alert

At the end stands what is stored: the unfinished run, if any, each response, and each campaign. Codes in links are
random, and stand there as CODE.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.handlers.turn import take_turn
from bot.render import outbound
from bot.render.localization import voice
from bot.render.messages import Alert, Button, Document, Edit, Message, Page, Picture, Say
from bot.telegram.updates import STAYING, Incoming
from flows.callback_data import read
from flows.events.submission import WithdrawalConfirmed
from flows.models import Commanded, Edited, Reply, Tapped, Typed, Unreadable
from storage.campaigns.repository import GENERAL
from storage.conversations.outbox import Tap, next_due, strike_off
from storage.db.database import Database, open_database
from storage.db.schema import answers, campaigns, runs
from tests.support.postgresql import SECRET
from tests.support.stored_responses import said, sent

CHAT = 5_000_000_007
Opening = Callable[[], AbstractContextManager[Database]]


@dataclass
class Shown:
    """A message of the bot as it stands on the phone."""

    buttons: tuple[Button, ...]
    ask: int | None = None
    ever: tuple[Button, ...] = ()

    def __post_init__(self) -> None:
        self.ever = self.buttons


@dataclass
class Chat:
    """One chat with the bot on one database."""

    opening: Opening
    updates: int = 0
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    shown: list[Shown] = field(default_factory=list)
    ever: list[Button] = field(default_factory=list)
    tapped: list[Button] = field(default_factory=list)
    typed: dict[str, int] = field(default_factory=dict)
    receipts: int = 0
    named: bool = False

    def does(self, action: str, what: str) -> Iterator[str]:
        """One action, and what the bot does then, as lines of the file."""
        if action == "waits":
            self.now += timedelta(days=int(what.split(maxsplit=1)[0]))
            return
        if action == "is":
            self.named = True
            return
        self.updates += 1
        reply, button = self.reply(action, what)
        tap = None
        if isinstance(reply, Tapped):
            tap = Tap(f"tap{self.updates}", self.message(button), reply.ask or None, stays=reply.act in STAYING)
        with self.opening() as database:
            incoming = Incoming(self.updates, CHAT, reply, "en", tap, named=self.named)
            assert take_turn(database, incoming, reply, self.now)
            lines = list(self.hears(database))
        if button and tap and not tap.stays and tap.ask is None:
            self.strip(button)
        yield from lines

    def reply(self, action: str, what: str) -> tuple[Reply, Button | None]:
        if action == "types":
            words = _spelt_out(what)
            self.typed[words] = self.updates
            return (Commanded(words[1:]) if words.startswith("/") else Typed(words, self.updates)), None
        if action == "edits":
            old, new = map(_spelt_out, what.split(" => "))
            self.typed[new] = self.typed[old]
            return Edited(new, self.typed[new]), None
        if action == "sends":
            return Unreadable(what), None
        button = self.button(action, what)
        self.tapped.append(button)
        tap = read(button.data)
        assert tap is not None
        return tap, button

    def button(self, action: str, label: str) -> Button:
        on_screen = [button for message in reversed(self.shown) for button in message.buttons]
        where = {"taps": on_screen, "taps again": self.tapped[::-1], "taps old": self.ever}[action]
        found = next((button for button in where if button.text == label), None)
        assert found, f"no button says {label!r}; on the screen: {[button.text for button in on_screen]}"
        return found

    def message(self, button: Button | None) -> int:
        """The number of the newest message that ever had this button; the bot's are counted from 1."""
        return max(number for number, shown in enumerate(self.shown, 1) if button in shown.ever)

    def hears(self, database: Database) -> Iterator[str]:
        while due := next_due(database, CHAT):
            speaking = voice(due.saying)
            for event in due.saying.events:
                self.receipts += 1
                say = outbound(event, speaking, f"receipt{self.receipts:09}")
                if isinstance(event, WithdrawalConfirmed) and event.found and event.under:
                    self.shown[event.under - 1].buttons = ()
                if say:
                    yield from (line.replace(due.saying.run, "(run)") for line in self.reads(say))
            strike_off(database, due, None, None)

    def reads(self, say: Say) -> Iterator[str]:
        match say:
            case Message(text, buttons, ask):
                self.shown.append(Shown(buttons, ask))
                self.ever += buttons
                yield from _lines("<", _without_codes(text))
                yield from (f"  [{button.text}]" for button in buttons)
            case Picture(_, caption):
                yield from _lines("<", f"(picture) {_without_codes(caption)}")
            case Page(name=name, caption=caption):
                yield from _lines("<", f"(file {name}) {caption}")
            case Document(name, text, caption):
                yield from _lines("<", f"(file {name}) {caption}")
                yield from (f"  | {line}".rstrip() for line in text.splitlines())
            case Edit(ask, text):
                for message in self.shown:
                    if message.ask == ask:
                        message.buttons = ()
                yield from _lines("~", text or "")
            case Alert(text):
                yield from _lines("!", text)

    def strip(self, button: Button) -> None:
        for message in self.shown:
            if message.ask is None and button in message.buttons:
                message.buttons = ()

    def stored(self) -> Iterator[str]:
        """What the database holds at the end."""
        with self.opening() as database, database.transaction() as tx:
            for run in tx.execute(select(runs)).all():
                given = tx.execute(select(answers.c.question).where(answers.c.run == run.id)).scalars()
                yield f"= unfinished, at {run.left or run.place}; answered: {', '.join(sorted(given)) or 'nothing'}"
            wanted = select(campaigns).where(campaigns.c.code != GENERAL).order_by(campaigns.c.about)
            for one in tx.execute(wanted).all():
                yield f"= a campaign about {one.about}, by {one.asker}; closed: {'yes' if one.closed else 'no'}"
        with self.opening() as database:
            for response in sorted(sent(database), key=str):  # kept in no order
                yield "= a response"
                yield from (f"= {question}: {json.dumps(choice)}" for question, choice in response.items())
            for question, words in said(database).items():
                yield from (f"= a comment on {question}: {json.dumps(one, ensure_ascii=False)}" for one in words)


def _spelt_out(words: str) -> str:
    return re.sub(r"\{(.+) x (\d+)\}", lambda many: many[1] * int(many[2]), words)


def _without_codes(text: str) -> str:
    return re.sub(r"((?:start|startgroup)=(?:invite-|r-)?)[a-z0-9]+", r"\1CODE", text)


def _lines(mark: str, text: str) -> Iterator[str]:
    """A text with its mark, further lines indented; the tags are left as they are."""
    first, *rest = text.split("\n")
    yield f"{mark} {first}".rstrip()
    yield from (f"  {line}".rstrip() for line in rest)


def anew(address: str) -> Opening:
    """The database is opened anew for every turn."""
    return lambda: closing(open_database(address, SECRET))


def replay(script: str, opening: Opening) -> str:
    """The chat's file as it would be written now: its heading, its actions, and what the bot does."""
    chat = Chat(opening)
    heading = [line for line in script.splitlines() if line.startswith("#")]
    out = [*heading, ""]
    for line in script.splitlines():
        if not line.startswith("> "):
            continue
        action, _, what = line[2:].partition(": ")
        out += [line, *chat.does(action, what), ""]
    return "\n".join([*out, *(list(chat.stored()) or ["= nothing is stored"])]) + "\n"
