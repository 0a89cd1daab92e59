"""Takes updates in: each through python-telegram-bot's Application into one turn; a chat's own one after another."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import structlog
from telegram.ext import Application, CallbackContext, TypeHandler

from bot import metrics
from bot.delivery.sender import Sender
from bot.handlers import turn
from bot.handlers.turn import RunNewer
from bot.health import Absence
from bot.intake.dead_letters import Poison
from bot.intake.direct_replies import Away, Helpline
from bot.intake.rate_limit import Flood, Verdict, leave_word
from bot.telegram.updates import Incoming, Raw, parse_update
from storage.db.database import Database
from storage.errors import StorageAway

log = structlog.get_logger()
AnyApplication = Application[Any, Any, Any, Any, Any, Any]
TRIES = 3  # of an update that fails; then it is poison. At once: a pause would let poison hold up a whole batch


@dataclass(slots=True)
class Trying:
    """One try to take an update in, and what went wrong with it."""

    fit: bool
    fault: Exception | None = None


class Taking:
    """Takes updates in. An update counts as taken in once its turn is committed, or it was set aside."""

    def __init__(
        self,
        application: AnyApplication,
        database: Database,
        sender: Sender,
        absence: Absence,
        coordinators: Collection[int],
    ) -> None:
        self._application = application
        self._database = database
        self._sender = sender
        self._absence = absence
        self._coordinators = coordinators
        self._helpline = Helpline(application.bot)
        self._away = Away(application.bot, absence, self._helpline)
        self._poison = Poison(application.bot, database, absence, self._helpline)
        self._flood = Flood()
        self._trying: dict[int, Trying] = {}
        self._chats: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        application.add_handler(TypeHandler(Incoming, self._turn))
        application.add_error_handler(self._collect)

    async def take_in(self, raw: Raw, *, fit: bool = True) -> bool:
        """Takes one raw update in. False: it was not kept, and must come again: the database is away.

        `fit`: see `turns.take`. Raises `RunNewer`.
        """
        try:
            incoming = self._read(raw)
        except Exception as fault:  # noqa: BLE001 - whatever its shape does to the library, it is that update's alone
            return await self._poison.unread(raw, fault)
        if incoming is None:
            return True
        lock = self._chats.setdefault(incoming.chat, asyncio.Lock())
        async with lock:
            kept = await self._once(incoming, raw, fit=fit)
        if kept:
            self._flood.forget(incoming.update)
        return kept

    async def pass_over(self, raw: Raw) -> None:
        """Tells whoever sent it what there is to tell: it can't be kept now, and comes again."""
        try:
            incoming = self._read(raw)
        except Exception:  # noqa: BLE001 - as above; it is set aside when its turn comes
            return
        if incoming:
            await self._away.tell(incoming)

    def _read(self, raw: Raw) -> Incoming | None:
        bot = self._application.bot
        return parse_update(raw, bot, bot.username, self._coordinators)

    async def _once(self, incoming: Incoming, raw: Raw, *, fit: bool) -> bool:
        fault = await self._tried(incoming, fit=fit)
        if isinstance(fault, RunNewer):
            raise fault
        if fault is None:
            return True
        if isinstance(fault, StorageAway):
            self._absence.noticed(fault)
        elif await self._poison.failed(incoming, raw, fault):
            return True
        metrics.AWAY.inc()
        await self._away.tell(incoming)
        return False

    async def _tried(self, incoming: Incoming, *, fit: bool) -> Exception | None:
        """Tries until it is taken in, or failed too often; the flood is weighed once."""
        verdict = self._flood.weigh(incoming.chat, incoming.update)
        if verdict is not Verdict.TAKE:
            return await self._too_many(incoming, verdict)
        fault: Exception | None = None
        for _ in range(TRIES):
            fault = await self._process(incoming, fit=fit)
            if fault is None or isinstance(fault, StorageAway | RunNewer):
                break
        return fault

    async def _too_many(self, incoming: Incoming, verdict: Verdict) -> Exception | None:
        """It gets no turn; words of distress are answered all the same. What failed, if something did."""
        metrics.FLOODED.inc()
        await self._helpline.answers(incoming)
        chat = incoming.person
        if verdict is Verdict.TELL and chat is not None:
            try:
                await self._database.hop(leave_word, chat)
            except Exception as fault:  # noqa: BLE001 - told apart where it is looked at
                return fault
            self._sender.wake(chat)
        return None

    async def _process(self, incoming: Incoming, *, fit: bool) -> Exception | None:
        """The Application swallows what a handler raises and hands it to error handlers: collected there."""
        trying = self._trying[id(incoming)] = Trying(fit)
        try:
            await self._application.process_update(incoming)
        finally:
            del self._trying[id(incoming)]
        return trying.fault

    async def _collect(self, update: object, context: CallbackContext[Any, Any, Any, Any]) -> None:
        trying = self._trying.get(id(update))
        if trying is not None and context.error is not None:
            trying.fault = context.error

    async def _turn(self, incoming: Incoming, _: CallbackContext[Any, Any, Any, Any]) -> None:
        since, fit = time.perf_counter(), self._trying[id(incoming)].fit
        taken = await self._database.join(partial(turn.take, fit=fit), incoming, datetime.now(UTC))
        if taken is not None:  # else it was only read
            self._absence.ended()
        if taken and incoming.about == "blocked":
            self._sender.hush(incoming.chat)
        self._sender.wake(incoming.chat, taken.due if taken else None)
        _note(incoming, taken, time.perf_counter() - since)


def _note(incoming: Incoming, taken: turn.Taken | None, seconds: float) -> None:
    """One line a turn: kinds of things, and nothing of anybody."""
    reply = incoming.about if isinstance(incoming.about, str) else type(incoming.about).__name__.casefold()
    if taken is None:
        metrics.REPEATED.inc()
        log.info("an update came again", reply=reply)
        return
    metrics.TURNS.labels(reply).inc()
    metrics.TURN_SECONDS.observe(seconds)
    log.info("turn", reply=reply, events=" ".join(taken.events), place=taken.place, ms=round(seconds * 1000, 1))
