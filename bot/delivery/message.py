"""One saying → calls to Telegram: its messages one by one, the tap answered, old buttons taken away."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from telegram import Bot

from bot.delivery.content import Sending, tried
from bot.delivery.export_worker import Packing
from bot.delivery.image_worker import Drawn
from bot.delivery.results_loader import Reading
from bot.logs import where
from bot.render import outbound
from bot.render.localization import FIRST, Promises, Voice, spoken, voice
from bot.render.messages import Alert, Edit, Instead, Message, New, Restated, Say
from bot.telegram.api import Sent, Wire
from flows.events import DataGiven, Event, ReplyRepeated, RunDeleted, results
from flows.events.moderation import JudgedUnread
from flows.events.prompts import AskClosed, CheckReached
from flows.events.submission import ResultTold, SendOutdated, WithdrawalConfirmed
from storage.conversations.outbox import Due, Opened, Saying

log = structlog.get_logger()
Calls = list[Coroutine[Any, Any, Any]]
RECEIPT_BYTES = 12  # 96 bits: can't be guessed, and fits a button


class Telling:
    """Says one turn's events in their chat. Raises `Unwelcome` where the bot may not write there any more."""

    def __init__(
        self, bot: Bot, due: Due, promises: Promises, drawn: Drawn, reading: Reading, packing: Packing
    ) -> None:
        self._wire = Wire(bot)
        self._due = due
        saying = due.saying
        self._sending = Sending(bot, due, drawn, reading, packing)
        speaking = voice(saying, bot.username, promises, datetime.now(UTC).date())
        checks = any(isinstance(event, CheckReached) for event in saying.events)
        receipt = secrets.token_urlsafe(RECEIPT_BYTES) if checks else ""
        self._said = [_worded(event, speaking, receipt) for event in saying.events]

    async def say(self) -> AsyncIterator[tuple[Opened | None, Saying | None]]:
        """Says all of it in order. After each message: where new buttons stand, and what is left.

        The tap is answered while the first message is under way. Old buttons go after the message that they stand
        before, or after the last: whoever looks at the chat always finds buttons. None of that adds to the chat, so
        it may be repeated.
        """
        saying, begin = self._due.saying, 0
        ends = [end for end, say in enumerate(self._said, 1) if isinstance(say, New)]
        for end in [*ends[:-1], len(self._said)]:
            opened = await self._part(self._said[begin:end], first=not begin)
            rest = saying.events[end:]
            yield opened, replace(saying, events=rest, tap=None) if rest else None
            begin = end

    async def _part(self, part: list[Say | None], *, first: bool) -> Opened | None:
        """One message, and the old buttons that go with it: they stay where Telegram refused it for good."""
        new = next((say for say in part if isinstance(say, New)), None)
        sent = await self._new(new, self._answers() if first else [])
        if sent or not new:
            edits = [self._edit(say) for say in part if isinstance(say, Edit)]
            changes = [self._change(say) for say in part if isinstance(say, Instead)]
            await _side_by_side([*(self._strips() if first else []), *edits, *changes])
        return _opened(new, sent)

    async def _new(self, say: New | None, beside: Calls) -> Sent | None:
        """The message, and other calls beside it."""
        if say is None:
            await _side_by_side(beside)
            return None
        sent: Sent | None = (await _side_by_side([self._sending.send(say), *beside]))[0]
        return sent

    def _answers(self) -> Calls:
        """The tap is answered."""
        tap = self._due.saying.tap
        alert = next((say.text for say in self._said if isinstance(say, Alert)), None)
        return [tried(lambda: self._wire.answer(tap.callback, alert))] if tap else []

    def _strips(self) -> Calls:
        """The message that was tapped loses its buttons, unless it is edited anyway or may be needed again.

        So does the one whose *Delete my answers* was pressed, once they are deleted.
        """
        tap, events = self._due.saying.tap, self._due.saying.events
        closed = {event.ask for event in events if isinstance(event, AskClosed)}
        stays = any(map(_keeps_buttons, events)) or any(isinstance(say, Instead) for say in self._said)
        found = [tap.message] if tap and not (tap.stays or tap.ask in closed or stays) else []
        found += [event.under for event in events if isinstance(event, WithdrawalConfirmed) and event.found]
        return [self._edit_message(message, None) for message in found if message is not None]

    async def _edit(self, edit: Edit) -> None:
        tap, due = self._due.saying.tap, self._due
        tapped = tap.message if tap and tap.ask == edit.ask else None
        message = tapped or (due.open_message if due.open_ask == edit.ask else None)
        if message is not None:
            await self._edit_message(message, edit.text)

    async def _change(self, say: Instead) -> None:
        tap = self._due.saying.tap
        if tap and tap.message is not None:
            await self._sending.change(tap.message, say.comment)

    async def _edit_message(self, message: int, text: str | None) -> None:
        chat = self._due.chat
        if text is None:
            await tried(lambda: self._wire.strip(chat, message))
        else:
            await tried(lambda: self._wire.edit(chat, message, text))


async def _side_by_side(calls: Calls) -> list[Any]:
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


def to_be_gone(saying: Saying) -> bool:
    """Whether answers, what is kept, or whose results somebody saw, stood in it beside the chat's number, and are to be
    gone from the files too.
    """
    return any(isinstance(event, ResultTold | RunDeleted | DataGiven | results.ResultsEvent) for event in saying.events)


def _opened(say: New | None, sent: Sent | None) -> Opened | None:
    say = say.message if isinstance(say, Restated) else say
    if sent is None or not isinstance(say, Message) or say.ask is None:
        return None
    return Opened(sent.message, say.ask, sent.at)


def _keeps_buttons(event: Event) -> bool:
    """Whether the tapped message may be needed again: it was tapped twice, or too soon; or its *Send* alone holds the
    receipt.
    """
    return isinstance(event, ReplyRepeated | JudgedUnread) or (
        isinstance(event, SendOutdated) and event.found and event.waiting
    )


def _worded(event: Event, speaking: Voice, receipt: str) -> Say | None:
    """An event in words. One that can't be put into words doesn't take the others with it."""
    try:
        return outbound(event, speaking, receipt)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is this event's alone
        log.error("an event could not be put into words", error=type(fault).__name__, where=where(fault))  # noqa: TRY400
        return Message(spoken(FIRST).text("apology"))
