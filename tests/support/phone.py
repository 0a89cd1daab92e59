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

from bot.emulator import TelegramEmulator
from bot.emulator.state import ChatEvent

Json = dict[str, Any]
ResultT = TypeVar("ResultT")
WAIT_TIMEOUT_SECONDS = 60  # seconds: a limit costs nothing where it is kept, and the machine may have much else to do


@dataclass(frozen=True, slots=True)
class PhoneMessage:
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
    def is_from_bot(self) -> bool:
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

    def find_button(self, label: str) -> Json:
        """The button with this label, else the only one with this as a part of its label; twins count as one."""
        exact = [button for button in self.keyboard if button["text"] == label]
        partial = [button for button in self.keyboard if label.casefold() in button["text"].casefold()]
        found = exact or partial
        if len({(button["text"], button.get("callback_data")) for button in found}) != 1:
            raise LookupError(f"{len(found)} buttons say {label!r}, there are: {self.buttons}")
        return found[0]

    def format_lines(self) -> str:
        name = "bot" if self.is_from_bot else "me"
        kind_note = "" if self.kind == "text" else f"({self.kind}) "
        first_lines = f"{name}: {kind_note}{self.text}".rstrip().replace("\n", "\n     ")
        return "\n".join([first_lines, *(f"     [{label}]" for label in self.buttons)])


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What the bot answered to a tap."""

    id: str
    text: str
    show_alert: bool


class Phone:
    """One person's phone. `chat_id` is the person's id too."""

    def __init__(self, emulator: TelegramEmulator, chat_id: int, language: str = "en") -> None:
        self.emulator = emulator
        self.chat_id = chat_id
        self.chat = emulator.chats[chat_id]
        self.chat.language = language
        self.versions: dict[int, list[PhoneMessage]] = {}
        self.received_ids: list[int] = []
        self.next_received = 0
        self.callback_answers: dict[str, CallbackAnswer] = {}
        self.changed = asyncio.Event()
        for happening in self.chat.events:
            self.handle_event(happening)
        self.next_received = len(self.received_ids)
        self.chat.listeners.add(self.handle_event)

    def handle_event(self, happening: ChatEvent) -> None:
        if happening.kind in {"message", "edit"}:
            self.store_version(PhoneMessage(happening.content), is_new=happening.kind == "message")
        elif happening.kind == "answer":
            answer = happening.content
            kept = CallbackAnswer(answer["callback_query_id"], answer["text"], answer["show_alert"])
            self.callback_answers[kept.id] = kept
        self.changed.set()

    def store_version(self, message: PhoneMessage, *, is_new: bool) -> None:
        self.versions.setdefault(message.id, []).append(message)
        if is_new and message.is_from_bot:
            self.received_ids.append(message.id)

    # What the person sees

    @property
    def messages(self) -> list[PhoneMessage]:
        """What stands in the chat now: edits applied, deleted ones gone."""
        return [PhoneMessage(raw) for raw in self.chat.messages.values()]

    @property
    def latest_bot_message(self) -> PhoneMessage:
        """The newest message of the bot that stands in the chat."""
        return self.find_latest(lambda message: message.is_from_bot)

    @property
    def latest_prompt(self) -> PhoneMessage:
        """The newest message with buttons."""
        return self.find_latest(lambda message: bool(message.buttons))

    def find_latest(self, predicate: Callable[[PhoneMessage], bool]) -> PhoneMessage:
        for raw in reversed(self.chat.messages.values()):
            if predicate(message := PhoneMessage(raw)):
                return message
        raise LookupError(f"no such message in this chat:\n{self.format_transcript()}")

    def current_buttons(self) -> list[str]:
        """The labels under the newest message that has any; none where no message has."""
        return next(
            (m.buttons for raw in reversed(self.chat.messages.values()) if (m := PhoneMessage(raw)).buttons), []
        )

    @property
    def alerts(self) -> list[str]:
        return [answer.text for answer in self.callback_answers.values() if answer.show_alert]

    @property
    def toasts(self) -> list[str]:
        return [answer.text for answer in self.callback_answers.values() if answer.text and not answer.show_alert]

    def format_transcript(self) -> str:
        return "\n".join(message.format_lines() for message in self.messages)

    # What the person does

    def type_text(self, text: str) -> PhoneMessage:
        self.skip_received()
        return PhoneMessage(self.emulator.type_text(self.chat_id, text))

    def edit(self, message: PhoneMessage, text: str) -> PhoneMessage:
        self.skip_received()
        return PhoneMessage(self.emulator.edit_text(self.chat_id, message.id, text))

    def send_media(self, kind: str) -> PhoneMessage:
        """Something that is not words: "voice", "photo", "sticker", "location" …"""
        self.skip_received()
        return PhoneMessage(self.emulator.send_attachment(self.chat_id, kind))

    def tap(self, label: str) -> str:
        """Taps a button of the newest message that has any. Gives the id by which the answer comes."""
        return self.tap_button(self.latest_prompt, self.latest_prompt.find_button(label))

    def tap_in(self, message: PhoneMessage, label: str) -> str:
        """Taps a button of any message, also one that is gone by now: an old phone may still show it."""
        for version in reversed(self.versions[message.id]):
            if any(label.casefold() in each.casefold() for each in version.buttons):
                return self.tap_button(version, version.find_button(label))
        raise LookupError(f"this message never had a button {label!r}")

    def tap_button(self, message: PhoneMessage, button: Json) -> str:
        if "callback_data" not in button:
            raise LookupError(f"the button {button['text']!r} opens something on the phone: {button}")
        self.skip_received()
        return self.emulator.tap_button(self.chat_id, message.id, button["callback_data"])

    def block(self) -> None:
        self.skip_received()
        self.emulator.block_bot(self.chat_id)

    def unblock(self) -> None:
        self.skip_received()
        self.emulator.unblock_bot(self.chat_id)

    def skip_received(self) -> None:
        """From here on, `hears` means what comes after."""
        self.next_received = len(self.received_ids)

    # Waiting

    async def receive(self, timeout: float = WAIT_TIMEOUT_SECONDS) -> PhoneMessage:  # noqa: ASYNC109 - each wait of a test has its own
        """The next new message of the bot after the last action; asked again, the one after that."""
        await self.wait_until(lambda: len(self.received_ids) > self.next_received, timeout)
        message_id = self.received_ids[self.next_received]
        self.next_received += 1
        return self.versions[message_id][-1]

    async def wait_for_answer(self, tap_id: str, timeout: float = WAIT_TIMEOUT_SECONDS) -> CallbackAnswer:  # noqa: ASYNC109
        await self.wait_until(lambda: tap_id in self.callback_answers, timeout)
        return self.callback_answers[tap_id]

    async def wait_until(self, predicate: Callable[[], ResultT], timeout: float = WAIT_TIMEOUT_SECONDS) -> ResultT:  # noqa: ASYNC109
        """Waits until the predicate holds; it is asked again whenever something happens in this chat."""
        try:
            async with asyncio.timeout(timeout):
                while not (found := predicate()):
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            raise AssertionError(f"not within {timeout} s. The chat:\n{self.format_transcript()}") from None
        return found
