"""What a person has on the screen: every event put into words as the bot does it, and the buttons that are left."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from pydantic import TypeAdapter

from bot.render import outbound
from bot.render.localization import voice
from bot.render.messages import Alert, Button, Document, Edit, Message, Picture
from flows.callback_data import MOST_BYTES, carried, read
from flows.events import Event
from flows.events.prompts import CheckReached
from flows.models import Reply, Tapped
from flows.schema import length
from storage.conversations.outbox import Saying
from tests.support.engine_chat import Talk

SAYING: TypeAdapter[Saying] = TypeAdapter(Saying)
RECEIPT = "R" * 16


class Balanced(HTMLParser):
    """Reads HTML as Telegram does: only some tags, each closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert not self.open, text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"b", "i"}, tag
        assert not attrs, tag
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@dataclass
class Shown:
    """A message in the chat."""

    text: str
    buttons: tuple[Tapped, ...]
    ask: int | None


@dataclass
class Screen(Talk):
    """A talk of which every word is put on a screen, and every law of what may be shown is held."""

    shown: list[Shown] = field(default_factory=list)
    ever: list[Tapped] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    checked: dict[str, str | None] = field(default_factory=dict)

    def replies(self, reply: Reply) -> tuple[Event, ...]:
        run = self.run
        if isinstance(reply, Tapped) and not reply.ask and reply.act != "withdraw":
            self.strip(reply)
        events = super().replies(reply)
        saying = Saying(run.id, run.flow, run.language, events)
        assert SAYING.validate_json(SAYING.dump_json(saying)) == saying
        for event in events:
            if isinstance(event, CheckReached):
                self.checked = event.answers
            self.show(event, run.id)
        return events

    def show(self, event: Event, run: str) -> None:
        match outbound(event, voice(Saying(run, "connection_test", "en", ())), RECEIPT):
            case Message(text, buttons, ask):
                fits(text, 4096)
                self.shown.append(Shown(text, tuple(map(tap_of, buttons)), ask))
                self.ever += self.shown[-1].buttons
            case Picture(_, caption):
                fits(caption, 1024)
            case Document(_, text, caption):
                fits(caption, 1024)
                assert not re.search(r"</?[bi]>", re.sub("“.*?”", "", text, flags=re.DOTALL)), (
                    text
                )  # but what was typed
            case Edit(ask, text):
                self.close(ask)
                assert text is None or fits(text, 4096)
            case Alert(text):
                assert 0 < length(text) <= 200
                self.alerts.append(text)

    def close(self, ask: int) -> None:
        for message in self.shown:
            if message.ask == ask:
                message.buttons = ()

    def strip(self, tap: Tapped) -> None:
        for message in self.shown:
            if message.ask is None and tap in message.buttons:
                message.buttons = ()

    @property
    def left(self) -> list[Tapped]:
        """The buttons on the screen, the newest message's first."""
        return [tap for message in reversed(self.shown) for tap in message.buttons]

    @property
    def asking(self) -> list[Shown]:
        """The messages that ask for a reply and still have their buttons."""
        return [message for message in self.shown if message.ask is not None and message.buttons]


def tap_of(button: Button) -> Tapped:
    """The tap of a button as it comes back from Telegram."""
    assert 0 < len(button.text) <= 40, button.text
    assert not re.search(r"[<>&]", button.text), button.text
    assert len(button.data.encode()) <= MOST_BYTES
    tap = read(button.data)
    assert tap is not None
    assert carried(tap) == button.data
    return tap


def fits(text: str, most: int) -> bool:
    words = Balanced(text).words
    assert words.strip(), text
    assert length(words) <= most, length(words)
    return True
