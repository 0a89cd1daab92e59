"""A pretend phone on the look-alike: what a person sees, and what they do with it.

    phone = Phone(lookalike, 7)
    phone.type("/start")
    message = await phone.hears()
    phone.tap("Let's start")

Waiting is woken by what happens in the chat: no sleeping, no polling.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.emulator import Lookalike
from bot.emulator.state import Happening

Json = dict[str, Any]
Found = TypeVar("Found")
PATIENCE = 60  # seconds: a limit costs nothing where it is kept, and the machine may have much else to do


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it stood at one time."""

    raw: Json

    @property
    def id(self) -> int:
        return int(self.raw["message_id"])

    @property
    def text(self) -> str:
        """Its words; a picture's or file's caption."""
        return str(self.raw.get("text", self.raw.get("caption", "")))

    @property
    def from_bot(self) -> bool:
        return bool(self.raw["from"]["is_bot"])

    @property
    def kind(self) -> str:
        """text, photo, document, voice …"""
        known = ("text", "photo", "document", "sticker", "voice", "location", "contact", "video", "audio")
        return next((kind for kind in known if kind in self.raw), "other")

    @property
    def keyboard(self) -> list[Json]:
        rows = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]

    @property
    def buttons(self) -> list[str]:
        return [str(button["text"]) for button in self.keyboard]

    def button(self, label: str) -> Json:
        """The button with this label, else the only one with this as a part of its label; twins count as one."""
        exact = [button for button in self.keyboard if button["text"] == label]
        near = [button for button in self.keyboard if label.casefold() in button["text"].casefold()]
        found = exact or near
        if len({(button["text"], button.get("callback_data")) for button in found}) != 1:
            raise LookupError(f"{len(found)} buttons say {label!r}, there are: {self.buttons}")
        return found[0]

    def as_lines(self) -> str:
        name = "bot" if self.from_bot else "me"
        what = "" if self.kind == "text" else f"({self.kind}) "
        words = f"{name}: {what}{self.text}".rstrip().replace("\n", "\n     ")
        return "\n".join([words, *(f"     [{label}]" for label in self.buttons)])


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot answered to a tap."""

    id: str
    text: str
    show_alert: bool


class Phone:
    """One person's phone. `chat_id` is the person's id too."""

    def __init__(self, lookalike: Lookalike, chat_id: int, language: str = "en") -> None:
        self.lookalike = lookalike
        self.chat_id = chat_id
        self.chat = lookalike.chats[chat_id]
        self.chat.language = language
        self.versions: dict[int, list[Message]] = {}
        self.heard: list[int] = []
        self.next_heard = 0
        self.answers: dict[str, Answer] = {}
        self.news = asyncio.Event()
        for happening in self.chat.happenings:
            self.notice(happening)
        self.next_heard = len(self.heard)
        self.chat.listeners.add(self.notice)

    def notice(self, happening: Happening) -> None:
        if happening.kind in {"message", "edit"}:
            self.keep(Message(happening.content), new=happening.kind == "message")
        elif happening.kind == "answer":
            answer = happening.content
            kept = Answer(answer["callback_query_id"], answer["text"], answer["show_alert"])
            self.answers[kept.id] = kept
        self.news.set()

    def keep(self, message: Message, *, new: bool) -> None:
        self.versions.setdefault(message.id, []).append(message)
        if new and message.from_bot:
            self.heard.append(message.id)

    # What the person sees

    @property
    def messages(self) -> list[Message]:
        """What stands in the chat now: edits applied, deleted ones gone."""
        return [Message(raw) for raw in self.chat.messages.values()]

    @property
    def shown(self) -> Message:
        """The newest message of the bot that stands in the chat."""
        return self.newest(lambda message: message.from_bot)

    @property
    def asking(self) -> Message:
        """The newest message with buttons."""
        return self.newest(lambda message: bool(message.buttons))

    def newest(self, wanted: Callable[[Message], bool]) -> Message:
        for raw in reversed(self.chat.messages.values()):
            if wanted(message := Message(raw)):
                return message
        raise LookupError(f"no such message in this chat:\n{self.transcript()}")

    def buttons(self) -> list[str]:
        """The labels under the newest message that has any; none where no message has."""
        return next((m.buttons for raw in reversed(self.chat.messages.values()) if (m := Message(raw)).buttons), [])

    @property
    def alerts(self) -> list[str]:
        return [answer.text for answer in self.answers.values() if answer.show_alert]

    @property
    def toasts(self) -> list[str]:
        return [answer.text for answer in self.answers.values() if answer.text and not answer.show_alert]

    def transcript(self) -> str:
        return "\n".join(message.as_lines() for message in self.messages)

    # What the person does

    def type(self, text: str) -> Message:
        self.act()
        return Message(self.lookalike.types(self.chat_id, text))

    def edit(self, message: Message, text: str) -> Message:
        self.act()
        return Message(self.lookalike.edits(self.chat_id, message.id, text))

    def send(self, kind: str) -> Message:
        """Something that is not words: "voice", "photo", "sticker", "location" …"""
        self.act()
        return Message(self.lookalike.sends(self.chat_id, kind))

    def tap(self, label: str) -> str:
        """Taps a button of the newest message that has any. Gives the id by which the answer comes."""
        return self.tap_data(self.asking, self.asking.button(label))

    def tap_on(self, message: Message, label: str) -> str:
        """Taps a button of any message, also one that is gone by now: an old phone may still show it."""
        for version in reversed(self.versions[message.id]):
            if any(label.casefold() in each.casefold() for each in version.buttons):
                return self.tap_data(version, version.button(label))
        raise LookupError(f"this message never had a button {label!r}")

    def tap_data(self, message: Message, button: Json) -> str:
        if "callback_data" not in button:
            raise LookupError(f"the button {button['text']!r} opens something on the phone: {button}")
        self.act()
        return self.lookalike.taps(self.chat_id, message.id, button["callback_data"])

    def block(self) -> None:
        self.act()
        self.lookalike.blocks(self.chat_id)

    def unblock(self) -> None:
        self.act()
        self.lookalike.unblocks(self.chat_id)

    def act(self) -> None:
        """From here on, `hears` means what comes after."""
        self.next_heard = len(self.heard)

    # Waiting

    async def hears(self, timeout: float = PATIENCE) -> Message:  # noqa: ASYNC109 - each wait of a test has its own
        """The next new message of the bot after the last action; asked again, the one after that."""
        await self.until(lambda: len(self.heard) > self.next_heard, timeout)
        message_id = self.heard[self.next_heard]
        self.next_heard += 1
        return self.versions[message_id][-1]

    async def answered(self, tap: str, timeout: float = PATIENCE) -> Answer:  # noqa: ASYNC109
        await self.until(lambda: tap in self.answers, timeout)
        return self.answers[tap]

    async def until(self, predicate: Callable[[], Found], timeout: float = PATIENCE) -> Found:  # noqa: ASYNC109
        """Waits until the predicate holds; it is asked again whenever something happens in this chat."""
        try:
            async with asyncio.timeout(timeout):
                while not (found := predicate()):
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            raise AssertionError(f"not within {timeout} s. The chat:\n{self.transcript()}") from None
        return found
