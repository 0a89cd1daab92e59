"""One saying → calls to Telegram: its messages one by one, the tap answered, old buttons taken away."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from telegram import Bot

from bot.delivery.content import ContentSender, call_unless_rejected
from bot.delivery.export_worker import ExportWorker
from bot.delivery.image_worker import ImageWorker
from bot.delivery.results_loader import ResultsLoader
from bot.logs import locate_error
from bot.render import render_event
from bot.render.localization import DEFAULT_LANGUAGE, Localizer, PromiseSettings, load_bot_texts, make_localizer
from bot.render.messages import (
    Alert,
    Message,
    NewMessage,
    PromptEdit,
    RenderedMessage,
    ReplacementMessage,
    TappedMessageEdit,
)
from bot.telegram.api import ApiClient, SentMessage
from flows.events import Event, PersonalDataExported, ReplyRepeated, RunDeleted, results
from flows.events.moderation import ModerationIgnored
from flows.events.prompts import PromptClosed, ReviewReached
from flows.events.submission import ResponseWithdrawn, ResultDetailsShown, SendRepeated
from storage.conversations.outbox import OpenedPrompt, OutboxContent, OutboxEntry

log = structlog.get_logger()
ApiCalls = list[Coroutine[Any, Any, Any]]
RECEIPT_BYTES = 12  # 96 bits: can't be guessed, and fits a button


class EntryDelivery:
    """Says one turn's events in their chat. Raises `Unwelcome` where the bot may not write there any more."""

    def __init__(
        self,
        bot: Bot,
        entry: OutboxEntry,
        promise_settings: PromiseSettings,
        image_worker: ImageWorker,
        results_loader: ResultsLoader,
        export_worker: ExportWorker,
    ) -> None:
        self._api_client = ApiClient(bot)
        self._entry = entry
        content = entry.content
        self._content_sender = ContentSender(bot, entry, image_worker, results_loader, export_worker)
        localizer = make_localizer(content, bot.username, promise_settings, datetime.now(UTC).date())
        has_review = any(isinstance(event, ReviewReached) for event in content.events)
        receipt = secrets.token_urlsafe(RECEIPT_BYTES) if has_review else ""
        self._messages = [_render_or_apologise(event, localizer, receipt) for event in content.events]

    async def deliver(self) -> AsyncIterator[tuple[OpenedPrompt | None, OutboxContent | None]]:
        """Says all of it in order. After each message: where new buttons stand, and what is left.

        The tap is answered while the first message is under way. Old buttons go after the message that they stand
        before, or after the last: whoever looks at the chat always finds buttons. None of that adds to the chat, so
        it may be repeated.
        """
        content, start = self._entry.content, 0
        ends = [end for end, message in enumerate(self._messages, 1) if isinstance(message, NewMessage)]
        for end in [*ends[:-1], len(self._messages)]:
            opened_prompt = await self._deliver_part(self._messages[start:end], is_first=not start)
            remaining_events = content.events[end:]
            yield opened_prompt, replace(content, events=remaining_events, tap=None) if remaining_events else None
            start = end

    async def _deliver_part(self, part: list[RenderedMessage | None], *, is_first: bool) -> OpenedPrompt | None:
        """One message, and the old buttons that go with it: they stay where Telegram refused it for good."""
        new_message = next((message for message in part if isinstance(message, NewMessage)), None)
        sent_message = await self._send_new(new_message, self._answer_calls() if is_first else [])
        if sent_message or not new_message:
            edits = [self._edit_prompt(say) for say in part if isinstance(say, PromptEdit)]
            changes = [self._edit_tapped_message(say) for say in part if isinstance(say, TappedMessageEdit)]
            await run_concurrently([*(self._button_removals() if is_first else []), *edits, *changes])
        return _find_opened_prompt(new_message, sent_message)

    async def _send_new(self, message: NewMessage | None, other_calls: ApiCalls) -> SentMessage | None:
        """The message, and other calls beside it."""
        if message is None:
            await run_concurrently(other_calls)
            return None
        sent_message: SentMessage | None = (await run_concurrently([self._content_sender.send(message), *other_calls]))[
            0
        ]
        return sent_message

    def _answer_calls(self) -> ApiCalls:
        """The tap is answered."""
        tap = self._entry.content.tap
        alert = next((message.text for message in self._messages if isinstance(message, Alert)), None)
        return (
            [call_unless_rejected(lambda: self._api_client.answer_callback_query(tap.callback_id, alert))]
            if tap
            else []
        )

    def _button_removals(self) -> ApiCalls:
        """The message that was tapped loses its buttons, unless it is edited anyway or may be needed again.

        So does the one whose *Delete my answers* was pressed, once they are deleted.
        """
        tap, events = self._entry.content.tap, self._entry.content.events
        closed_prompts = {event.prompt for event in events if isinstance(event, PromptClosed)}
        should_keep_buttons = any(map(_should_keep_buttons, events)) or any(
            isinstance(message, TappedMessageEdit) for message in self._messages
        )
        message_ids = (
            [tap.message_id]
            if tap and not (tap.keeps_buttons or tap.prompt in closed_prompts or should_keep_buttons)
            else []
        )
        message_ids += [event.message_id for event in events if isinstance(event, ResponseWithdrawn)]
        return [self._edit_message(message_id, None) for message_id in message_ids if message_id is not None]

    async def _edit_prompt(self, edit: PromptEdit) -> None:
        tap, entry = self._entry.content.tap, self._entry
        tapped_message_id = tap.message_id if tap and tap.prompt == edit.prompt else None
        message_id = tapped_message_id or (entry.open_message_id if entry.open_prompt == edit.prompt else None)
        if message_id is not None:
            await self._edit_message(message_id, edit.text)

    async def _edit_tapped_message(self, edit: TappedMessageEdit) -> None:
        tap = self._entry.content.tap
        if tap and tap.message_id is not None:
            await self._content_sender.edit_comment(tap.message_id, edit.placeholder)

    async def _edit_message(self, message_id: int, text: str | None) -> None:
        chat = self._entry.chat_id
        if text is None:
            await call_unless_rejected(lambda: self._api_client.remove_buttons(chat, message_id))
        else:
            await call_unless_rejected(lambda: self._api_client.edit_message_text(chat, message_id, text))


async def run_concurrently(calls: ApiCalls) -> list[Any]:
    """What they give, in order. The first needs no task of its own; where it fails, the others are let go."""
    if not calls:
        return []
    first, *others = calls
    tasks = [asyncio.create_task(other) for other in others]
    try:
        return [await first, *[await task for task in tasks]]
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def is_sensitive(content: OutboxContent) -> bool:
    """Whether answers, what is kept, or whose results somebody saw, stood in it beside the chat's number, and are to be
    gone from the files too.
    """
    return any(
        isinstance(event, ResultDetailsShown | RunDeleted | PersonalDataExported | results.ResultsEvent)
        for event in content.events
    )


def _find_opened_prompt(message: NewMessage | None, sent_message: SentMessage | None) -> OpenedPrompt | None:
    message = message.message if isinstance(message, ReplacementMessage) else message
    if sent_message is None or not isinstance(message, Message) or message.prompt is None:
        return None
    return OpenedPrompt(sent_message.message_id, message.prompt, sent_message.sent_at)


def _should_keep_buttons(event: Event) -> bool:
    """Whether the tapped message may be needed again: it was tapped twice, or too soon; or its *Send* alone holds the
    receipt.
    """
    return isinstance(event, ReplyRepeated | ModerationIgnored) or (
        isinstance(event, SendRepeated) and event.has_pending_messages
    )


def _render_or_apologise(event: Event, localizer: Localizer, receipt: str) -> RenderedMessage | None:
    """An event in words. One that can't be put into words doesn't take the others with it."""
    try:
        return render_event(event, localizer, receipt)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this event's alone
        log.error("an event could not be put into words", error=type(error).__name__, where=locate_error(error))  # noqa: TRY400
        return Message(load_bot_texts(DEFAULT_LANGUAGE).format_text("apology"))
