"""Delivers one outbox entry: renders its events, sends the messages in order, and acknowledges each.

`sender.py` chooses the entry, and `message_sender.py` sends a single message. A crash between sending and acknowledging
repeats one message of a chat, and loses none. Edits may be repeated.
"""

import asyncio
import secrets
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.delivery.message_sender import DeliveryServices, MessageSender
from bot.logs import locate_error
from bot.render import render_event
from bot.render.localization import DEFAULT_LANGUAGE, Localizer, load_bot_texts, make_localizer
from bot.render.messages import (
    Alert,
    Message,
    NewMessage,
    PromptEdit,
    RenderedMessage,
    ReplacementMessage,
    TappedMessageEdit,
)
from bot.telegram.api import SentMessage
from flows.events import Event, PersonalDataExported, ReplyRepeated, RunDeleted, results
from flows.events.moderation import ModerationIgnored
from flows.events.prompts import PromptClosed, ReviewReached
from flows.events.submission import ResponseWithdrawn, ResultDetailsShown, SendRepeated
from storage.conversations.outbox import OpenedPrompt, OutboxContent, OutboxEntry, acknowledge
from storage.db.database import Database
from storage.errors import StorageUnavailableError

log = structlog.get_logger()
RECEIPT_BYTES = 12  # 96 random bits fit a button and cannot be guessed
DATABASE_RETRY_SECONDS = 1.0

ApiCalls = list[Coroutine[Any, Any, Any]]
MessagePart = list[RenderedMessage | None]


class EntryDelivery:
    """Delivers one outbox entry."""

    def __init__(self, entry: OutboxEntry, services: DeliveryServices) -> None:
        self._entry = entry
        self._services = services
        self._api_client = services.api_client
        self._message_sender = MessageSender(entry, services)
        self._messages = _render(entry.content, services)

    async def deliver(self) -> None:
        """Sends the entry's messages in order, and acknowledges each of them.

        Raises `ChatUnavailableError`; python-telegram-bot's `InvalidToken`; `StorageUnavailableError` if the entry was
        deleted meanwhile, belongs to another worker now, or the bot stops before the database is back.
        """
        content, entry, start = self._entry.content, self._entry, 0
        for end in self._find_part_ends():
            opened_prompt = await self._deliver_part(self._messages[start:end], is_first=not start)
            remaining_events = content.events[end:]
            remaining = replace(content, events=remaining_events, tap=None) if remaining_events else None
            entry = await self._acknowledge(entry, remaining, opened_prompt)
            start = end
        if _is_sensitive(content):
            await self._services.database.run_in_thread(Database.checkpoint)

    def _find_part_ends(self) -> Iterator[int]:
        """Where parts of the messages end: each has one new message; the last one also has all that follows it."""
        ends = [end for end, message in enumerate(self._messages, 1) if isinstance(message, NewMessage)]
        yield from ends[:-1]
        yield len(self._messages)

    async def _deliver_part(self, part: MessagePart, *, is_first: bool) -> OpenedPrompt | None:
        """Sends a new message, then edits older ones: a person who looks at the chat always finds buttons.

        The tap is answered while the first message is sent. Returns the prompt that the message opened. If Telegram
        rejected the message, the old buttons stay.
        """
        new_message = next((message for message in part if isinstance(message, NewMessage)), None)
        calls = self._list_tap_answers() if is_first else []
        sent_message: SentMessage | None = None
        if new_message is None:
            await run_concurrently(calls)
        else:
            sent_message, *_ = await run_concurrently([self._message_sender.send(new_message), *calls])
        if sent_message or new_message is None:
            await run_concurrently([*(self._list_button_removals() if is_first else []), *self._list_edits(part)])
        return _find_opened_prompt(new_message, sent_message)

    def _list_tap_answers(self) -> ApiCalls:
        tap = self._entry.content.tap
        alert = next((message.text for message in self._messages if isinstance(message, Alert)), None)
        return [self._api_client.answer_callback_query(tap.callback_id, alert)] if tap else []

    def _list_edits(self, part: MessagePart) -> ApiCalls:
        prompt_edits = [self._edit_prompt(message) for message in part if isinstance(message, PromptEdit)]
        tap_edits = [self._edit_tapped_message(message) for message in part if isinstance(message, TappedMessageEdit)]
        return [*prompt_edits, *tap_edits]

    def _list_button_removals(self) -> ApiCalls:
        """Removes the buttons of the tapped message, and those of a receipt whose answers were deleted."""
        events = self._entry.content.events
        message_ids = [event.message_id for event in events if isinstance(event, ResponseWithdrawn)]
        return [
            self._api_client.remove_buttons(self._entry.chat_id, message_id)
            for message_id in (self._find_spent_message(), *message_ids)
            if message_id is not None
        ]

    def _find_spent_message(self) -> int | None:
        """The id of the tapped message, unless it keeps its buttons, is edited anyway or may be needed again."""
        tap, events = self._entry.content.tap, self._entry.content.events
        closed_prompts = {event.prompt for event in events if isinstance(event, PromptClosed)}
        is_edited = any(isinstance(message, TappedMessageEdit) for message in self._messages)
        if tap is None or tap.should_keep_buttons or tap.prompt in closed_prompts or is_edited:
            return None
        return None if any(map(_needs_tapped_message, events)) else tap.message_id

    async def _edit_prompt(self, edit: PromptEdit) -> None:
        tap, entry = self._entry.content.tap, self._entry
        tapped_message_id = tap.message_id if tap and tap.prompt == edit.prompt else None
        message_id = tapped_message_id or (entry.open_message_id if entry.open_prompt == edit.prompt else None)
        if message_id is None:
            return
        if edit.text is None:
            await self._api_client.remove_buttons(entry.chat_id, message_id)
        else:
            await self._api_client.edit_message_text(entry.chat_id, message_id, edit.text)

    async def _edit_tapped_message(self, edit: TappedMessageEdit) -> None:
        tap = self._entry.content.tap
        if tap and tap.message_id is not None:
            await self._message_sender.edit_comment(tap.message_id, edit.placeholder)

    async def _acknowledge(
        self, entry: OutboxEntry, remaining: OutboxContent | None, opened_prompt: OpenedPrompt | None
    ) -> OutboxEntry:
        """Replaces the entry by what remains of it.

        Tried until the database is back: to load the entry again would send the message again, once a second.
        """
        database, has_time = self._services.database, True
        while has_time:
            try:
                remaining_entry = await database.run_grouped(acknowledge, entry, remaining, opened_prompt)
            except StorageUnavailableError:
                has_time = await wait_for_database(self._services.stop_event)
            else:
                if remaining_entry is None:
                    raise StorageUnavailableError("The entry was deleted, or belongs to another worker now.")
                return remaining_entry
        raise StorageUnavailableError("The bot stops before the database is back.")


async def wait_for_database(stop_event: asyncio.Event) -> bool:
    """Waits before another attempt. Returns False if the bot stops meanwhile."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop_event.wait(), DATABASE_RETRY_SECONDS)
    return not stop_event.is_set()


async def run_concurrently(calls: ApiCalls) -> list[Any]:
    """Returns the results in order. If one call fails, the others are cancelled."""
    if not calls:
        return []
    first, *others = calls  # most parts have one call only, which needs no task of its own
    tasks = [asyncio.create_task(other) for other in others]
    try:
        return [await first, *[await task for task in tasks]]
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _render(content: OutboxContent, services: DeliveryServices) -> MessagePart:
    """One rendered message per event; None for an event without a message."""
    localizer = make_localizer(
        content, services.api_client.bot_username, services.promise_settings, datetime.now(UTC).date()
    )
    has_review = any(isinstance(event, ReviewReached) for event in content.events)
    receipt = secrets.token_urlsafe(RECEIPT_BYTES) if has_review else ""
    return [_render_or_apologise(event, localizer, receipt) for event in content.events]


def _render_or_apologise(event: Event, localizer: Localizer, receipt: str) -> RenderedMessage | None:
    try:
        return render_event(event, localizer, receipt)
    except Exception as error:  # noqa: BLE001 - whatever it is, the entry's other events can still be rendered
        # No traceback: it may quote answers.
        log.error("an event could not be rendered", error=type(error).__name__, where=locate_error(error))  # noqa: TRY400
        return Message(load_bot_texts(DEFAULT_LANGUAGE).format_text("apology"))


def _is_sensitive(content: OutboxContent) -> bool:
    """Whether the entry held answers, personal data, or whose results were shown: they must leave the files too."""
    return any(
        isinstance(event, ResultDetailsShown | RunDeleted | PersonalDataExported | results.ResultsEvent)
        for event in content.events
    )


def _find_opened_prompt(message: NewMessage | None, sent_message: SentMessage | None) -> OpenedPrompt | None:
    message = message.message if isinstance(message, ReplacementMessage) else message
    if sent_message is None or not isinstance(message, Message) or message.prompt is None:
        return None
    return OpenedPrompt(sent_message.message_id, message.prompt, sent_message.sent_at)


def _needs_tapped_message(event: Event) -> bool:
    """Whether the tapped message may be tapped again: after a repeated or early tap, or if only its *Send* button
    holds the receipt.
    """
    return isinstance(event, ReplyRepeated | ModerationIgnored) or (
        isinstance(event, SendRepeated) and event.has_pending_messages
    )
