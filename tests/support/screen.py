"""What a person has on the screen: every event put into words as the bot does it, and the buttons that are left."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import chain

from pydantic import TypeAdapter

from bot.render import render_event
from bot.render.localization import make_localizer
from bot.render.messages import Alert, Button, Document, Message, Photo, PromptEdit
from flows.callback_data import MAX_CALLBACK_DATA_BYTES, encode_callback_data, parse_callback_data
from flows.events import Event, NoticeShown, PersonalDataExported, PersonalDataShown, ReplyOutdated
from flows.events.prompts import ReviewReached
from flows.events.requests import (
    CampaignRequest,
    OutdatedSendRequest,
    PersonalDataRequest,
    Request,
    SubmissionRequest,
    ThanksRequest,
    WithdrawalOfferRequest,
    WithdrawalRequest,
)
from flows.events.submission import ResponseNotFound, ResponseSubmitted, SendOutdated, WithdrawalOffered
from flows.models import Reply, Tap
from flows.personal_data import ChatData, PersonalData
from flows.schema import count_utf16_units
from storage.conversations.outbox import OutboxContent
from tests.support.engine_chat import EngineChat

CONTENT_ADAPTER: TypeAdapter[OutboxContent] = TypeAdapter(OutboxContent)
SAMPLE_RECEIPT = "R" * 16


class BalancedHtmlParser(HTMLParser):
    """Reads HTML as Telegram does: only some tags, each closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open_tags: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open_tags, text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"b", "i"}, tag
        assert not attrs, tag
        self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@dataclass
class ScreenMessage:
    """A message in the chat."""

    text: str
    buttons: tuple[Tap, ...]
    prompt: int | None


@dataclass
class Screen(EngineChat):
    """A talk of which every word is put on a screen, and every law of what may be shown is held."""

    messages: list[ScreenMessage] = field(default_factory=list)
    all_taps: list[Tap] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    reviewed_answers: dict[str, str | None] = field(default_factory=dict)

    def send_reply(self, reply: Reply) -> tuple[Event | Request, ...]:
        run = self.run
        if isinstance(reply, Tap) and not reply.prompt and reply.action != "withdraw":
            self.remove_buttons(reply)
        events = super().send_reply(reply)
        delivered = tuple(chain.from_iterable(map(answer_request, events)))
        content = OutboxContent(run.id, run.flow, run.language, delivered)
        assert CONTENT_ADAPTER.validate_json(CONTENT_ADAPTER.dump_json(content)) == content
        for event in delivered:
            if isinstance(event, ReviewReached):
                self.reviewed_answers = event.answers
            self.show(event, run.id)
        return events

    def show(self, event: Event, run: str) -> None:
        match render_event(event, make_localizer(OutboxContent(run, "connection_test", "en", ())), SAMPLE_RECEIPT):
            case Message(text, buttons, ask):
                is_within_limit(text, 4096)
                self.messages.append(ScreenMessage(text, tuple(map(parse_tap, buttons)), ask))
                self.all_taps += self.messages[-1].buttons
            case Photo(_, caption):
                is_within_limit(caption, 1024)
            case Document(_, text, caption):
                is_within_limit(caption, 1024)
                assert not re.search(r"</?[bi]>", re.sub("“.*?”", "", text, flags=re.DOTALL)), (
                    text
                )  # but what was typed
            case PromptEdit(ask, text):
                self.close_prompt(ask)
                assert text is None or is_within_limit(text, 4096)
            case Alert(text):
                assert 0 < count_utf16_units(text) <= 200
                self.alerts.append(text)

    def close_prompt(self, prompt: int) -> None:
        for message in self.messages:
            if message.prompt == prompt:
                message.buttons = ()

    def remove_buttons(self, tap: Tap) -> None:
        for message in self.messages:
            if message.prompt is None and tap in message.buttons:
                message.buttons = ()

    @property
    def visible_taps(self) -> list[Tap]:
        """The buttons on the screen, the newest message's first."""
        return [tap for message in reversed(self.messages) for tap in message.buttons]

    @property
    def open_prompts(self) -> list[ScreenMessage]:
        """The messages that ask for a reply and still have their buttons."""
        return [message for message in self.messages if message.prompt is not None and message.buttons]


def answer_request(item: Event | Request) -> tuple[Event, ...]:
    """The events that storage would answer with, in a chat that has sent nothing and coordinates nothing."""
    match item:
        case SubmissionRequest():
            return (ResponseSubmitted(),)
        case CampaignRequest():
            return (ReplyOutdated(None),)
        case ThanksRequest():
            return (NoticeShown("all_done"),)
        case OutdatedSendRequest():
            return (SendOutdated(has_opened_campaign=False),)
        case WithdrawalOfferRequest():
            return (WithdrawalOffered(item.receipt, None),)
        case WithdrawalRequest():
            return (ResponseNotFound(),)
        case PersonalDataRequest():
            data = PersonalData(item.run, ChatData())
            return (PersonalDataShown(item.answers, data), PersonalDataExported(data, item.requested_at))
    return (item,)


def parse_tap(button: Button) -> Tap:
    """The tap of a button as it comes back from Telegram."""
    assert 0 < len(button.text) <= 40, button.text
    assert not re.search(r"[<>&]", button.text), button.text
    assert len(button.callback_data.encode()) <= MAX_CALLBACK_DATA_BYTES
    tap = parse_callback_data(button.callback_data)
    assert tap is not None
    assert encode_callback_data(tap) == button.callback_data
    return tap


def is_within_limit(text: str, max_length: int) -> bool:
    words = BalancedHtmlParser(text).text
    assert words.strip(), text
    assert count_utf16_units(words) <= max_length, count_utf16_units(words)
    return True
