"""A turn: one update is loaded, decided and saved, in one transaction on a database thread.

The dispatcher (bot/intake) calls `take_update` and acknowledges the update to Telegram once this has committed. What is
to be sent is left in the outbox, from where the sender (bot/delivery) takes it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.handlers.coordinator import take_coordinator_turn
from bot.handlers.errors import NewerRunError
from bot.handlers.groups import take_group_update
from bot.handlers.reply_resolvers import ReceivedReply, make_context, resolve_reply
from bot.telegram.updates import GroupUpdate, IncomingUpdate
from flows import engine
from flows.engine.confirmations import update_confirmation
from flows.errors import UnknownFlowError
from flows.events import Event
from flows.events.coordinator import CampaignClosed
from flows.events.submission import ResponseWithdrawn
from flows.loader import is_known_flow, load_walk
from flows.models import Reply, Run
from storage.campaigns.coordinators import find_coordinator
from storage.conversations import outbox
from storage.conversations.chats import delete_idle_chat, lock_chat_for_update, record_update
from storage.conversations.outbox import delete_entries
from storage.conversations.runs import delete_run, load_run, save_turn, start_run
from storage.db.database import Database
from storage.db.session import Session
from storage.errors import RunUnreadableError


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What a turn did: the kinds of its events and the run's step, for the log.

    `entry`: what the turn left in the outbox, if it is the next to be sent in its chat (with SQLite only).
    """

    event_kinds: tuple[str, ...] = ()
    step: str | None = None
    entry: outbox.OutboxEntry | None = None


def take_update(
    database: Database, update: IncomingUpdate, now: datetime, *, can_defer: bool = False
) -> TurnResult | None:
    """Processes one update, completely or not at all. None: it was processed before, and nothing changed.

    `can_defer`: `NewerRunError` is raised for a run of a newer version of its flow, as another worker may have that
    version; otherwise the run is adapted to this version. Raises `StorageUnavailableError` while the database cannot be
    used. Whatever is raised, nothing was stored and the update can be processed again.
    """
    if update.content == "blocked":
        return _handle_block(database, update)
    if isinstance(update.content, GroupUpdate):
        event_kinds = take_group_update(database, update, update.content, now)
        return None if event_kinds is None else TurnResult(event_kinds)
    return take_turn(database, update, update.content, now, can_defer=can_defer)


def take_turn(
    database: Database, update: IncomingUpdate, reply: Reply, now: datetime, *, can_defer: bool = False
) -> TurnResult | None:
    """Processes one reply; see `take_update`. A run that cannot be continued starts again: its flow is gone, or its
    bytes are damaged.
    """
    with database.nested() as session:
        if not lock_chat_for_update(session, update.chat_id, update.update_id):
            return None
        received = ReceivedReply(update, make_context(update), reply, now, can_defer=can_defer)
        try:
            received = replace(received, run=_load_run(session, received))
            received = resolve_reply(session, received)
            run = received.run or start_run(session, received.context)
            turn = take_coordinator_turn(session, received.context, run, received.reply, now)
            turn = (
                update_confirmation(run, turn)
                if turn
                else engine.handle_reply(load_walk(run.flow), run, received.reply, now)
            )
        except (RunUnreadableError, UnknownFlowError) as error:
            if received.can_defer and _may_be_from_newer_version(error):
                raise NewerRunError from error
            received = resolve_reply(session, received)
            delete_run(session, update.chat_id)
            run = start_run(session, received.context)
            turn = engine.restart_run(load_walk(run.flow), run, now)
        saved = save_turn(session, received.context, run, turn, now)
        entry = None
        if saved.stored and database.is_embedded:
            entry = outbox.find_entry_if_next(session, update.chat_id, saved.stored)
    if turn.run is None or any(isinstance(event, ResponseWithdrawn | CampaignClosed) for event in saved.events):
        database.checkpoint()
    return replace(make_turn_result(turn.run, saved.events), entry=entry)


def make_turn_result(run: Run | None, events: tuple[Event, ...]) -> TurnResult:
    """What a saved turn did. `run` is None if it is over."""
    return TurnResult(tuple(event.kind for event in events), run.step if run else None)


def _load_run(session: Session, received: ReceivedReply) -> Run | None:
    """The chat's unfinished run. Deletes one that opens a campaign if the chat is no longer a coordinator's."""
    context = received.context
    run = load_run(session, context.chat_id)
    if run is None:
        return None
    flow = load_walk(run.flow).flow
    if flow.gives != "response" and not find_coordinator(session, context.chat_id, is_configured=context.is_configured):
        delete_run(session, context.chat_id)
        return None
    if run.version > flow.version and received.can_defer:
        raise NewerRunError
    return run


def _may_be_from_newer_version(error: RunUnreadableError | UnknownFlowError) -> bool:
    """Whether a newer version of the bot may be able to continue the run."""
    if isinstance(error, UnknownFlowError) or not is_known_flow(error.flow):
        return True
    return error.version > load_walk(error.flow).flow.version


def _handle_block(database: Database, update: IncomingUpdate) -> TurnResult | None:
    """The person blocked the bot: the run is over, and nothing can be sent."""
    with database.nested() as session:
        if not lock_chat_for_update(session, update.chat_id, update.update_id):
            return None
        record_update(session, update.chat_id, update.update_id)
        delete_entries(session, update.chat_id)
        delete_run(session, update.chat_id)
        delete_idle_chat(session, update.chat_id)
    database.checkpoint()
    return TurnResult()
