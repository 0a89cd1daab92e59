"""A person's phone on the emulator: what they see, and what they do.

    phone = Phone(emulator, 7)
    phone.type_text("/start")
    message = await phone.receive()
    phone.tap("Let's start")

Waiting listens to the events of the chat: it neither sleeps nor polls.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.emulator import TelegramEmulator
from bot.emulator.state import ChatEvent

Json = dict[str, Any]
ResultT = TypeVar("ResultT")
WAIT_TIMEOUT_SECONDS = 60  # generous, because a busy machine is slow and a passing test does not wait


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """One version of a message."""

    raw: Json

    @property
    def id(self) -> int:
        return int(self.raw["message_id"])

    @property
    def text(self) -> str:
        """The text, or the caption of a picture or file."""
        return str(self.raw.get("text", self.raw.get("caption", "")))

    @property
    def is_from_bot(self) -> bool:
        return bool(self.raw["from"]["is_bot"])

    @property
    def kind(self) -> str:
        """For example "text", "photo", "document" or "voice"; "other" if unknown."""
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
        """The button with this label, or else the only one whose label contains it. Raises `LookupError`.

        Buttons with the same label and data count as one.
        """
        exact = [button for button in self.keyboard if button["text"] == label]
        partial = [button for button in self.keyboard if label.casefold() in button["text"].casefold()]
        matches = exact or partial
        if len({(button["text"], button.get("callback_data")) for button in matches}) != 1:
            raise LookupError(f"{len(matches)} buttons match {label!r} among {self.buttons}")
        return matches[0]

    def format_lines(self) -> str:
        name = "bot" if self.is_from_bot else "me"
        kind_note = "" if self.kind == "text" else f"({self.kind}) "
        content = f"{name}: {kind_note}{self.text}".rstrip().replace("\n", "\n     ")
        return "\n".join([content, *(f"     [{label}]" for label in self.buttons)])


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """The bot's answer to a tap."""

    id: str
    text: str
    show_alert: bool


class Phone:
    """One person's phone. `chat_id` is also the id of the person.

    `versions` has all versions of each message by id, also of deleted ones.
    """

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
        for event in self.chat.events:
            self.handle_event(event)
        self.next_received = len(self.received_ids)
        self.chat.listeners.add(self.handle_event)

    def handle_event(self, event: ChatEvent) -> None:
        if event.kind in {"message", "edit"}:
            self.store_version(PhoneMessage(event.content), is_new=event.kind == "message")
        elif event.kind == "answer":
            content = event.content
            answer = CallbackAnswer(content["callback_query_id"], content["text"], content["show_alert"])
            self.callback_answers[answer.id] = answer
        self.changed.set()

    def store_version(self, message: PhoneMessage, *, is_new: bool) -> None:
        self.versions.setdefault(message.id, []).append(message)
        if is_new and message.is_from_bot:
            self.received_ids.append(message.id)

    # What the person sees

    @property
    def messages(self) -> list[PhoneMessage]:
        """The messages in the chat now, in their latest versions and without the deleted ones."""
        return [PhoneMessage(raw) for raw in self.chat.messages.values()]

    @property
    def latest_bot_message(self) -> PhoneMessage:
        """The newest message of the bot in the chat. Raises `LookupError` if there is none."""
        return self.find_latest(lambda message: message.is_from_bot)

    @property
    def latest_prompt(self) -> PhoneMessage:
        """The newest message with buttons. Raises `LookupError` if there is none."""
        return self.find_latest(lambda message: bool(message.buttons))

    def find_latest(self, predicate: Callable[[PhoneMessage], bool]) -> PhoneMessage:
        message = next(filter(predicate, self.newest_first()), None)
        if message is None:
            raise LookupError(f"no such message in this chat:\n{self.format_transcript()}")
        return message

    def newest_first(self) -> Iterator[PhoneMessage]:
        return map(PhoneMessage, reversed(self.chat.messages.values()))

    def current_buttons(self) -> list[str]:
        """The labels of the buttons under the newest message that has any."""
        return next((message.buttons for message in self.newest_first() if message.buttons), [])

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
        """Sends an attachment, for example a "voice", "photo", "sticker" or "location"."""
        self.skip_received()
        return PhoneMessage(self.emulator.send_attachment(self.chat_id, kind))

    def tap(self, label: str) -> str:
        """Taps a button of the newest message that has any. Returns the id for `wait_for_answer`."""
        return self.tap_button(self.latest_prompt, self.latest_prompt.find_button(label))

    def tap_in(self, message: PhoneMessage, label: str) -> str:
        """Taps a button of any version of a message, even a removed button: a slow phone may still show it."""
        for version in reversed(self.versions[message.id]):
            if any(label.casefold() in button.casefold() for button in version.buttons):
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
        """From here on, `receive` waits for messages that are yet to arrive."""
        self.next_received = len(self.received_ids)

    # Waiting

    async def receive(self, timeout_seconds: float = WAIT_TIMEOUT_SECONDS) -> PhoneMessage:
        """The next message of the bot since the last action of this phone; each call returns the next one."""
        await self.wait_until(lambda: len(self.received_ids) > self.next_received, timeout_seconds)
        message_id = self.received_ids[self.next_received]
        self.next_received += 1
        return self.versions[message_id][-1]

    async def wait_for_answer(self, tap_id: str, timeout_seconds: float = WAIT_TIMEOUT_SECONDS) -> CallbackAnswer:
        await self.wait_until(lambda: tap_id in self.callback_answers, timeout_seconds)
        return self.callback_answers[tap_id]

    async def wait_until(
        self, predicate: Callable[[], ResultT], timeout_seconds: float = WAIT_TIMEOUT_SECONDS
    ) -> ResultT:
        """Waits until the predicate gives a true value and returns it; evaluates it after each event of this chat."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while not (result := predicate()):
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            raise AssertionError(f"nothing within {timeout_seconds} s. The chat:\n{self.format_transcript()}") from None
        return result
